"""What the footers of a coded source's rows say: how many, which periods, the largest codes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.kernel.findings import Finding, StoreError
from truecost.store.sources import RESERVED

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.engine.dialects.rows import Span


class Footers:
    """Facts about rows in a file that is sorted by period, without reading the rows.

    Raise StoreError where the file is missing or damaged.
    """

    def __init__(self, path: Path, shown: str) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            what = f"the coded source {shown} can't be read ({type(error).__name__})"
            hint = f"remove the folder {shown}; it is read again from its files"
            raise StoreError(Finding(None, what, hint)) from error

    @cached_property
    def schema(self) -> pa.Schema:
        """The types of the columns."""
        return self._file.schema_arrow

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that are codes of texts."""
        return frozenset(self.schema.names) - RESERVED | {"currency"}

    @cached_property
    def _groups(self) -> list[int]:
        """The groups of rows that have some."""
        groups = range(self._file.num_row_groups)
        return [each for each in groups if self._file.metadata.row_group(each).num_rows]

    def count(self, periods: Span | None) -> int:
        """Give how many rows there are; only groups of rows where a period begins are read."""
        if periods is None:
            return int(self._file.metadata.num_rows)
        first, last = periods[0].index, periods[1].index
        counted = 0
        for group in self._groups:
            least, most = self._ends(group, "period")
            if first <= least and most <= last:
                counted += self._file.metadata.row_group(group).num_rows
            elif least <= last and first <= most:
                found = self._file.read_row_group(group, columns=["period"])["period"]
                within = pc.and_(pc.greater_equal(found, first), pc.less_equal(found, last))
                counted += pc.sum(within).as_py() or 0
        return counted

    def ends(self, column: str) -> tuple[int, int] | None:
        """Give the least and the largest value of a column of integers, None without rows."""
        found = [self._ends(group, column) for group in self._groups]
        if not found:
            return None
        return min(least for least, _ in found), max(most for _, most in found)

    def _ends(self, group: int, column: str) -> tuple[int, int]:
        place = self.schema.get_field_index(column)
        found: Any = self._file.metadata.row_group(group).column(place).statistics
        if found is not None and found.has_min_max:
            return found.min, found.max
        ends = pc.min_max(self._file.read_row_group(group, columns=[column])[column]).as_py()
        return ends["min"], ends["max"]
