"""When a fiscal year turns: on a date, or on the first, last or nearest of a day of the week."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = 7
_YEAR = 12
_DAY = timedelta(days=1)
_COMMON = 2023  # a year without 29 February
_LATE, _EARLY = (12, 25), (1, 8)
_ON = re.compile(r"(\d{1,2}) (\w+)", re.ASCII)
_NEAREST = re.compile(r"(\w+) nearest (?:to )?(\d{1,2}) (\w+)", re.ASCII)
_EDGE = re.compile(r"(first|last) (\w+) (?:of|in) (\w+)", re.ASCII)


class How(Enum):
    """How a day is found in a calendar year."""

    ON = "on"
    NEAREST = "nearest"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Turn:
    """The rule by which every fiscal year begins or, with `ends`, ends.

    `day` and `month` (1 to 12) are the date of ON and NEAREST, which is at most three days away;
    FIRST and LAST are of the month. `weekday` counts from Monday, 0; ON has none.
    """

    how: How = How.ON
    day: int = 1
    month: int = 1
    weekday: int | None = None
    ends: bool = False

    @classmethod
    def read(cls, text: str, *, ends: bool = False) -> Turn:
        """Read `6 April`, `Saturday nearest 31 January` or `last Saturday of August`.

        Raise ValueError, saying what is wrong, for anything else.
        """
        words = " ".join(text.split())
        if match := _ON.fullmatch(words):
            return cls(How.ON, *_date(match[1], match[2]), None, ends)
        if match := _NEAREST.fullmatch(words):
            return cls(How.NEAREST, *_date(match[2], match[3]), _named(match[1], WEEKDAYS), ends)
        if match := _EDGE.fullmatch(words):
            month = _named(match[3], MONTH_NAMES) + 1
            how = How(match[1])
            day = 1 if how is How.FIRST else monthrange(_COMMON, month)[1]
            return cls(how, day, month, _named(match[2], WEEKDAYS), ends)
        raise ValueError(
            "write 1 April, or, for years of weeks, Saturday nearest 31 January or last Saturday"
            " of August"
        )

    def __str__(self) -> str:
        """Give the rule as `read` reads it."""
        month = MONTH_NAMES[self.month - 1]
        if self.weekday is None:
            return f"{self.day} {month}"
        weekday = WEEKDAYS[self.weekday]
        if self.how is How.NEAREST:
            return f"{weekday} nearest {self.day} {month}"
        return f"{self.how.value} {weekday} of {month}"

    def starts(self, year: int) -> date:
        """Give the first day of the fiscal year that nominally begins in a calendar year.

        A rule by which years begin in the last week of December counts for the year after.
        """
        return _starts(self, year)

    @property
    def spans(self) -> bool:
        """Whether a fiscal year lies in two calendar years: by more than a week."""
        return not (self._late or self.nominal <= _EARLY)

    @property
    def nominal(self) -> tuple[int, int]:
        """The month and day on which a year begins by the rule, whatever the day of the week."""
        day = self.day
        if self.how is How.FIRST and self.ends:
            day = WEEK
        if self.how is How.LAST and not self.ends:
            day -= WEEK - 1
        found = date(_COMMON, self.month, day) + (_DAY if self.ends else timedelta())
        return found.month, found.day

    @property
    def _late(self) -> bool:
        return self.nominal >= _LATE

    def _in(self, year: int) -> date:
        """Give the rule's day in a calendar year."""
        if self.weekday is None:
            return date(year, self.month, self.day)
        if self.how is How.LAST:
            last = date(year, self.month, monthrange(year, self.month)[1])
            return last - (last.weekday() - self.weekday) % WEEK * _DAY
        fixed = date(year, self.month, self.day)
        ahead = (self.weekday - fixed.weekday()) % WEEK
        if self.how is How.NEAREST and ahead > WEEK // 2:
            ahead -= WEEK
        return fixed + ahead * _DAY


@lru_cache(maxsize=4096)
def _starts(turn: Turn, year: int) -> date:
    if not 1 < year < date.max.year:  # days beyond belong to the first or the last year
        return date.min if year <= 1 else date.max
    before = turn._late or (turn.ends and turn.nominal == (1, 1))  # noqa: SLF001
    found = turn._in(year - 1 if before else year)  # noqa: SLF001
    return found + _DAY if turn.ends else found


def _date(day: str, month: str) -> tuple[int, int]:
    number = _named(month, MONTH_NAMES) + 1
    last = monthrange(_COMMON, number)[1]
    if not 1 <= int(day) <= last:
        raise ValueError(f"{MONTH_NAMES[number - 1]} has the days 1 to {last} in every year")
    return int(day), number


def _named(word: str, known: tuple[str, ...]) -> int:
    found = [at for at, name in enumerate(known) if name.lower() == word.lower()]
    if not found:
        from truecost.kernel.likeness import meant  # noqa: PLC0415  costs time; few misspell

        kind = "month" if known is MONTH_NAMES else "day of the week"
        raise ValueError(meant(word, known) or f'"{word}" is no {kind}')
    return found[0]
