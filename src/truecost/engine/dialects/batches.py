"""The coded source's rows, a row group at a time: only the columns and periods that are asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from truecost.engine.classify_signatures import PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from truecost.engine.dialects.arrays import Batch
    from truecost.engine.dialects.rows import Span
    from truecost.engine.plan import Plan
    from truecost.store.sources import CodedSource

#: Rows that a thread reads before it takes others, and those that are in its hands at a time:
#: few enough that what is made of them stays in the processor's cache.
_ROWS, _BATCH = 1 << 18, 1 << 15


def batches(
    source: CodedSource, plan: Plan, periods: Span | None
) -> Iterator[Callable[[], Iterator[Batch]]]:
    """Give what reads some batches each; they may be read at the same time."""
    metadata = pq.read_metadata(source.rows)
    schema = metadata.schema.to_arrow_schema()
    wanted = [PERIOD, "currency", "amount", *(lookup.column for lookup in plan.lookups)]
    columns = [name for name in dict.fromkeys(wanted) if name in schema.names]
    place = schema.get_field_index(PERIOD)
    groups: list[int] = []
    rows = 0
    for group in range(metadata.num_row_groups):
        if periods and not _within(metadata.row_group(group).column(place).statistics, periods):
            continue
        groups.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= _ROWS:
            yield partial(_read, source, metadata, tuple(groups), columns, periods)
            groups, rows = [], 0
    if groups:
        yield partial(_read, source, metadata, tuple(groups), columns, periods)


def _within(found: Any, periods: Span) -> bool:
    """Say whether a row group may have rows of the periods."""
    if found is None or not found.has_min_max:
        return True
    return bool(found.min <= periods[1].index and found.max >= periods[0].index)


def _read(
    source: CodedSource,
    metadata: pq.FileMetaData,
    groups: Sequence[int],
    columns: Sequence[str],
    periods: Span | None,
) -> Iterator[Batch]:
    with pq.ParquetFile(source.rows, metadata=metadata, memory_map=True) as file:
        for found in file.iter_batches(_BATCH, groups, columns, use_threads=False):
            batch = {name: _integers(found.column(name)) for name in columns}
            if periods is not None:
                month = batch[PERIOD]
                inside = (month >= periods[0].index) & (month <= periods[1].index)
                if not inside.all():
                    batch = {name: each[inside] for name, each in batch.items()}
            yield batch


def _integers(column: pa.Array) -> NDArray[Any]:
    """Give codes, or amounts without their point: of 16 bytes each, the low half has them."""
    if not pa.types.is_decimal(column.type):
        found: NDArray[Any] = column.to_numpy()
        return found
    halves = np.frombuffer(column.buffers()[1], np.int64)
    return halves[2 * column.offset : 2 * (column.offset + len(column)) : 2]
