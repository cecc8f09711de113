"""The gross cost that each node of a network comes to, and how sure it is.

A node's gross cost is what enters it directly and what other nodes pass to it. Where services
consume each other that is the reciprocal method: x = d + Pᵀ x, with P the shares. Direct and
step-down allocation are the same computation on a network with edges left out.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine import certificate, grid
from truecost.engine.edges import Network
from truecost.engine.equations import Equations, Limits
from truecost.engine.fixedpoint import FixedPoints, UnsolvableError
from truecost.engine.rational import Rationals
from truecost.engine.units import Scale, Units
from truecost.kernel.findings import AllocationError, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from truecost.engine.components import Components
    from truecost.engine.edges import Integers
    from truecost.engine.units import Amounts

__all__ = ["ClosedLoopError", "Limits", "Network", "Solution", "solve"]

_SHOWN = 10
_FLOAT = 1 << 53
_U = 2.0**-53


class ClosedLoopError(AllocationError):
    """Cost in a loop of nodes can't leave it. `loops` holds the names, `names` the first loop's."""

    def __init__(self, loops: Sequence[Sequence[str]]) -> None:
        self.loops = tuple(sorted(tuple(sorted(loop)) for loop in loops))
        self.names = self.loops[0]
        super().__init__(
            Finding(
                None,
                f"nothing leaves the loop {_listed(loop)}: all its cost comes back to it",
                hint="let one of them pass a part of its cost to something outside the loop",
            )
            for loop in self.loops
        )


class Solution:
    """The gross cost of each node (n) per column of entries (k), in minor units.

    `approx` (n, k) holds doubles; `bound` (n, k) how far each may be from the truth, certified,
    infinite where doubles can't tell. `exact` and `passed` give the truth itself, computed when
    asked for. They raise AllocationError in a network too large for fractions with a loop that
    less than about 1e-14 of its cost leaves.
    """

    approx: NDArray[np.float64]
    bound: NDArray[np.float64]

    def __init__(
        self, network: Network, entries: NDArray[np.int64], equations: Equations, limits: Limits
    ) -> None:
        self.network = network
        self.entries = entries
        self._equations = equations
        self._limits = limits
        self._units: dict[int, Units] = {}
        self._columns: dict[int, Rationals | Units | FixedPoints] = {}
        self.approx = np.zeros(entries.shape)
        self.bound = np.zeros(entries.shape)
        self._scale = Scale(network, equations)
        if not self._scale.open:
            _refuse_closed(network, equations.found)
        for column in np.flatnonzero(entries.any(axis=0)).tolist():
            self._solve(column)

    @property
    def off(self) -> NDArray[np.float64]:
        """How far all nodes together may be from the truth, as `amounts` has them (k)."""
        columns = range(self.entries.shape[1])
        return np.array(
            [
                float((units.bound if units else self.bound[:, column]).sum())
                for column, units in ((column, self._units.get(column)) for column in columns)
            ]
        )

    def exact(self, node: int, column: int) -> Fraction:
        """Give the gross cost of a node: the exact fraction, or its grid point (see `grid`).

        It is the fraction while loops are small and the digits of all wholes together are few.
        """
        return self._asked(column, lambda costs: costs.cost(node))

    def passed(self, node: int, weight: int, column: int, whole: int | None = None) -> Fraction:
        """Give the exact amount that a node passes along an edge of `weight`, on the grid.

        With a `whole` as if its weights summed to that.
        """
        return self._asked(column, lambda costs: costs.passed(node, weight, whole))

    def amounts(self, tail: NDArray[np.int64], weight: Integers, column: int) -> Amounts:
        """Give what nodes pass along edges of such weights: whole units, the rest, its bound.

        Where the bound is 0, the rest is too.
        """
        wholes = self.network.whole[tail]
        share = np.asarray(weight / wholes, np.float64)
        clear = self.bound[tail, column] == 0
        certain = clear & np.asarray(weight == wholes, np.bool_)
        certain |= clear & (self.approx[tail, column] == 0)
        if column in self._units:
            whole, rest, bound = self._units[column].amounts(tail, weight, share)
        else:
            rest = self.approx[tail, column] * share
            bound = self.bound[tail, column] * (share * (1 + 8 * _U)) + 8 * _U * np.abs(rest)
            whole = np.zeros(len(rest), np.int64)
        bound += grid.STEP
        whole[certain] = self.approx[tail[certain], column].astype(np.int64)
        rest[certain] = bound[certain] = 0
        return whole, rest, bound

    def _solve(self, column: int) -> None:
        own = self.entries[:, column]
        exact = (own >= -_FLOAT) & (own <= _FLOAT)
        if self._scale.fits:
            with suppress(UnsolvableError):
                units = Units(self._scale, own)
                self.approx[:, column], self.bound[:, column] = units.doubles()
                self._units[column] = units
                return
        solved = certificate.solve(self._equations, own.astype(np.float64), exact)
        self.approx[:, column], self.bound[:, column] = solved

    def _asked(
        self, column: int, question: Callable[[Rationals | Units | FixedPoints], Fraction]
    ) -> Fraction:
        if column not in self._columns:
            self._columns[column] = self._exactly(column)
        try:
            return question(self._columns[column])
        except UnsolvableError:
            self._columns[column] = self._fixed(column)
            return question(self._columns[column])

    def _exactly(self, column: int) -> Rationals | Units | FixedPoints:
        if self._brief:
            entries = self.entries[:, column].tolist()
            return Rationals(self.network, self._equations.found, entries)
        return self._units.get(column) or self._fixed(column)

    def _fixed(self, column: int) -> FixedPoints:
        known = np.isfinite(self.bound[:, column])
        approx = np.where(known, self.approx[:, column], 0)
        try:
            return FixedPoints(self.network, self._equations, self.entries[:, column], approx)
        except UnsolvableError:
            loop = _listed(_tightest(self.network, self._equations.found))
            raise AllocationError(
                Finding(
                    None,
                    f"next to nothing leaves the loop {loop}: its cost can't be told to the unit",
                    hint="let more of its cost go to something outside the loop",
                )
            ) from None

    @cached_property
    def _brief(self) -> bool:
        """Whether fractions stay short: every denominator divides a product of the wholes."""
        wholes = self.network.whole[~self.network.terminal]
        return (
            len(wholes) <= self._limits.digits
            and sum(int(whole).bit_length() for whole in wholes) <= self._limits.digits
            and bool((self._equations.found.sizes <= self._limits.loop).all())
        )


def solve(network: Network, entries: NDArray[np.int64], limits: Limits | None = None) -> Solution:
    """Compute what each node's gross cost comes to, from the cost that enters it directly.

    `entries` (n, k) are minor units; each column is a problem of its own. Raise ClosedLoopError
    where nothing leaves a loop, whether cost reaches it or not: the model is at fault.
    """
    if entries.ndim != 2 or len(entries) != len(network.names):  # noqa: PLR2004 - nodes, columns
        raise ValueError(f"give one row of entries per node, not {entries.shape}")
    chosen = limits or Limits()
    return Solution(network, entries.astype(np.int64), Equations(network, chosen), chosen)


def _refuse_closed(network: Network, found: Components) -> None:
    """Raise ClosedLoopError where nothing leaves a loop."""
    ends = found.open.copy()
    ends[found.of[network.terminal]] = True
    if not ends.all():
        closed = np.flatnonzero(~ends).tolist()
        raise ClosedLoopError([[network.names[i] for i in found.members(c)] for c in closed])


def _tightest(network: Network, found: Components) -> list[str]:
    """Give the names in the loop that the least share leaves."""
    of = found.of
    leaves = of[network.tail] != of[network.head]
    shares = np.bincount(of[network.tail[leaves]], network.share[leaves], len(found.sizes))
    shares[of[network.terminal]] = np.inf
    members = found.members(int(np.argmin(shares)))
    return sorted(network.names[node] for node in members)


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
