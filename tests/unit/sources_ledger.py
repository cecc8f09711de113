"""Ledgers as a test writes them: files in a folder, and the source that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq

from truecost.kernel.findings import Place
from truecost.model.source_types import Cleaning, Layout, Source
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from truecost.store.sources import CodedSource

PLACE = Place("truecost.yaml", 7, 3)
SIMPLE = {"date": "Date", "amount": "Amount", "account": "Account", "vendor": "Supplier?"}


def layout(**columns: str) -> Layout:
    """Make a layout as it is written: a trailing `?` marks a column that may be absent."""
    return Layout(
        PLACE,
        {name: (header.rstrip("?"), header.endswith("?")) for name, header in columns.items()},
    )


def source(*layouts: Layout, **fields: Any) -> Source:
    """Make a source over all CSV files of the folder."""
    fields = {"currency": "GBP", "files": ("*.csv",), **fields}
    return Source(
        PLACE, "ledger", files_place=PLACE, layouts=layouts or (layout(**SIMPLE),), **fields
    )


def replacing(column: str, **values: str) -> Cleaning:
    return Cleaning(PLACE, column, replacements=tuple(values.items()))


def cleaning(column: str, expression: str) -> Cleaning:
    return Cleaning(PLACE, column, expression)


def load(
    folder: Path,
    files: Mapping[str, str | bytes] | None = None,
    *,
    reads: Source | None = None,
    **named: str | bytes,
) -> CodedSource:
    """Write files (`july` is july.csv) and load them into a store beside them."""
    for name, content in {**(files or {}), **named}.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return load_ledger(reads or source(), folder, Store.open(folder / "store"))


def rejects(coded: CodedSource) -> list[tuple[str, int, str]]:
    """Give (file, line, reason) of every reject."""
    return [
        (coded.files[row["file"]].name, row["line"], row["reason"])
        for row in pq.read_table(coded.rejects).to_pylist()
    ]


def rows(coded: CodedSource, *columns: str) -> list[tuple[Any, ...]]:
    """Give columns of the kept rows with their texts looked up, in the order of the files."""
    texts = {*coded.columns, "currency"}
    shown = [
        f'(SELECT value FROM dictionary d WHERE d."column" = \'{name}\' AND d.code = r."{name}")'
        if name in texts
        else f'r."{name}"'
        for name in columns
    ]
    with duckdb.connect() as connection:
        connection.register("ledger", pq.read_table(coded.rows))
        connection.register("dictionary", pq.read_table(coded.dictionary))
        query = f"SELECT {', '.join(shown)} FROM ledger r ORDER BY r.file, r.line"
        return connection.execute(query).fetchall()
