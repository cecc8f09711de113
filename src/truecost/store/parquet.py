"""The one way in which tables are written: the same table gives the same bytes.

Nothing depends on how the table was put together (its chunks), on the clock or on this machine.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.kernel.findings import Finding, Place, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: Rows in a row group: what DuckDB reads at a time.
ROW_GROUP = 122_880
#: The same where single rows are looked up.
SMALL_GROUP = 8_192
#: Rows in a row group of a table that is cut by period, at most.
PERIOD_GROUP = 65_536
#: So many rows must have come together before a period's end cuts them off: where mostly all of a
#: table is scanned, and where mostly one period is read.
SCANNED, READ = 16_384, 1_024
_FEW_GROUPS = 2


def write(
    table: pa.Table,
    path: Path,
    *,
    by_period: int = 0,
    rows: int = ROW_GROUP,
    plain: Collection[str] = (),
) -> None:
    """Write a table, without the metadata that libraries add to schemas.

    With `by_period`, a table sorted by its column `period` is cut where periods end, so that the
    rows of one can be read alone; periods share a row group until it has so many rows. Otherwise a
    row group has so many `rows`. Columns that are `plain` are written as `writer` says.
    """
    fields = [pa.field(field.name, field.type, field.nullable) for field in table.schema]
    bare = pa.table(table.columns, schema=pa.schema(fields)).combine_chunks()
    with writer(path, bare.schema, plain=plain) as opened:
        if not by_period:
            opened.write_table(bare, row_group_size=rows)
            return
        periods = bare["period"].to_numpy()
        ends = [*(np.flatnonzero(np.diff(periods)) + 1).tolist(), len(periods)]
        for first, last in pairwise(cuts(ends, by_period)):
            opened.write_table(bare.slice(first, last - first), row_group_size=PERIOD_GROUP)


def writer(path: Path, schema: pa.Schema, *, plain: Collection[str] = ()) -> pq.ParquetWriter:
    """Begin a file as `write` does, for a table that comes in parts.

    Columns that are `plain` are not put into dictionaries: hardly a value of theirs comes twice.
    """
    return pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=[name for name in schema.names if name not in plain],
        write_statistics=True,
        store_schema=False,
        store_decimal_as_integer=True,
    )


def cuts(ends: Sequence[int], least: int = SCANNED) -> list[int]:
    """Give where rows are cut whose periods end there: at the ends, but for short pieces."""
    found = [0]
    for end in ends[:-1]:
        if end - found[-1] >= least:
            found.append(end)
    return [*found, *ends[-1:]]


def read(
    path: Path,
    shown: str,
    *,
    period: int | None = None,
    columns: Sequence[str] | None = None,
    keep: Mapping[str, Callable[[str], bool]] | None = None,
    coded: bool = False,
) -> pa.Table:
    """Read a table, or the rows of one period and some columns of it.

    With `keep`, of a period only the rows whose texts are wanted: it is asked once per value. With
    `coded`, texts of a period stay codes of a dictionary; to write them out takes longest.
    Raise StoreError where the file is missing or damaged.
    """
    try:
        if period is not None:
            return _of_period(path, period, columns, keep or {}, coded=coded)
        # not read_table, which looks for data sets and partitions first
        with pq.ParquetFile(path) as file:
            return file.read(columns=None if columns is None else [*columns])
    except (OSError, pa.ArrowException) as error:
        hint = "restore it from a backup, or build again"
        what = "the table is not there" if not path.exists() else "the table is damaged"
        raise StoreError(Finding(Place(shown), what, hint)) from error


def _of_period(
    path: Path,
    period: int,
    columns: Sequence[str] | None,
    keep: Mapping[str, Callable[[str], bool]],
    *,
    coded: bool,
) -> pa.Table:
    """Read the rows of one period: only the row groups that can have some.

    Much faster than a filter over all rows, since rows are sorted by period; text is decoded for
    the rows that are given only.
    """
    metadata = pq.read_metadata(path)
    schema = metadata.schema.to_arrow_schema()
    texts = [field.name for field in schema if field.type == pa.string()]
    file = pq.ParquetFile(path, metadata=metadata, read_dictionary=texts)
    place = schema.get_field_index("period")
    groups = []
    for group in range(file.metadata.num_row_groups):
        found = file.metadata.row_group(group).column(place).statistics
        if found is None or not found.has_min_max or found.min <= period <= found.max:
            groups.append(group)
    asked = None if columns is None else list(dict.fromkeys(["period", *columns, *keep]))
    # for so little, waking other threads takes longer than they save
    table = file.read_row_groups(groups, columns=asked, use_threads=len(groups) > _FEW_GROUPS)
    periods = table["period"].to_numpy()
    first, last = np.searchsorted(periods, [period, period + 1])
    rows = table.slice(first, last - first)
    if last - first != np.count_nonzero(periods == period):
        rows = table.filter(pc.equal(table["period"], period))
    for name, wanted in keep.items():
        flags = kept(rows[name], wanted)
        rows = rows if flags.all() else rows.filter(pa.array(flags))
    plain = (
        rows if coded else rows.cast(pa.schema([schema.field(name) for name in rows.column_names]))
    )
    return plain if columns is None else plain.select([*columns])


def kept(column: pa.ChunkedArray, wanted: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Say of each row of a dictionary-coded column whether its text is wanted."""
    chunks = [np.array([], np.bool_)]
    for chunk in column.chunks:
        values = np.array([wanted(text) for text in chunk.dictionary.to_pylist()], np.bool_)
        chunks.append(values[chunk.indices.to_numpy()])
    return np.concatenate(chunks)
