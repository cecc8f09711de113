"""Cost pushed through a network in floats: fast, and not yet certain.

The nodes stand upstream first. A run of them with only small loops is eliminated at once: its
equations are block triangular, so sparse elimination in that order hardly fills in. A large loop
is a stage of its own, solved by sweeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import splu

from truecost.engine.sweeps import Loop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from truecost.engine.components import Components
    from truecost.engine.edges import Matrix

    Vector: TypeAlias = NDArray[np.float64]


class Run:
    """The equations `x = b + shares @ x` of nodes in upstream order with small loops only.

    Raise RuntimeError where a loop is singular to the eye of a double.
    """

    def __init__(self, shares: Matrix) -> None:
        columns = shares.tocsc()
        count = shares.shape[0]
        start = np.add(columns.indptr, np.arange(count + 1), dtype=columns.indptr.dtype)
        own = np.zeros(shares.nnz + count, np.bool_)
        own[start[:-1]] = True
        data = np.ones(len(own))
        indices = np.empty(len(own), columns.indices.dtype)
        data[~own] = -columns.data
        indices[~own] = columns.indices
        indices[own] = np.arange(count)
        equations = csc_array((data, indices, start), shape=shares.shape)
        self._factor = splu(
            equations,
            permc_spec="NATURAL",
            diag_pivot_thresh=0,
            relax=1,
            panel_size=1,
            options={"Equil": False},
        )

    def solve(self, b: Vector, tolerance: float) -> Vector:  # noqa: ARG002 - always in full
        """Solve by the factors found once."""
        return self._factor.solve(b)


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """Nodes `first` to `last`; `inflow` are their rows, where they receive from earlier stages."""

    first: int
    last: int
    inflow: Matrix | None
    inside: Run | Loop


@dataclass(frozen=True, eq=False)
class Flow:
    """The float equations `x = b + shares @ x` of a network, nodes upstream first.

    `shares` (n, n) holds at (head, tail) which share of the tail's cost the head receives. `ends`
    are the ends of the stages, `large` says which of them are one large loop. `order` (n) are the
    nodes as the network numbers them.
    """

    order: NDArray[np.int64]
    shares: Matrix
    ends: tuple[int, ...]
    large: tuple[bool, ...]

    @cached_property
    def degree(self) -> NDArray[np.int64]:
        """How many tails each head has (n)."""
        return np.diff(self.shares.indptr).astype(np.int64)

    @cached_property
    def _stages(self) -> list[_Stage]:
        stages = []
        first = 0
        for last, large in zip(self.ends, self.large, strict=True):
            rows = self._rows(first, last)
            inside = rows.indices >= first
            block = _block(rows, inside, first)
            solver = Loop(block) if large else Run(block)
            stages.append(_Stage(first, last, None if inside.all() else rows, solver))
            first = last
        return stages

    def received(self, x: Vector) -> Vector:
        """Give what each node receives when the nodes come to `x` (n)."""
        return np.asarray(self.shares @ x)

    def _rows(self, first: int, last: int) -> Matrix:
        start = self.shares.indptr[first : last + 1]
        edges = slice(start[0], start[-1])
        return csr_array(
            (self.shares.data[edges], self.shares.indices[edges], start - start[0]),
            shape=(last - first, self.shares.shape[1]),
        )

    def solve(self, b: Vector, tolerance: float = 2.0**-50) -> Vector:
        """Push `b` (n) through the network: give the gross value of each node.

        Raise RuntimeError where a loop is singular to the eye of a double.
        """
        x = np.zeros_like(b)
        for stage in self._stages:
            part = b[stage.first : stage.last]
            if stage.inflow is not None:
                part = part + stage.inflow @ x
            x[stage.first : stage.last] = stage.inside.solve(part, tolerance)
        return x


def _block(rows: Matrix, inside: NDArray[np.bool_], first: int) -> Matrix:
    """Give the square of `rows` whose columns are its own nodes, `first` and on."""
    data, tails = rows.data, rows.indices
    start = rows.indptr
    if not inside.all():
        start = np.concatenate([[0], np.cumsum(inside)])[start]
        data, tails = data[inside], tails[inside]
    return csr_array((data, tails - first, start), shape=(rows.shape[0], rows.shape[0]))


def flow(shares: Matrix, found: Components, small: int) -> Flow:
    """Put a network's shares (head, tail), nodes as numbered, in order and cut it into stages.

    Loops of more than `small` nodes become stages of their own.
    """
    count = len(found.order)
    position = np.empty(count, shares.indices.dtype)
    position[found.order] = np.arange(count)
    rows = shares[found.order]
    ordered = csr_array((rows.data, position[rows.indices], rows.indptr), shape=shares.shape)
    large = np.flatnonzero(found.sizes > small)
    cuts = np.unique(np.concatenate([found.start[large], found.start[large + 1], [count]]))
    ends = cuts[cuts > 0]
    return Flow(
        found.order,
        ordered,
        tuple(ends.tolist()),
        tuple(np.isin(ends, found.start[large + 1]).tolist()),
    )
