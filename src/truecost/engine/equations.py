"""A network's equations in doubles: which way of solving them is taken.

A network of many edges is swept as a whole, without a look at its loops. Where sweeps gain too
little, and in every smaller network, it is cut into stages, upstream first (`elimination`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from truecost.engine.components import Components, components
from truecost.engine.elimination import Flow, flow
from truecost.engine.products import Rows, rows_of
from truecost.engine.relaxation import Blocks, Triangle, relaxation
from truecost.engine.sweeps import SlowError, swept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from truecost.engine.edges import Matrix, Network

    Vector = NDArray[np.float64]

# What one search in doubles can gain before what it takes for the residual drifts.
_GAIN = 1e-12
_SEARCHES = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to where which way of solving is taken. They change the time, not what is settled.

    Loops of more than `loop` nodes are swept in doubles rather than eliminated, and networks of
    more than `edges` edges as a whole. Exact values are fractions while no loop is larger and all
    wholes together have at most `digits` binary digits.
    """

    loop: int = 30
    digits: int = 1 << 12
    edges: int = 1 << 17


class Equations:
    """The equations `x = b + shares @ x` of a network, nodes (n) as it numbers them."""

    def __init__(self, network: Network, limits: Limits) -> None:
        self._network = network
        self._limits = limits
        self.whole = len(network.weight) > limits.edges

    @cached_property
    def degree(self) -> NDArray[np.int64]:
        """How many tails each head has (n)."""
        return np.diff(self._network.start).astype(np.int64)

    @cached_property
    def found(self) -> Components:
        """The network's loops."""
        return components(self._network.shares)

    def received(self, x: Vector) -> Vector:
        """Give what each node receives when the nodes come to `x`."""
        return np.asarray(self._shares @ x)

    def solve(self, b: Vector, tolerance: float = 2.0**-50) -> Vector:
        """Push `b` (n) through the network: give the gross value of each node.

        Raise RuntimeError where a loop is singular to the eye of a double.
        """
        if self.whole:
            try:
                return self._swept(b, tolerance)
            except SlowError:
                self.whole = False
        x = np.empty_like(b)
        x[self._flow.order] = self._flow.solve(b[self._flow.order], tolerance)
        return x

    @cached_property
    def _shares(self) -> Rows:
        return Rows(self._network.shares)

    @cached_property
    def _flow(self) -> Flow:
        return flow(self._network.shares, self.found, self._limits.loop)

    @cached_property
    def _inner(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Blocks | Triangle, Rows]:
        """The nodes that pass cost on, and those that keep it, each with their rows."""
        keeps = self._network.terminal
        inner, outer = np.flatnonzero(~keeps), np.flatnonzero(keeps)
        shares, count = self._network.shares, len(inner)
        if keeps[:count].any():
            rows = shares[inner]
            place = np.zeros(len(keeps), rows.indices.dtype)
            place[inner] = np.arange(count)
            tails, into = place[rows.indices], shares[outer]
        else:
            rows, into = rows_of(shares, 0, count), rows_of(shares, count, len(keeps))
            tails = rows.indices
        inside: Matrix = csr_array((rows.data, tails, rows.indptr), shape=(count, count))
        return inner, outer, relaxation(inside), Rows(into)

    def _swept(self, b: Vector, tolerance: float) -> Vector:
        inner, outer, sweep, into = self._inner
        x = np.zeros_like(b)
        rest = b
        goal = tolerance * float(np.abs(b).sum())
        for _ in range(_SEARCHES):
            gain = np.zeros_like(b)
            gain[inner] = swept(sweep, rest[inner], max(tolerance, _GAIN), hurry=True)
            gain[outer] = rest[outer] + into @ gain
            x += gain
            if tolerance >= _GAIN:
                break
            rest = b - x + self.received(x)
            if float(np.abs(rest).sum()) <= goal:
                break
        return x
