"""Periods in a row, and from when to when something holds. What a period is: `calendars`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.kernel.calendars import MONTHS, Period

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALWAYS", "MONTHS", "Period", "Validity", "span"]


def span(first: Period, last: Period) -> Iterator[Period]:
    """Give every period from `first` to `last`, both included."""
    return (first + step for step in range(last.index - first.index + 1))


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
