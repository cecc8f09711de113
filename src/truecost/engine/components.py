"""Loops and order: which objects consume each other, and who comes before whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csgraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from truecost.engine.edges import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The strongly connected components of a network, upstream first.

    `order` (n) lists the nodes so that cost only flows forward or inside a component; component
    `c` is `order[start[c]:start[c + 1]]`, and `of` (n) gives the component of each node. `open`
    says which components an edge leaves.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    of: NDArray[np.int64]
    open: NDArray[np.bool_]

    def members(self, component: int) -> NDArray[np.int64]:
        """Give the nodes of a component, lowest first."""
        return self.order[self.start[component] : self.start[component + 1]]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many nodes each component has."""
        return np.diff(self.start)


def components(inflow: Matrix) -> Components:
    """Find the components of a network given as (head, tail) entries without duplicates.

    SciPy numbers components as Tarjan's search leaves them, so an edge never leads to a higher
    number. Rows are heads here: its edges run against the cost, and low numbers are upstream.
    (With duplicate entries that search finds wrong components and says nothing.)
    """
    count, found = csgraph.connected_components(inflow, directed=True, connection="strong")
    heads = np.repeat(found, np.diff(inflow.indptr))
    tails = found[inflow.indices]
    if (heads < tails).any():
        raise AssertionError("SciPy no longer numbers strong components in topological order")
    leaves = np.zeros(count, np.bool_)
    leaves[tails[heads != tails]] = True
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(found, minlength=count), out=start[1:])
    return Components(np.argsort(found, kind="stable"), start, found.astype(np.int64), leaves)
