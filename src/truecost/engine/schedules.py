"""Schedules: how much of a cost counts in which month. One mechanism for all that is recognised.

    balance: opening + posted − released − lost − proceeds of a sale = closing

The months of a schedule have weights: equal ones, or their days. What is counted up to month k is
the whole times the weights so far over all weights, rounded half to even to the minor unit; the
month gets what that adds. So every sum of first months is within half a minor unit of its exact
share, all together are the whole, and a credit is spread as its cost was, with the other sign.
Nothing depends on which months are computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.model.recognition import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from truecost.kernel.calendars import Calendar


class Release(NamedTuple):
    """What counts in a period, in minor units, and the period that it is for.

    `lost` is what a disposal leaves over or, negative, gains.
    """

    period: int
    service_period: int
    amount: int
    lost: bool = False


class Balance(NamedTuple):
    """A schedule's account in one period, in minor units."""

    period: int
    opening: int
    posted: int
    released: int
    lost: int
    proceeds: int
    closing: int


@dataclass(frozen=True, slots=True, order=True)
class Schedule:
    """A cost and the days over which it counts, both included; periods are `Period.index`.

    `entered` is the period in which it is posted, or put on a register; nothing counts before.
    `in_ledger` says that the ledger has it. `residual` stays on the balance. From `disposed` on
    (-1: never) nothing is left: what the balance had, less `sale`, is lost then. `until` is the
    last period in which there is something to bear the cost (-1: always): the rest counts there.
    """

    way: Way
    total: int
    entered: int
    in_ledger: bool
    begins: date
    ends: date
    by_days: bool = False
    residual: int = 0
    disposed: int = -1
    sale: int = 0
    until: int = -1
    calendar: Calendar = field(default=CALENDAR_MONTHS, compare=False)

    def releases(self) -> list[Release]:
        """Give what counts when, in order of the months it is for; nothing is left out but zero."""
        if self.way is Way.ACCRUAL:
            first = self.entered
            both = [Release(first, first, self.total), Release(first + 1, first + 1, -self.total)]
            return both if self.total else []
        months = list(weights(self.begins, self.ends, self.calendar, by_days=self.by_days))
        parts = spread(self.total - self.residual, [weight for _, weight in months])
        made = []
        for (month, _), amount in zip(months, parts, strict=True):
            if 0 <= self.disposed <= month:
                break
            period = max(month, self.entered)
            if self.entered <= self.until < period:
                period = self.until
            if amount:
                made.append(Release(period, min(month, period), amount))
        if self.disposed >= 0:
            left = self.total - sum(each.amount for each in made) - self.sale
            period = max(self.disposed, self.entered)
            if left:
                made.append(Release(period, period, left, lost=True))
        return made

    def balances(self, first: int, last: int) -> Iterator[Balance]:
        """Give the account in each period from `first` to `last` in which it is not empty."""
        cost = self.total if self.in_ledger or self.way is not Way.ACCRUAL else 0
        moves: dict[int, list[int]] = {}
        moves.setdefault(self.entered, [0, 0, 0, 0])[0] = cost
        for each in self.releases():
            moves.setdefault(each.period, [0, 0, 0, 0])[2 if each.lost else 1] += each.amount
        if self.disposed >= 0:
            at = max(self.disposed, self.entered)
            moves.setdefault(at, [0, 0, 0, 0])[3] = self.sale
        opening = sum(
            posted - released - lost - sale
            for period, (posted, released, lost, sale) in moves.items()
            if period < first
        )
        for period in range(max(first, self.entered), last + 1):
            posted, released, lost, sale = moves.get(period, (0, 0, 0, 0))
            closing = opening + posted - released - lost - sale
            if opening or period in moves:
                yield Balance(period, opening, posted, released, lost, sale, closing)
            opening = closing


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Spread a total over weights (positive), in order, by the difference of rounded sums."""
    whole = sum(weights)
    sums = [round(Fraction(total * part, whole)) for part in accumulate(weights)]
    return [after - before for before, after in pairwise([0, *sums])]


def weights(
    begins: date, ends: date, calendar: Calendar = CALENDAR_MONTHS, *, by_days: bool
) -> Iterator[tuple[int, int]]:
    """Give each period from one day to another, both included, with what it weighs."""
    for index in range(calendar.on(begins).index, calendar.on(ends).index + 1):
        if not by_days:
            yield index, 1
            continue
        period = calendar.period(index)
        first, last = max(begins, period.first_day), min(ends, period.last_day)
        yield index, (last - first).days + 1
