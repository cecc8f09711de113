"""Rows read in bulk are written as a coded source's: in order, a row group at a time."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from truecost.sources.values import DECIMALS
from truecost.store import content, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from truecost.sources.bulk_spill import Segment, Spill
    from truecost.sources.bulk_texts import Column, Dictionary

_WORD = 18
_THREADS = 2
#: Columns of which hardly a value comes twice: smaller, and written in half the time, as they are.
_PLAIN = ("amount", "row_hash", "line")


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known once all files are read: `columns` are text columns in order.

    `currencies` gives codes by the number that rows have, `hashes` the first 8 bytes of each file's
    SHA-256, `digits` of numbers all digits and those after the point.
    """

    columns: Mapping[str, Column]
    dictionaries: Mapping[str, Dictionary]
    currencies: NDArray[np.int32]
    hashes: Sequence[int]
    digits: Mapping[str, tuple[int, int]]

    @property
    def schema(self) -> pa.Schema:
        """The columns of `rows`."""
        numbers = {name: pa.decimal128(*digits) for name, digits in self.digits.items()}
        kinds = {"period": pa.int32(), "day": pa.date32(), "currency": pa.int32(), **numbers}
        kinds |= dict.fromkeys(self.columns, pa.int32())
        kinds |= {"row_hash": pa.binary(16), "ordinal": pa.int32(), "file": pa.int32()}
        return pa.schema([*kinds.items(), ("line", pa.int32())])


def write(path: Path, spill: Spill, ready: Ready) -> dict[str, Any]:
    """Write the rows that wait; give their table's hash and number."""
    counts: Counter[int] = Counter()
    for segment in spill.segments:
        counts[segment.period] += segment.rows
    ends = np.cumsum([counts[period] for period in sorted(counts)]).tolist()
    rows = sum(counts.values())
    hashed = content.GrowingHash(ready.schema, rows)
    with (
        parquet.writer(path, ready.schema, plain=_PLAIN) as writer,
        ThreadPoolExecutor(_THREADS) as pool,
    ):
        cuts = parquet.cuts(ends)[1:]
        for group in _groups(_tables(spill, ready), cuts):
            writing = pool.submit(writer.write_table, group, parquet.PERIOD_GROUP)
            hashed.add(group, pool)
            writing.result()
        if not rows:
            writer.write_table(ready.schema.empty_table())
    return {"sha256": hashed.hexdigest(), "rows": rows}


def _groups(tables: Iterator[pa.Table], cuts: Sequence[int]) -> Iterator[pa.Table]:
    """Cut rows into row groups: where `cuts` say, and where one is full."""
    waiting: list[pa.Table] = []
    at, have = 0, 0
    ends = iter(cuts)
    end = next(ends, 0)
    for table in tables:
        rest = table
        while rest.num_rows:
            room = min(parquet.PERIOD_GROUP - have, end - at - have)
            part = rest.slice(0, room)
            rest = rest.slice(part.num_rows)
            waiting.append(part)
            have += part.num_rows
            if have == parquet.PERIOD_GROUP or at + have == end:
                yield pa.concat_tables(waiting).combine_chunks()
                at, have, waiting = at + have, 0, []
                end = next(ends, 0) if at == end else end


def _tables(spill: Spill, ready: Ready) -> Iterator[pa.Table]:
    order = sorted(
        enumerate(spill.segments),
        key=lambda each: (each[1].period, ready.hashes[each[1].file], each[0]),
    )
    for _, segment in order:
        yield _table(spill, segment, ready)


def _table(spill: Spill, segment: Segment, ready: Ready) -> pa.Table:
    """Give a segment's rows as they are stored."""
    rows = segment.rows
    line = spill.array(segment, "line")
    hashes = np.empty((rows, 2), ">u8")
    hashes[:, 0] = ready.hashes[segment.file]
    hashes[:, 1] = line
    columns = {
        "period": pa.array(np.full(rows, segment.period, np.int32)),
        "day": pa.array(spill.array(segment, "day"), pa.int32()).cast(pa.date32()),
        "currency": pa.array(ready.currencies[spill.array(segment, "currency")]),
        **{name: _number(spill, segment, name, ready.digits[name]) for name in ready.digits},
        "row_hash": pa.Array.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(hashes)]),
        "ordinal": pa.array(np.zeros(rows, np.int32)),
        "file": pa.array(np.full(rows, segment.file, np.int32)),
        "line": pa.array(line),
    }
    local: dict[str, NDArray[Any]] = {}
    for name, column in ready.columns.items():
        made_of = column.made_of
        if made_of not in segment.places:  # a constant, or a column that came with a later file
            columns[name] = pa.array(np.full(rows, _empty(column, ready), np.int32))
            continue
        if made_of not in local:
            local[made_of] = spill.array(segment, made_of)
        numbers = ready.dictionaries[made_of].numbers(segment.places[made_of])
        columns[name] = pa.array(column.codes[numbers].take(local[made_of]))
    return pa.table([columns[name] for name in ready.schema.names], schema=ready.schema)


def _empty(column: Column, ready: Ready) -> int:
    if not column.made_of:
        return 0
    place = ready.dictionaries[column.made_of].texts.index("").as_py()
    return int(column.codes[place])


def _number(spill: Spill, segment: Segment, name: str, digits: tuple[int, int]) -> pa.Array:
    """Give numbers with as many digits after the point as all need."""
    whole = spill.array(segment, name)
    step = 10 ** (DECIMALS - digits[1])
    wide = segment.wide.get(name, {})
    halves = np.empty((segment.rows, 2), np.int64)
    halves[:, 0] = whole // step if step > 1 else whole
    halves[:, 1] = halves[:, 0] >> 63
    for row, number in wide.items():
        data = (number // step).to_bytes(16, "little", signed=True)
        halves[row] = np.frombuffer(data, "<i8")
    kind = pa.decimal128(*digits)
    return pa.Array.from_buffers(kind, segment.rows, [None, pa.py_buffer(halves)])
