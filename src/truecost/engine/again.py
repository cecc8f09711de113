"""Amounts that were rounded together, kept so that some of them can be others cheaply.

`settle` rounds n amounts to a total by largest remainder. When m of them change, most of the others
keep their unit: only those whose rest lies between the old cut and the new one lose or gain it. So
the rests are kept sorted, the new cut is looked for among the few that can be it, and what changes
is given rather than all n. The result is that of `settle` on all amounts anew: each rest is known
to within one certificate, and whatever lies that near to the cut is decided by exact values.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from truecost.engine.settle import around, summed

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_U = 2.0**-53
#: What is known less well than this is looked up exactly: it would make the cut wide for all.
_WIDE = 2.0**-20


@dataclass(frozen=True, slots=True)
class Amounts:
    """n amounts, as `settle` takes them; `order(i)` is what decides between equal rests."""

    approx: Floats
    bound: Floats
    exact: Callable[[int], Fraction]
    order: Callable[[int], tuple[object, ...]]


class Moved(NamedTuple):
    """What a change comes to: kept amounts (by place) that get another unit, and the new ones."""

    places: Ints
    amounts: Ints
    come: Ints


class _Rests:
    """Amounts as whole units and rests, each rest `middle` give or take `half`."""

    def __init__(self, amounts: Amounts) -> None:
        self._amounts = amounts
        self._known: dict[int, Fraction] = {}
        low, high = around(amounts.approx, amounts.bound)
        whole = np.floor(low)
        with np.errstate(invalid="ignore"):
            sure = (whole == np.floor(high)) & (high - low <= _WIDE)
        whole[~sure] = 0
        self.parts = whole.astype(np.int64)
        low, high = low - whole, high - whole
        for i in np.flatnonzero(~sure).tolist():
            self.parts[i] = floor(self._exact(i))
            low[i] = high[i] = float(self._exact(i) - int(self.parts[i]))
        self.middle = (low + high) / 2
        self.half = float((high - low).max(initial=0)) / 2 + 4 * _U

    def _exact(self, i: int) -> Fraction:
        if i not in self._known:
            self._known[i] = self._amounts.exact(i)
        return self._known[i]

    def key(self, i: int) -> tuple[object, ...]:
        """Give what an amount is ordered by: the largest rest first."""
        return (int(self.parts[i]) - self._exact(i), *self._amounts.order(i))


class _Cut(NamedTuple):
    """Where units go: to ranks from `top` on, and of those from `bottom` on to the `chosen`."""

    bottom: int
    top: int
    chosen: Ints


class Settlement:
    """n amounts rounded to integers that sum to a total, ready to be rounded again.

    The integers are those of `settle`. Raise ValueError where the exact values can't sum to it.
    """

    def __init__(self, total: int, amounts: Amounts) -> None:
        self._total = total
        self._rests = _Rests(amounts)
        self._sum = summed(self._rests.parts)
        self._order = np.argsort(self._rests.middle, kind="stable")
        self._sorted = self._rests.middle[self._order]
        self._rank = np.empty_like(self._order)
        self._rank[self._order] = np.arange(len(self._order))
        nothing = np.empty(0, np.int64)
        none = Amounts(np.empty(0), np.empty(0), amounts.exact, amounts.order)
        self._cut, _ = self._decided(total - self._sum, nothing, _Rests(none))

    @property
    def amounts(self) -> Ints:
        """The integers (n)."""
        parts = self._rests.parts.copy()
        parts[self._order[self._cut.top :]] += 1
        parts[self._order[self._cut.chosen]] += 1
        return parts

    def at(self, places: Ints) -> Ints:
        """Give the integers at some places."""
        rank = self._rank[places]
        raised = (rank >= self._cut.top) | np.isin(rank, self._cut.chosen)
        return np.asarray(self._rests.parts[places] + raised, np.int64)

    def again(self, gone: Ints, come: Amounts) -> Moved:
        """Round anew with the amounts at the places `gone` left out and others added.

        Nothing here is changed by it. Raise ValueError as at the beginning.
        """
        rests = _Rests(come)
        away = np.sort(self._rank[gone])
        total = self._sum - summed(self._rests.parts[gone]) + summed(rests.parts)
        cut, raised = self._decided(self._total - total, away, rests)
        begin, end = min(cut.bottom, self._cut.bottom), max(cut.top, self._cut.top)
        change = _raised(cut, begin, end).astype(np.int64) - _raised(self._cut, begin, end)
        change[_within(away, begin, end) - begin] = 0
        moved = np.flatnonzero(change)
        places = self._order[begin + moved]
        before = self._rests.parts[places] + (change[moved] < 0)
        return Moved(places, before + change[moved], rests.parts + raised)

    def _decided(self, missing: int, away: Ints, come: _Rests) -> tuple[_Cut, NDArray[np.bool_]]:
        """Say who gets one of the `missing` units: ranks without those `away`, and who comes."""
        here, added = len(self._sorted), len(come.parts)
        count = here - len(away) + added
        if not 0 <= missing < max(count, 1):
            what = f"the amounts do not add up to {self._total}: {missing} units are left over"
            raise ValueError(what)
        raised = np.zeros(added, np.bool_)
        if not missing:
            return _Cut(here, here, np.empty(0, np.int64)), raised
        # taking away and adding moves the place of the cut by no more than so many ranks
        place = count - missing
        begin, end = max(place - added, 0), min(place + len(away) + 1, here)
        window = np.ones(end - begin, np.bool_)
        window[_within(away, begin, end) - begin] = False
        near = np.concatenate([self._sorted[begin:end][window], come.middle])
        place -= begin - int(np.searchsorted(away, begin))
        middle = np.partition(near, place)[place]
        # two rests further apart than this are in order, whatever their errors
        apart = 2 * max(self._rests.half, come.half) + 8 * _U
        bottom = int(np.searchsorted(self._sorted, middle - apart, "left"))
        top = int(np.searchsorted(self._sorted, middle + apart, "right"))
        raised = come.middle > middle + apart
        doubtful = np.flatnonzero(~raised & (come.middle >= middle - apart)).tolist()
        between = np.setdiff1d(np.arange(bottom, top), away, assume_unique=True)
        sure = here - top - (len(away) - int(np.searchsorted(away, top))) + int(raised.sum())
        possible = [(True, rank) for rank in between.tolist()] + [(False, i) for i in doubtful]
        wanted = missing - sure
        if wanted < len(possible):
            possible.sort(
                key=lambda one: (
                    self._rests.key(int(self._order[one[1]])) if one[0] else come.key(one[1])
                )
            )
        raised[[i for kept, i in possible[:wanted] if not kept]] = True
        chosen = sorted(rank for kept, rank in possible[:wanted] if kept)
        return _Cut(bottom, top, np.array(chosen, np.int64)), raised


def _within(ranks: Ints, begin: int, end: int) -> Ints:
    """Give those of sorted ranks that lie from `begin` to before `end`."""
    return ranks[np.searchsorted(ranks, begin) : np.searchsorted(ranks, end)]


def _raised(cut: _Cut, begin: int, end: int) -> NDArray[np.bool_]:
    """Say which of some ranks get a unit."""
    raised = np.arange(begin, end) >= cut.top
    raised[_within(cut.chosen, begin, end) - begin] = True
    return raised
