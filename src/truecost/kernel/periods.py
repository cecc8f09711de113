"""Months, fiscal years, and from when to when something holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_YEAR = 12
_TEXT = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One calendar month. `index` counts months since the year 0, so that months can be added."""

    index: int

    @classmethod
    def of(cls, year: int, month: int) -> Period:
        """Give the period of a year and a month (1 to 12)."""
        if not 1 <= month <= _YEAR:
            raise ValueError(f"month {month} is not one of 1 to 12")
        return cls(year * _YEAR + month - 1)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `2022-02`. Raise ValueError, saying what is expected, for anything else."""
        match = _TEXT.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is not a period; write a month as 2022-02")
        return cls.of(int(match[1]), int(match[2]))

    @property
    def year(self) -> int:
        """The calendar year."""
        return self.index // _YEAR

    @property
    def month(self) -> int:
        """The calendar month, 1 to 12."""
        return self.index % _YEAR + 1

    def __str__(self) -> str:
        """Give `2022-02`."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def words(self) -> str:
        """Give `February 2022`."""
        return f"{MONTHS[self.month - 1]} {self.year}"

    def __add__(self, months: int) -> Period:
        """Give the period so many months later."""
        return Period(self.index + months)

    def __sub__(self, months: int) -> Period:
        """Give the period so many months earlier."""
        return Period(self.index - months)


def span(first: Period, last: Period) -> Iterator[Period]:
    """Give every period from `first` to `last`, both included."""
    return (Period(index) for index in range(first.index, last.index + 1))


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal calendar of twelve months that begins on the first of `begins` (1 to 12)."""

    begins: int = 1

    def first(self, period: Period) -> Period:
        """Give the first period of the fiscal year that `period` lies in."""
        return period - (period.month - self.begins) % _YEAR

    def label(self, period: Period) -> str:
        """Give the year's usual name: `2022`, or `2021-22` where it spans two calendar years."""
        start = self.first(period).year
        return str(start) if self.begins == 1 else f"{start}-{(start + 1) % 100:02}"


@dataclass(frozen=True, slots=True)
class Validity:
    """From which period to which, both included, something holds; None is open-ended."""

    first: Period | None = None
    last: Period | None = None

    def holds(self, period: Period) -> bool:
        """Say whether `period` lies inside."""
        return (self.first is None or self.first <= period) and (
            self.last is None or period <= self.last
        )

    def overlaps(self, other: Validity) -> bool:
        """Say whether some period lies inside both."""
        starts = [v.first for v in (self, other) if v.first is not None]
        ends = [v.last for v in (self, other) if v.last is not None]
        return not starts or not ends or max(starts) <= min(ends)


ALWAYS = Validity()
