"""Days: from which day to which something holds, and what part of a period that is."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - runs are thawed by these types
from dataclasses import dataclass, field
from fractions import Fraction

from truecost.kernel.calendars import CALENDAR_MONTHS, Calendar, Period
from truecost.kernel.periods import Validity


def first_day(period: Period) -> dt.date:
    """Give the first day of a period."""
    return period.first_day


def last_day(period: Period) -> dt.date:
    """Give the last day of a period."""
    return period.last_day


def length(period: Period) -> int:
    """Give how many days a period has."""
    return (last_day(period) - first_day(period)).days + 1


@dataclass(frozen=True, slots=True)
class Days:
    """From which day to which, both included, something holds; None is open-ended."""

    first: dt.date | None = None
    last: dt.date | None = None
    calendar: Calendar = field(default=CALENDAR_MONTHS, compare=False, repr=False)

    def as_plain(self) -> dict[str, str | None]:
        """Give what is hashed and kept: the calendar is kept apart, once."""
        first, last = (day.isoformat() if day else None for day in (self.first, self.last))
        return {"first": first, "last": last}

    def __str__(self) -> str:
        """Give the days in words."""
        begins = f"from {self.first}" if self.first else ""
        ends = f"to {self.last}" if self.last else ""
        return " ".join(filter(None, (begins, ends))) or "always"

    @property
    def periods(self) -> Validity:
        """The periods that have at least one of the days."""
        first, last = (self.calendar.on(day) if day else None for day in (self.first, self.last))
        return Validity(first, last)

    def overlaps(self, other: Days) -> bool:
        """Say whether some day lies inside both."""
        firsts = [days.first for days in (self, other) if days.first is not None]
        lasts = [days.last for days in (self, other) if days.last is not None]
        return not firsts or not lasts or max(firsts) <= min(lasts)

    def covers(self, other: Days) -> bool:
        """Say whether every day of the other is one of these."""
        begins = self.first is None or (other.first is not None and self.first <= other.first)
        ends = self.last is None or (other.last is not None and other.last <= self.last)
        return begins and ends

    def within(self, period: Period) -> Days:
        """Give the days that lie in a period that they overlap."""
        first, last = first_day(period), last_day(period)
        return Days(
            max(first, self.first) if self.first else first,
            min(last, self.last) if self.last else last,
            self.calendar,
        )

    def of(self, period: Period) -> Days:
        """Give what counts of these days in a period that they overlap: some of it, or every day.

        So that what holds for all of a period is the same for every such period.
        """
        inside = self.within(period)
        whole = (inside.first, inside.last) == (first_day(period), last_day(period))
        return EVERY_DAY if whole else inside

    def in_period(self, period: Period) -> frozenset[int]:
        """Give which days of a period these are, as numbers from 1."""
        if not self.periods.holds(period):
            return frozenset()
        inside = self.within(period)
        begins = first_day(period)
        first, last = (
            (day - begins).days + 1 for day in (inside.first or begins, inside.last or begins)
        )
        return frozenset(range(first, last + 1))


def part(days: int, period: Period) -> Fraction:
    """Give what part of a period so many days are."""
    return Fraction(days, length(period))


EVERY_DAY = Days()
