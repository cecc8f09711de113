"""Gauss–Seidel: one pass over a network's rows, each taking what those before it just came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.linalg import splu

from truecost.engine.products import cores, cut, each, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse.linalg import SuperLU

    from truecost.engine.edges import Matrix

    Vector: TypeAlias = NDArray[np.float64]

# More blocks take fewer sweeps, but each is a meeting of the threads.
_BLOCKS = 16
_EDGES = 1 << 16
# A vector larger than this does not stay in a core's own cache, nor do rows of more than _ROWS.
_WIDE = 1 << 18
_ROWS = 1 << 16
# From so many edges that go one way, taking all of them at once is worth sorting them out.
_MOST = 0.85


class Blocks:
    """A sweep over a square matrix (n, n) of shares, block by block, each on all cores.

    The rows of a block take what the blocks before have just come to.
    """

    def __init__(self, shares: Matrix) -> None:
        wide = shares.shape[1] > _WIDE
        self._blocks: list[list[tuple[slice, Any]]] = []
        for first, last in cut(shares.indptr, min(_BLOCKS, 1 + shares.nnz // _EDGES)):
            start = shares.indptr[first : last + 1] - shares.indptr[first]
            count = min(cores(), 1 + int(start[-1]) // (2 * _EDGES))
            if wide:
                count *= 1 + (last - first) // (count * _ROWS)
            places = [slice(first + above, first + below) for above, below in cut(start, count)]
            rows = [rows_of(shares, at.start, at.stop) for at in places]
            pieces = each(_by_tail, rows) if wide else rows
            self._blocks.append(list(zip(places, pieces, strict=True)))

    def over(self, x: Vector, b: Vector | None = None) -> None:
        """Set x to what its rows come to, with `b` on top."""
        for block in self._blocks:
            parts = each(lambda piece: np.asarray(piece[1] @ x), block)
            for (place, _), part in zip(block, parts, strict=True):
                x[place] = part if b is None else part + b[place]


def _by_tail(rows: Matrix) -> coo_array:
    """Give rows with their edges ordered by 256 groups of tails, in a row as before.

    So a product goes through its vector from one end to the other, where rows as they are would
    look into all corners of it. What it comes to is the same to the bit.
    """
    group = rows.indices >> max((rows.shape[1] - 1).bit_length() - 8, 0)
    order = np.argsort(group.astype(np.uint8), kind="stable")
    head = np.repeat(np.arange(rows.shape[0], dtype=np.int32), np.diff(rows.indptr))
    return coo_array((rows.data[order], (head[order], rows.indices[order])), shape=rows.shape)


class Triangle:
    """A sweep in one piece, for nodes numbered such that nearly all cost goes one way."""

    def __init__(self, shares: Matrix, ahead: NDArray[np.bool_], *, up: bool) -> None:
        """Take the edges `ahead` at once; `up` says that they go to higher numbers."""
        self._turn = slice(None, None, -1 if up else 1)
        # scipy-stubs doesn't know that SuperLU solves the equations turned over
        self._factor: Any = _factor(shares, ahead, self._turn)
        rest = ~ahead
        start = np.concatenate([[0], np.cumsum(rest, dtype=np.int32)])[shares.indptr]
        self._back: Matrix = csr_array(
            (shares.data[rest], shares.indices[rest], start), shape=shares.shape
        )

    def over(self, x: Vector, b: Vector | None = None) -> None:
        """Set x to what its rows come to, with `b` on top."""
        back = np.asarray(self._back @ x)
        if b is not None:
            back += b
        solved: Vector = self._factor.solve(back[self._turn], "T")
        x[:] = solved[self._turn]


def _factor(shares: Matrix, ahead: NDArray[np.bool_], turn: slice) -> SuperLU:
    """Give the equations `x = b + shares[ahead] @ x` for solving them turned over.

    The rows are laid down as columns, in such an order that no column needs another.
    """
    count = shares.shape[0]
    kept = np.concatenate([[0], np.cumsum(ahead, dtype=np.int32)])[shares.indptr]
    degree = np.diff(kept)[turn]
    start = np.concatenate([[0], np.cumsum(degree + 1)]).astype(np.int32)
    own = np.zeros(start[-1], np.bool_)
    own[start[:-1]] = True
    other = ~own
    data, indices = np.ones(len(own)), np.empty(len(own), np.int32)
    data[other] = -shares.data[ahead][turn]
    tails = shares.indices[ahead][turn]
    indices[other] = tails if turn.step > 0 else count - 1 - tails
    indices[own] = np.arange(count)
    equations = csc_array((data, indices, start), shape=shares.shape)
    # a column's own row comes first, then its tails in order: SciPy need not look
    equations.has_canonical_format = True
    return splu(
        equations,
        permc_spec="NATURAL",
        diag_pivot_thresh=0,
        relax=1,
        panel_size=1,
        options={"Equil": False},
    )


def relaxation(shares: Matrix) -> Blocks | Triangle:
    """Choose how to sweep: in one piece where the numbers of nodes follow their order."""
    head = np.repeat(np.arange(shares.shape[0], dtype=np.int32), np.diff(shares.indptr))
    for up, ahead in ((True, shares.indices < head), (False, shares.indices > head)):
        if np.count_nonzero(ahead) > _MOST * shares.nnz:
            return Triangle(shares, ahead, up=up)
    return Blocks(shares)
