"""Exact amounts rounded together to whole minor units, so that they add up to the total.

The result is defined by the exact values alone: largest remainder, equal rests by `tie`. Doubles
only tell early what is beyond doubt; whatever lies within its certificate of a whole number or of
the cut is decided by `exact`. So the bytes are the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine import grid
from truecost.kernel import digest
from truecost.kernel.apportion import tie_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from truecost.engine.network import Network, Solution
    from truecost.kernel.periods import Period

    Floats = NDArray[np.float64]

_U = 2.0**-53


def settle(
    total: int,
    approx: Floats,
    bound: Floats,
    exact: Callable[[int], Fraction],
    tie: Callable[[int], int],
) -> NDArray[np.int64]:
    """Round n amounts to integers (n) that sum to `total`, none further than one from its own.

    Each gets the whole units of its exact value, taken towards minus infinity; what is missing to
    the total goes, one each, to the largest rests, of equal ones the lowest `tie` first, then the
    first in order. `exact(i)` must lie within `bound[i]` of `approx[i]`; a bound of 0 says that
    `approx[i]` is a whole number. Raise ValueError where the exact values can't sum to `total`.
    """
    low, high = around(approx, bound)
    whole = np.floor(low)
    known: dict[int, Fraction] = {}

    def rest(i: int) -> Fraction:
        if i not in known:
            known[i] = exact(i)
        return known[i] - int(parts[i])

    doubtful = np.flatnonzero(~(whole == np.floor(high)))
    whole[doubtful] = 0
    parts = whole.astype(np.int64)
    low, high = low - whole, high - whole
    for i in doubtful.tolist():
        known[i] = exact(i)
        parts[i] = floor(known[i])
        low[i] = high[i] = float(rest(i))
    missing = total - summed(parts)
    if not 0 <= missing < max(len(parts), 1):
        raise ValueError(f"the amounts do not add up to {total}: {missing} units are left over")
    if missing:
        parts[_largest(missing, low - 4 * _U, high + 4 * _U, rest, tie)] += 1
    return parts


def _largest(
    count: int,
    low: Floats,
    high: Floats,
    rest: Callable[[int], Fraction],
    tie: Callable[[int], int],
) -> NDArray[np.int64]:
    """Give the places of the `count` largest rests, each known to lie from `low` to `high`."""
    at = len(low) - count
    sure = low > np.partition(high, at)[at]
    possible = np.flatnonzero(~sure & (high >= np.partition(low, at)[at])).tolist()
    wanted = count - int(sure.sum())
    if wanted < len(possible):
        possible.sort(key=lambda i: (-rest(i), tie(i), i))
    return np.concatenate([np.flatnonzero(sure), np.array(possible[:wanted], np.int64)])


@dataclass(frozen=True, slots=True)
class Reached:
    """What reaches terminals in one column, line by line (n), before it is rounded.

    A line is an edge into a terminal, or, with `tail` and `head` the same, what entered the
    terminal directly. Its exact value is its grid point; `approx` is known to within `bound`.
    """

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    approx: Floats
    bound: Floats
    exact: Callable[[int], Fraction]
    tie: Callable[[int], int]


def settle_terminals(
    network: Network, solution: Solution, column: int, *, label: str, period: Period
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Settle all that reaches terminals in one column: give tail, head and amount of each line.

    The amounts sum to all that entered the column. Equal rests are decided by a hash of the names,
    `label` (what the column is) and `period`.
    """
    lines = reached(network, solution, column, label=label, period=period)
    total = summed(solution.entries[:, column])
    amounts = settle(total, lines.approx, lines.bound, lines.exact, lines.tie)
    return lines.tail, lines.head, amounts


def reached(
    network: Network, solution: Solution, column: int, *, label: str, period: Period
) -> Reached:
    """Give all that reaches terminals in one column, to be rounded (see `settle_terminals`)."""
    terminal = network.terminal
    edges = np.flatnonzero(terminal[network.head])
    direct = np.flatnonzero(terminal & (solution.entries[:, column] != 0))
    tail = np.concatenate([network.tail[edges].astype(np.int64), direct])
    head = np.concatenate([network.head[edges], direct])
    weight = network.weight[edges]
    cost = solution.approx[network.tail[edges], column], solution.bound[network.tail[edges], column]
    all_of_it = np.asarray(weight == network.whole[network.tail[edges]], np.bool_)
    approx, bound = passed(*cost, network.share[edges], all_of_it)
    entered = solution.entries[direct, column]
    approx = np.concatenate([approx, entered.astype(np.float64)])
    bound = np.concatenate([bound, np.where(np.abs(entered) <= 1 / _U, 0, np.abs(entered))])

    def exact(i: int) -> Fraction:
        if i < len(edges):
            return solution.passed(int(tail[i]), int(weight[i]), column)
        return Fraction(int(entered[i - len(edges)]))

    def tie(i: int) -> int:
        return tie_of_line(network.names[tail[i]], network.names[head[i]], label, period)

    return Reached(tail, head, approx, bound, exact, tie)


def passed(
    cost: Floats, bound: Floats, share: Floats, all_of_it: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Give what shares of costs come to, on the grid, and how far each may be from the truth.

    A share is one to 3 roundings of a double, or exactly one (`all_of_it`).
    """
    share = np.where(all_of_it, 1, share)
    approx = cost * share
    bound = bound * (share * (1 + 8 * _U))
    bound += np.where(all_of_it, 0, 8 * _U * np.abs(approx))
    bound[bound > 0] += grid.STEP
    return approx, bound


def tie_of_line(tail: str, head: str, label: str, period: Period) -> int:
    """Give what decides between equal rests: a hash of where a line is from, and of its column."""
    return tie_of(digest.canonical([tail, head, label]), period)


def rounded(solution: Solution, column: int) -> NDArray[np.int64]:
    """Round the gross cost of each node by itself, half to even, to minor units (n).

    For showing what an object comes to; these do not add up to anything. Raise OverflowError where
    one is beyond int64.
    """
    low, high = around(solution.approx[:, column], solution.bound[:, column])
    units = np.rint(low)
    doubtful = np.flatnonzero(~(units == np.rint(high)))
    units[doubtful] = 0
    result = units.astype(np.int64)
    for i in doubtful.tolist():
        result[i] = round(solution.exact(i, column))
    return result


def around(approx: Floats, bound: Floats) -> tuple[Floats, Floats]:
    """Give the ends of the intervals, rounded outwards; without a bound both are the value."""
    low = np.where(bound > 0, np.nextafter(approx - bound, -np.inf), approx)
    high = np.where(bound > 0, np.nextafter(approx + bound, np.inf), approx)
    return low, high


def summed(parts: NDArray[np.int64]) -> int:
    """Add up int64 values beyond the range of int64."""
    return (int((parts >> 32).sum()) << 32) + int((parts & 0xFFFFFFFF).sum())
