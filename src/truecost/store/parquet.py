"""The one way in which tables are written: the same table gives the same bytes.

Nothing depends on how the table was put together (its chunks), on the clock or on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from truecost.kernel.findings import Finding, Place, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Rows in a row group: what DuckDB reads at a time.
ROW_GROUP = 122_880


def write(table: pa.Table, path: Path) -> None:
    """Write a table, without the metadata that libraries add to schemas."""
    plain = [pa.field(field.name, field.type, field.nullable) for field in table.schema]
    pq.write_table(
        pa.table(table.columns, schema=pa.schema(plain)).combine_chunks(),
        path,
        row_group_size=ROW_GROUP,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
        store_decimal_as_integer=True,
    )


def read(
    path: Path, shown: str, *, period: int | None = None, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read a table, or the rows of one period and some columns of it.

    Raise StoreError where the file is missing or damaged.
    """
    chosen = None if period is None else [("period", "=", period)]
    try:
        return pq.read_table(path, columns=None if columns is None else [*columns], filters=chosen)
    except (OSError, pa.ArrowException) as error:
        hint = "restore it from a backup, or build again"
        what = "the table is not there" if not path.exists() else "the table is damaged"
        raise StoreError(Finding(Place(shown), what, hint)) from error
