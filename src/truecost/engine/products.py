"""Sparse rows times vectors, and passes over vectors, on all cores that this process may use.

Rows do not depend on each other, and sums over a vector are cut at fixed places and added in
order, so no result depends on how many threads there are. NumPy and SciPy let other threads run
while they compute.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# Below this many edges a thread costs more than it saves.
_EDGES = 1 << 16
# So much of a few vectors stays in a core's own cache.
_PASS = 1 << 15


def each(task: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Give what `task` makes of each item, in order, computed on all cores."""
    workers = min(cores(), len(items))
    if workers < 2:  # noqa: PLR2004 - nobody to share with
        return [task(item) for item in items]
    cuts = [len(items) * i // workers for i in range(workers + 1)]

    def some(i: int) -> list[_Result]:
        return [task(item) for item in items[cuts[i] : cuts[i + 1]]]

    others = [_pool(os.getpid()).submit(some, i) for i in range(1, workers)]
    done = some(0)
    for other in others:
        done += other.result()
    return done


def meanwhile(task: Callable[[], _Result], own: Callable[[], None], edges: int) -> _Result:
    """Give what `task` comes to, and carry out `own` while it computes, if there is much to do."""
    if edges < _EDGES:
        own()
        return task()
    other = _pool(os.getpid()).submit(task)
    own()
    return other.result()


def passes(count: int) -> list[slice]:
    """Cut the places of a vector into the pieces that one pass takes at a time."""
    return [slice(at, min(at + _PASS, count)) for at in range(0, count, _PASS)]


def cut(start: NDArray[np.integer], pieces: int) -> list[tuple[int, int]]:
    """Cut rows, given by where their edges start, into pieces of about as many edges each."""
    rows = len(start) - 1
    wanted = np.linspace(0, int(start[-1]), pieces + 1)[1:-1]
    places = [0, *np.searchsorted(start[:-1], wanted).tolist(), rows]
    return [(first, last) for first, last in pairwise(places) if first < last]


def rows_of(matrix: Any, first: int, last: int) -> Any:
    """Give the rows `first` to `last` of a sparse matrix, sharing its memory."""
    start = matrix.indptr[first : last + 1]
    edges = slice(start[0], start[-1])
    return csr_array(
        (matrix.data[edges], matrix.indices[edges], start - start[0]),
        shape=(last - first, matrix.shape[1]),
    )


class Rows:
    """A sparse matrix by rows (n, m), of doubles or of integers that wrap round."""

    def __init__(self, matrix: Any) -> None:
        self._count: int = matrix.shape[0]
        cuts = cut(matrix.indptr, min(cores(), 1 + matrix.nnz // _EDGES))
        self._pieces = [rows_of(matrix, *piece) for piece in cuts] if len(cuts) > 1 else [matrix]

    def __matmul__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Give the product with a vector (m)."""
        done = each(lambda rows: rows @ x, self._pieces)
        return done[0] if len(done) == 1 else np.concatenate(done)


@cache
def cores() -> int:
    """Give how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """Give the threads of this process; one that forked off needs its own."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="network")
