"""What rows read in bulk come to: sums by currency, first and last day, digits that are needed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING

import numpy as np

from truecost.sources.bulk_spill import is_constant
from truecost.sources.values import DECIMALS, plain
from truecost.store.sources import Statistics, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.sources.bulk_batch import Numbers
    from truecost.sources.gathering import Gathered
    from truecost.store.sources import LoadedFile

_EPOCH = date(1970, 1, 1).toordinal()
_ADD = Context(prec=100, traps=[Inexact])
_HALF = 30


class Figures:
    """Figures of good rows. Numbers are whole, times 10¹²."""

    def __init__(self) -> None:
        self.rows = 0
        self.digits = {"amount": 0, "quantity": 0}
        self.greatest = {"amount": 0, "quantity": 0}
        self._sums: dict[int, int] = defaultdict(int)
        self._days: tuple[int, int] | None = None

    def take(
        self,
        currency: NDArray[np.int16],
        day: NDArray[np.int32],
        rows: int,
        numbers: Mapping[str, Numbers],
    ) -> None:
        """Take in rows; there is one at least. `day` has the days that some of them has."""
        self.rows += rows
        first, last = self._days or (int(day[0]), int(day[0]))
        self._days = (min(first, int(day.min())), max(last, int(day.max())))
        for name, each in numbers.items():
            self.greatest[name] = max(
                self.greatest[name],
                abs(int(each.values.max())),
                abs(int(each.values.min())),
                *map(abs, each.wide.values()),
            )
            while self.digits[name] < DECIMALS and not _whole(each, self.digits[name]):
                self.digits[name] += 1
        amounts = numbers["amount"]
        if is_constant(currency):
            self._sums[int(currency[0])] += _sum(amounts.whole)
        else:
            for code in np.flatnonzero(np.bincount(currency)).tolist():
                self._sums[code] += _sum(amounts.whole[currency == code])
        for row, amount in amounts.wide.items():
            self._sums[int(currency[row])] += amount

    def width(self, name: str, widths: Iterable[int]) -> int:
        """Give the first width that holds all numbers of a column, with its digits."""
        digits = self.digits[name]
        largest = self.greatest[name] // 10 ** (DECIMALS - digits)
        return next(width for width in widths if width > digits and largest < 10**width)

    def currencies(self, forms: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
        """Give the currencies that rows have, in order, and their codes by place in `forms`."""
        names = sorted(forms[place] for place in self._sums)
        codes = [names.index(form) if form in names else -1 for form in forms]
        return names, np.array(codes, np.int32)

    def statistics(
        self, gathered: Gathered, currencies: Sequence[str], files: Sequence[LoadedFile]
    ) -> Statistics:
        """Give the figures as a coded source has them. Whether rows are equal is not known."""
        held: dict[str, Decimal] = {}
        for reject in gathered.rejects:
            if reject.amount:
                before = held.get(reject.currency, Decimal(0))
                held[reject.currency] = _ADD.add(before, Decimal(reject.amount))
        totals = {}
        sums = {currencies[place]: whole for place, whole in self._sums.items()}
        for name in sorted({*sums, *held}):
            known = sums.get(name, 0)
            loaded = Decimal(plain(Decimal(f"{known}e-{DECIMALS}")))
            rejected = held.get(name, Decimal(0))
            totals[name] = Totals(_ADD.add(loaded, rejected), loaded, rejected, Decimal(0))
        first, last = (
            (None, None)
            if self._days is None
            else (date.fromordinal(day + _EPOCH) for day in self._days)
        )
        return Statistics(
            rows=sum(file.rows for file in files),
            loaded=self.rows,
            rejected=len(gathered.rejects),
            repeated=0,
            blank=gathered.blank,
            equal=0,
            unreadable=sum(not reject.amount for reject in gathered.rejects),
            totals=totals,
            overlaps=(),
            first_day=first,
            last_day=last,
        )


def _sum(whole: NDArray[np.int64]) -> int:
    """Add up exactly: no half of a number reaches 2³³, so no sum of a batch's halves 2⁶³."""
    return (int((whole >> _HALF).sum()) << _HALF) + int((whole & ((1 << _HALF) - 1)).sum())


def _whole(numbers: Numbers, digits: int) -> bool:
    """Say whether numbers have no more digits after the point."""
    step = 10 ** (DECIMALS - digits)
    return not (numbers.values % step).any() and not any(
        each % step for each in numbers.wide.values()
    )
