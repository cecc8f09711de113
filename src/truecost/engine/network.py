"""The gross cost that each node of a network comes to, and how sure it is.

A node's gross cost is what enters it directly and what other nodes pass to it. Where services
consume each other that is the reciprocal method: x = d + Pᵀ x, with P the shares. Direct and
step-down allocation are the same computation on a network with edges left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine import certificate
from truecost.engine.components import Components, components
from truecost.engine.edges import Network
from truecost.engine.elimination import Flow, flow
from truecost.engine.fixedpoint import FixedPoints, UnsolvableError
from truecost.engine.rational import Rationals
from truecost.kernel.findings import AllocationError, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

__all__ = ["ClosedLoopError", "Limits", "Network", "Solution", "solve"]

_SHOWN = 10
_FLOAT = 1 << 53


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to where which way of solving is taken. They change the time, not what is settled.

    Loops of more than `loop` nodes are swept in doubles rather than eliminated. Exact values are
    fractions while no loop is larger and all wholes together have at most `digits` binary digits.
    """

    loop: int = 30
    digits: int = 1 << 12


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
        self,
        network: Network,
        entries: NDArray[np.int64],
        found: Components,
        limits: Limits,
    ) -> None:
        self.network = network
        self.entries = entries
        self._components = found
        self._limits = limits
        self._columns: dict[int, Rationals | FixedPoints] = {}
        self.approx = np.zeros(entries.shape)
        self.bound = np.zeros(entries.shape)
        order = found.order
        for column in range(entries.shape[1]):
            own = entries[order, column]
            exact = (own >= -_FLOAT) & (own <= _FLOAT)
            solved = certificate.solve(self._flow, own.astype(np.float64), exact)
            self.approx[order, column], self.bound[order, column] = solved

    def exact(self, node: int, column: int) -> Fraction:
        """Give the gross cost of a node: the exact fraction, or its grid point (see `grid`).

        It is the fraction while loops are small and the digits of all wholes together are few.
        """
        return self._column(column).cost(node)

    def passed(self, node: int, weight: int, column: int, whole: int | None = None) -> Fraction:
        """Give the exact amount that a node passes along an edge of `weight`, on the grid.

        With a `whole` as if its weights summed to that.
        """
        return self._column(column).passed(node, weight, whole)

    @cached_property
    def _flow(self) -> Flow:
        return flow(self.network.shares, self._components, self._limits.loop)

    def _column(self, column: int) -> Rationals | FixedPoints:
        if column not in self._columns:
            self._columns[column] = self._exactly(column)
        return self._columns[column]

    def _exactly(self, column: int) -> Rationals | FixedPoints:
        entries = self.entries[:, column]
        if self._brief:
            return Rationals(self.network, self._components, entries.tolist())
        known = np.isfinite(self.bound[:, column])
        approx = np.where(known, self.approx[:, column], 0)
        try:
            return FixedPoints(self.network, self._flow, entries, approx)
        except UnsolvableError:
            loop = _listed(self._tightest())
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
            bool((self._components.sizes <= self._limits.loop).all())
            and len(wholes) <= self._limits.digits
            and sum(int(whole).bit_length() for whole in wholes) <= self._limits.digits
        )

    def _tightest(self) -> list[str]:
        """Give the names in the loop that the least share leaves."""
        network, found = self.network, self._components
        of = found.of
        leaves = of[network.tail] != of[network.head]
        shares = np.bincount(of[network.tail[leaves]], network.share[leaves], len(found.sizes))
        shares[of[network.terminal]] = np.inf
        members = found.members(int(np.argmin(shares)))
        return sorted(network.names[node] for node in members)


def solve(network: Network, entries: NDArray[np.int64], limits: Limits | None = None) -> Solution:
    """Compute what each node's gross cost comes to, from the cost that enters it directly.

    `entries` (n, k) are minor units; each column is a problem of its own. Raise ClosedLoopError
    where nothing leaves a loop, whether cost reaches it or not: the model is at fault.
    """
    if entries.ndim != 2 or len(entries) != len(network.names):  # noqa: PLR2004 - nodes, columns
        raise ValueError(f"give one row of entries per node, not {entries.shape}")
    found = components(network.shares)
    ends = found.open.copy()
    ends[found.of[network.terminal]] = True
    if not ends.all():
        closed = np.flatnonzero(~ends).tolist()
        raise ClosedLoopError([[network.names[i] for i in found.members(c)] for c in closed])
    return Solution(network, entries.astype(np.int64), found, limits or Limits())


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
