"""Gauss–Seidel: one pass over a network's rows, each taking what those before it just came to."""

from __future__ import annotations

from functools import partial
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

    def __init__(self, pieces: list[_Piece], *, up: bool) -> None:
        """Take at once the edges that go to higher numbers (`up`), or those to lower ones."""
        count = pieces[-1].last
        self._turn = slice(None, None, -1 if up else 1)
        # scipy-stubs doesn't know that SuperLU solves the equations turned over
        self._factor: Any = _factor(pieces, count, self._turn)
        start = np.concatenate([[0], *(piece.degree - piece.kept for piece in pieces)]).cumsum()
        data = np.concatenate([piece.data[~piece.ahead] for piece in pieces])
        tails = np.concatenate([piece.tails[~piece.ahead] for piece in pieces])
        self._back: Matrix = csr_array((data, tails, start.astype(np.int32)), shape=(count, count))

    def over(self, x: Vector, b: Vector | None = None) -> None:
        """Set x to what its rows come to, with `b` on top."""
        back = np.asarray(self._back @ x)
        if b is not None:
            back += b
        solved: Vector = self._factor.solve(back[self._turn], "T")
        x[:] = solved[self._turn]


class _Piece:
    """Some rows of a matrix, small enough for a core's own cache, and which edges go one way."""

    def __init__(self, shares: Matrix, rows: tuple[int, int], *, up: bool) -> None:
        self.first, self.last = rows
        start = shares.indptr[self.first : self.last + 1]
        edges = slice(start[0], start[-1])
        self.data, self.tails = shares.data[edges], shares.indices[edges]
        self.degree = np.diff(start)
        head = np.repeat(np.arange(*rows, dtype=np.int32), self.degree)
        self.ahead = self.tails < head if up else self.tails > head
        so_far = np.concatenate([[0], np.cumsum(self.ahead, dtype=np.int32)])
        self.kept = np.diff(so_far[start - start[0]])


def _factor(pieces: list[_Piece], count: int, turn: slice) -> SuperLU:
    """Give the equations `x = b + shares @ x`, of edges ahead, for solving them turned over.

    The rows are laid down as columns, in such an order that no column needs another.
    """
    degree = np.concatenate([piece.kept for piece in pieces])[turn]
    start = np.concatenate([[0], np.cumsum(degree + 1)]).astype(np.int32)
    data, indices = np.empty(start[-1]), np.empty(start[-1], np.int32)

    def lay(piece: _Piece) -> None:
        if turn.step > 0:
            first, last, tails = piece.first, piece.last, piece.tails[piece.ahead]
        else:
            first, last = count - piece.last, count - piece.first
            tails = count - 1 - piece.tails[piece.ahead]
        place = slice(start[first], start[last])
        own = start[first:last] - place.start
        other = np.ones(place.stop - place.start, np.bool_)
        other[own] = False
        data[place][other] = -piece.data[piece.ahead][turn]
        indices[place][other] = tails[turn]
        data[place][own] = 1
        indices[place][own] = np.arange(first, last)

    each(lay, pieces)
    equations = csc_array((data, indices, start), shape=(count, count))
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
    rows = cut(shares.indptr, 1 + shares.nnz // _EDGES)
    for up in (True, False):
        pieces = each(partial(_Piece, shares, up=up), rows)
        if sum(int(piece.kept.sum()) for piece in pieces) > _MOST * shares.nnz:
            return Triangle(pieces, up=up)
    return Blocks(shares)
