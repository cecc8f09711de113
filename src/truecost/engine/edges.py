"""Cost objects that pass cost to each other: the edges, as integers.

A node passes `weight / whole` of all cost that it receives along each of its edges. The edges are
held by head, since everything that is computed here asks what a node receives.
"""

from __future__ import annotations

import operator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from truecost.engine.products import each, meanwhile, passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    # int64, or objects holding Python ints where int64 would not do
    Integers: TypeAlias = NDArray[Any]
    Edges: TypeAlias = tuple[NDArray[np.integer], NDArray[np.integer], Integers]
    Matrix: TypeAlias = csr_array[np.float64, tuple[int, int]]

_INT64 = 1 << 63
_INT32 = (1 << 31) - 1
_BITS = 63
_as_int = np.frompyfunc(operator.index, 1, 1)
_divide = np.frompyfunc(operator.truediv, 2, 1)


class Network:
    """Which node passes which part of its cost to which other: weights out of a whole.

    `names` (n) are the nodes' unique names. Per edge (e), `tail` passes `weight / whole[tail]` of
    its cost to `head`. Weights are whole numbers of any size, none negative; those of a tail sum
    to its `whole` (n). A whole of 0 marks a terminal, where cost stays.

    The edges are kept merged per (tail, head), sorted by head, then tail, without those of weight
    0: the edges into node `j` are `start[j]` to `start[j + 1]`. Raise ValueError where the numbers
    describe no network, TypeError where they are not whole.
    """

    names: tuple[str, ...]
    tail: NDArray[np.integer]
    weight: Integers
    whole: Integers
    start: NDArray[np.integer]

    def __init__(
        self,
        names: Iterable[str],
        tail: Sequence[int] | NDArray[np.integer],
        head: Sequence[int] | NDArray[np.integer],
        weight: Sequence[int] | Integers,
        whole: Sequence[int] | Integers,
    ) -> None:
        self.names = tuple(names)
        tails, heads = np.asarray(tail, np.int64), np.asarray(head, np.int64)
        weights, self.whole = _integers(weight), _integers(whole).copy()
        if len(weights) and int(weights.max()) * len(weights) >= _INT64:
            weights = weights.astype(object)
        self.start, self.tail, self.weight = meanwhile(
            lambda: _merged(heads, tails, weights, len(self.names)),
            lambda: self._check(tails, heads, weights),
            len(tails),
        )

    def _check(self, tail: NDArray[np.int64], head: NDArray[np.int64], weight: Integers) -> None:
        count = len(self.names)
        if len(self.whole) != count or not len(tail) == len(head) == len(weight):
            raise ValueError("give one whole per name, and one head and one weight per tail")
        for ends in (tail, head):
            if len(ends) and not 0 <= ends.min() <= ends.max() < count:
                raise ValueError(f"tails and heads must lie in 0 to {count - 1}")
        if len(weight) and weight.min() < 0:
            edge = int(np.argmax(weight < 0))
            raise ValueError(f"{self.names[tail[edge]]} passes a negative weight, {weight[edge]}")
        passed = np.zeros(count, weight.dtype)
        np.add.at(passed, tail, weight)
        if (passed != self.whole).any():
            node = int(np.argmax(passed != self.whole))
            raise ValueError(
                f"{self.names[node]} passes {passed[node]} out of a whole of {self.whole[node]}"
            )
        if len(set(self.names)) != count:
            raise ValueError("the names of nodes must be unique")

    @cached_property
    def terminal(self) -> NDArray[np.bool_]:
        """Which nodes keep what they receive (n)."""
        return np.asarray(self.whole == 0, np.bool_)

    @cached_property
    def head(self) -> NDArray[np.integer]:
        """The head of each edge (e)."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.start))

    def received(self, node: int) -> Iterator[tuple[int, int]]:
        """Give the tails that a node receives from, lowest first, each with its weight."""
        edges = slice(self.start[node], self.start[node + 1])
        return zip(self.tail[edges].tolist(), self.weight[edges].tolist(), strict=True)

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """What part of the tail's cost each edge passes (e), to 3 roundings of a double."""
        if self.weight.dtype == self.whole.dtype == np.int64:
            whole = self.whole.astype(np.float64)
            share = np.empty(len(self.weight))

            def divided(at: slice) -> None:
                np.divide(self.weight[at], whole[self.tail[at]], out=share[at])

            each(divided, passes(len(share)))
        else:
            share = _divide(self.weight, self.whole[self.tail])
        return np.asarray(share, np.float64)

    @cached_property
    def shares(self) -> Matrix:
        """The shares as a matrix (n, n), at (head, tail)."""
        count = len(self.names)
        return csr_array((self.share, self.tail, self.start), shape=(count, count))


def _integers(values: Sequence[int] | Integers) -> Integers:
    """Give int64 where all values fit, else Python ints."""
    array = values if isinstance(values, np.ndarray) else np.array(list(values), object)
    if array.dtype.kind != "i":
        array = np.asarray(_as_int(array.astype(object)), object)
    try:
        return array.astype(np.int64, copy=False)
    except OverflowError:
        return array


def _merged(
    head: NDArray[np.int64], tail: NDArray[np.int64], weight: Integers, count: int
) -> Edges:
    """Give start, tail and weight of the edges, one per pair, sorted by head, then tail."""
    some = weight > 0
    if not some.all():
        head, tail, weight = head[some], tail[some], weight[some]
    if weight.dtype == np.int64:
        packed = _packed(head, tail, weight, count)
        if packed:
            return packed
        merged = csr_array((weight, (head, tail)), shape=(count, count))
        return merged.indptr, merged.indices, merged.data
    order = np.lexsort((tail, head))
    head, tail, weight = head[order], tail[order], weight[order]
    new = np.flatnonzero((np.diff(head, prepend=-1) != 0) | (np.diff(tail, prepend=-1) != 0))
    start = np.searchsorted(head[new], np.arange(count + 1))
    return start, tail[new], np.add.reduceat(weight, new) if len(new) else weight


def _packed(
    head: NDArray[np.int64], tail: NDArray[np.int64], weight: Integers, count: int
) -> Edges | None:
    """Sort edges as one integer each, head, tail and weight in this order; None if they don't fit.

    NumPy sorts integers several times faster than it takes to put rows in order.
    """
    place, size = (count - 1).bit_length(), int(weight.max(initial=0)).bit_length()
    if 2 * place + size > _BITS or len(head) > _INT32:
        return None
    edges = np.empty(len(head), np.int64)
    tails = np.empty(len(head), np.int32)
    nodes, below = (1 << place) - 1, (1 << size) - 1

    def pack(at: slice) -> None:
        one = edges[at]
        np.left_shift(head[at], place, out=one)
        one |= tail[at]
        one <<= size
        one |= weight[at]

    def repeats(at: slice) -> NDArray[np.integer]:
        before = max(at.start - 1, 0)
        pairs = edges[before : at.stop] >> size
        same: NDArray[np.integer] = np.flatnonzero(pairs[1:] == pairs[:-1]) + before + 1
        return same

    def starts(at: slice) -> NDArray[np.intp]:
        return np.searchsorted(edges, np.arange(at.start, at.stop) << (place + size))

    pieces = passes(len(edges))
    each(pack, pieces)
    edges.sort()
    again = np.concatenate(each(repeats, pieces) or [np.zeros(0, np.intp)])
    start = np.concatenate([*each(starts, passes(count)), [len(edges)]])
    start -= np.searchsorted(again, start)

    def unpack(at: slice) -> None:
        one = edges[at]
        tails[at] = (one >> size) & nodes
        one &= below

    each(unpack, pieces)
    if len(again):
        new = np.diff(again, prepend=-1) != 1
        np.add.at(edges, (again[new] - 1)[np.cumsum(new) - 1], edges[again])
        tails, edges = _without(tails, again), _without(edges, again)
    return start.astype(np.int32), tails, edges


def _without(values: NDArray[Any], left_out: NDArray[np.intp]) -> NDArray[Any]:
    """Move values together over places left out, in the same memory: fresh memory is slow."""
    kept = np.ones(len(values), np.bool_)
    kept[left_out] = False
    done = 0
    for at in passes(len(values)):
        some = values[at][kept[at]]
        values[done : done + len(some)] = some
        done += len(some)
    return values[:done]
