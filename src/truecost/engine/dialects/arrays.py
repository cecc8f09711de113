"""Rows added up in arrays: a batch of codes at a time, on several threads.

Codes are looked up in dense arrays, the least is taken, and what is alike is counted: some thirty
passes over short arrays, which takes less time than reading the codes. Amounts are added up in two
halves, of which no sum of a batch reaches 2⁵³: so sums are exact.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from truecost.engine.classify_signatures import NONE, PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.engine.plan import Combined, Lookup, Plan

    Ints = NDArray[np.int64]
    #: A batch: codes by column, "period" and "amount" (without its point) among them.
    Batch = Mapping[str, NDArray[Any]]

#: Keys of a signature, and combinations of rules of the lists, that have a place in an array.
_DENSE = 1 << 23
_TOGETHER = 1 << 25
_ROOM = 1 << 32
_HALF = 30
#: Sums of so many row groups are kept before they are added up.
_MERGED = 64
_NOTHING = np.zeros(0, np.int64)


class Sums(NamedTuple):
    """Numbers of rows and sums by key; a sum is `high` × 2³⁰ + `low`. No key stands twice."""

    keys: Ints
    lines: Ints
    high: Ints
    low: Ints


class Adder:
    """Adds up batches by period, currency and rules of a plan.

    `span` is the first and the last period of rows, `currencies` counts codes.
    """

    def __init__(self, plan: Plan, span: tuple[int, int], currencies: int) -> None:
        self._plan = plan
        self._first = span[0]
        self._currencies = currencies
        self._sizes = _sizes(plan)
        self._dense: list[tuple[int, dict[int, NDArray[np.int32]]]] = []
        self._sparse: list[Combined] = []
        for combined in plan.combined:
            size = _keys(plan, combined.number)
            if size > _DENSE:
                self._sparse.append(combined)
            else:
                self._dense.append((combined.number, _spread(combined, size)))
        self._lock = Lock()
        self._number = np.full(prod(size + 1 for size in self._sizes), -1, np.int32)
        self._met: list[int] = []
        self._found: list[Sums] = []

    @staticmethod
    def suits(plan: Plan) -> bool:
        """Say whether a plan's rules can be told apart in arrays."""
        return not plan.by_line and prod(size + 1 for size in _sizes(plan)) <= _TOGETHER

    def add(self, batches: Iterable[Callable[[], Iterator[Batch]]], threads: int) -> None:
        """Read batches and add them up, so many at a time."""
        waiting = iter(batches)
        with ThreadPoolExecutor(threads, thread_name_prefix="rows") as pool:
            running = [pool.submit(self._added, read) for read in islice(waiting, threads + 1)]
            while running:
                self._found.append(running.pop(0).result())
                if len(self._found) > _MERGED:
                    self._found = [merged(self._found)]
                running += [pool.submit(self._added, read) for read in islice(waiting, 1)]

    def table(self, digits: int, finer: int = 0) -> pa.Table:
        """Give the groups: `period`, `currency`, each list, `lines`, `amount`.

        Amounts were added up with so many places more than `digits`, which are nought in all.
        """
        sums = merged(self._found)
        where, number = np.divmod(sums.keys, _ROOM)
        period, currency = np.divmod(where, self._currencies)
        rules = np.array(self._met, np.int64)[number]
        columns: list[pa.Array] = []
        for size in reversed(self._sizes):
            rules, rule = np.divmod(rules, size + 1)
            columns.append(pa.array(np.where(rule == size, -1, rule), pa.int32()))
        amounts = [
            ((high << _HALF) + low) // 10**finer
            for high, low in zip(sums.high.tolist(), sums.low.tolist(), strict=True)
        ]
        return pa.Table.from_arrays(
            [
                pa.array(period + self._first, pa.int32()),
                pa.array(currency, pa.int32()),
                *reversed(columns),
                pa.array(sums.lines),
                decimals(amounts, digits),
            ],
            names=["period", "currency", *self._plan.lists, "lines", "amount"],
        )

    def _added(self, read: Callable[[], Iterator[Batch]]) -> Sums:
        return merged([self._sums(batch) for batch in read() if len(batch[PERIOD])])

    def _sums(self, batch: Batch) -> Sums:
        rows = len(batch[PERIOD])
        together = np.zeros(rows, np.int64)
        for least, size in zip(self._least(batch, rows), self._sizes, strict=True):
            together *= size + 1
            together += size if least is None else np.minimum(least, size)
        numbers = self._numbered(together)
        where: Ints = batch[PERIOD].astype(np.int64)
        where -= self._first
        where *= self._currencies
        where += batch["currency"]
        first = int(where.min())
        room = len(self._met)
        where -= first
        where *= room
        where += numbers
        counts = np.bincount(where)
        found = np.flatnonzero(counts)
        amounts = batch["amount"]
        high = np.bincount(where, amounts >> _HALF)[found].astype(np.int64)
        low = np.bincount(where, amounts & (1 << _HALF) - 1)[found].astype(np.int64)
        named, number = np.divmod(found, room)
        return Sums((named + first) * _ROOM + number, counts[found], high, low)

    def _numbered(self, together: Ints) -> NDArray[np.int32]:
        """Give combinations of rules numbers in the order in which they are met."""
        numbers = self._number.take(together)
        if (numbers < 0).any():
            with self._lock:
                new = np.unique(together[self._number.take(together) < 0])
                self._number[new] = np.arange(len(self._met), len(self._met) + len(new))
                self._met += new.tolist()
            numbers = self._number.take(together)
        return numbers

    def _least(self, batch: Batch, rows: int) -> list[NDArray[np.int32] | None]:
        """Give each row's rule of each list, at least `NONE` for none."""
        least: list[NDArray[np.int32] | None] = [None] * len(self._plan.lists)
        keys: dict[int, Ints] = {}

        def lower(which: int, found: NDArray[np.int32]) -> None:
            known = least[which]
            least[which] = found if known is None else np.minimum(known, found, out=known)

        for lookup in self._plan.lookups:
            codes = batch.get(lookup.column)
            places: Ints = np.zeros(rows, np.int64) if codes is None else codes.astype(np.int64)
            places -= lookup.offset
            for which, rules in lookup.rules.items():
                lower(which, rules.take(places))
            for number, part in lookup.parts.items():
                if number in keys:
                    keys[number] += part.take(places)
                else:
                    keys[number] = part.take(places)
        for number, tables in self._dense:
            for which, table in tables.items():
                lower(which, table.take(keys[number]))
        for combined in self._sparse:
            for which, rules in _sought(combined, keys[combined.number]).items():
                lower(which, rules)
        return least


def merged(parts: Sequence[Sums]) -> Sums:
    """Add up what has the same key."""
    if not parts:
        return Sums(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
    if len(parts) == 1:
        return parts[0]
    keys, *others = (np.concatenate(each) for each in zip(*parts, strict=True))
    if not len(keys):
        return parts[0]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    lines, high, low = (np.add.reduceat(each[order], begins) for each in others)
    return Sums(keys[begins], lines, high, low)


def decimals(amounts: Sequence[int], digits: int) -> pa.Array:
    """Give whole numbers as decimals with so many digits after the point."""
    data = b"".join(amount.to_bytes(16, "little", signed=True) for amount in amounts)
    return pa.Array.from_buffers(
        pa.decimal128(38, digits), len(amounts), [None, pa.py_buffer(data)]
    )


def _sizes(plan: Plan) -> tuple[int, ...]:
    """Give for each list how many of its rules may be found."""
    sizes = [0] * len(plan.lists)
    every: list[Lookup | Combined] = [*plan.lookups, *plan.combined]
    for each in every:
        for which, rules in each.rules.items():
            largest = int(rules[rules != NONE].max(initial=-1))
            sizes[which] = max(sizes[which], largest + 1)
    return tuple(sizes)


def _keys(plan: Plan, number: int) -> int:
    """Give how many keys a signature has: one more than the largest."""
    parts = (lookup.parts[number] for lookup in plan.lookups if number in lookup.parts)
    return sum(int(part.max(initial=0)) for part in parts) + 1


def _spread(combined: Combined, size: int) -> dict[int, NDArray[np.int32]]:
    """Give the rules of a signature with a place for every key."""
    tables = {}
    for which, rules in combined.rules.items():
        tables[which] = np.full(size, NONE, np.int32)
        tables[which][combined.keys] = rules
    return tables


def _sought(combined: Combined, keys: Ints) -> dict[int, NDArray[np.int32]]:
    """Find keys among those that have rules."""
    if not len(combined.keys):
        return {}
    places = np.searchsorted(combined.keys, keys)
    places[places == len(combined.keys)] = 0
    hit = combined.keys[places] == keys
    return {
        which: np.where(hit, rules[places], np.int32(NONE))
        for which, rules in combined.rules.items()
    }
