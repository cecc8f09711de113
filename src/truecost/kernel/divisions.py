"""What a fiscal year is divided into, and by which calendar year it is called."""

from __future__ import annotations

from enum import Enum


class Division(Enum):
    """What a year is divided into."""

    MONTHS = "months"
    WEEKS_445 = "4-4-5"
    WEEKS_454 = "4-5-4"
    WEEKS_544 = "5-4-4"
    THIRTEEN = "13 periods"

    @property
    def weeks(self) -> tuple[int, ...]:
        """The weeks of each period of a year of 52; none for months."""
        if self is Division.MONTHS:
            return ()
        if self is Division.THIRTEEN:
            return (4,) * 13
        return tuple(map(int, self.value.split("-"))) * 4


class Named(Enum):
    """By which calendar year a fiscal year that lies in two is called."""

    BOTH = "both years"
    FIRST = "the year it begins in"
    LAST = "the year it ends in"
