"""Rows of a coded source by their place in it: only what is asked for is read.

`#row` is a row's place, counted from 0. Text is looked up for the codes of rows that are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from truecost.engine.classify_session import name, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    import duckdb

    from truecost.engine.lineage_texts import Texts
    from truecost.store.sources import CodedSource

_NUMBERS = ("amount", "quantity")
_PLACE = "file_row_number"
#: So many places are listed in a query; more are joined.
_LISTED = 1000


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A ledger line as it was loaded; `amount` in major units, `texts` by column.

    `file` and `line` are where it stands; `identity` is its content's hash, with its number among
    equal lines where that is not 0.
    """

    source: str
    file: str
    line: int
    identity: str
    period: int
    day: date
    currency: str
    amount: Decimal
    texts: Mapping[str, str]


def choose(
    connection: duckdb.DuckDBPyConnection,
    source: CodedSource,
    columns: Collection[str],
    condition: str,
) -> pa.Table:
    """Give rows that meet a condition, SQL of our own making: `#row`, period, numbers, codes.

    `columns` are those whose codes are wanted; those that the source lacks are left out.
    """
    there = [name(column) for column in source.columns if column in columns]
    found: pa.Table = connection.sql(
        f'SELECT {_PLACE} AS "#row", {", ".join(("period", *_NUMBERS, *there))}'
        f" FROM {rows_of(source)} WHERE {condition}"
    ).to_arrow_table()
    return found


def largest(
    connection: duckdb.DuckDBPyConnection,
    source: CodedSource,
    periods: Collection[int],
    currency: int,
    columns: Collection[str],
    count: int,
) -> pa.Table:
    """Give so many rows of the largest amounts of some periods, whatever their sign.

    `currency` is its code. Columns as `choose` gives them; which of equal amounts at the end are
    among them is left open.
    """
    where = f"period IN ({', '.join(map(str, sorted(periods)))}) AND currency = {int(currency)}"
    order = f" ORDER BY abs(amount) DESC LIMIT {int(count)}"
    return choose(connection, source, columns, where + order)


def valued(
    texts: Texts, source: CodedSource, chosen: pa.Table, columns: Collection[str]
) -> pa.Table:
    """Put text in place of codes. A column that the source does not have is the empty text."""
    made = {each: chosen[each] for each in ("#row", "period", *_NUMBERS)}
    for column in sorted(columns):
        if column in source.columns:
            made[column] = texts.of(column, chosen[column].to_numpy())
        else:
            made[column] = pa.repeat(pa.scalar(""), chosen.num_rows)
    return pa.table(made)


def lines_at(
    connection: duckdb.DuckDBPyConnection,
    texts: Texts,
    source: CodedSource,
    places: Sequence[int],
) -> dict[int, LedgerLine]:
    """Give the lines at some places of a source. Raise StoreError where it is damaged."""
    if not places:
        return {}
    fixed = ("period", "day", "amount", "file", "line", "row_hash", "ordinal")
    coded = ("currency", *source.columns)
    listed = ", ".join(map(str, places))
    if len(places) > _LISTED:
        connection.register("places", pa.table({"#row": pa.array(places, pa.int64())}))
        listed = 'SELECT "#row" FROM places'
    found: pa.Table = connection.sql(
        f"SELECT {_PLACE}, {', '.join(map(name, (*fixed, *coded)))} FROM {rows_of(source)}"
        f" WHERE {_PLACE} IN ({listed})"
    ).to_arrow_table()
    columns = [found[column].to_pylist() for column in (_PLACE, *fixed)]
    columns += [texts.of(column, found[column].to_numpy()).to_pylist() for column in coded]
    made = {}
    for at, period, day, amount, file, line, row_hash, ordinal, currency, *values in zip(
        *columns, strict=True
    ):
        made[at] = LedgerLine(
            source.name, source.files[file].name, line,
            row_hash.hex() + (f":{ordinal}" if ordinal else ""),
            period, day, currency, amount, dict(zip(source.columns, values, strict=True)),
        )  # fmt: skip
    return made


def rows_of(source: CodedSource) -> str:
    """Give the SQL that reads a source's rows; `file_row_number` is a row's place."""
    return f"read_parquet({text(str(source.rows.resolve()))})"
