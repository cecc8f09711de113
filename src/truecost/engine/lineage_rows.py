"""Rows of a coded source by their place in it: read column by column, only what is asked for.

Sources are sorted by hash, so nothing is near anything else; but codes are decoded at tens of
millions a second, and text only where its code is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.engine.classify_session import name, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    import duckdb

    from truecost.store.sources import CodedSource

_NUMBERS = ("amount", "quantity")
_PLACE = "file_row_number"


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
    largest: int | None = None,
) -> None:
    """Make the table `chosen`: `#row` (a row's place), its period, amount and quantity, and codes.

    `columns` are those whose codes are wanted, `condition` is SQL of our own making over the rows;
    `largest` keeps only so many of the largest amounts, whatever their sign.
    """
    there = [name(column) for column in columns if column in source.columns]
    order = f"ORDER BY abs(amount) DESC LIMIT {largest}" if largest is not None else ""
    connection.execute(
        f'CREATE TEMP TABLE chosen AS SELECT {_PLACE} AS "#row",'
        f" {', '.join(('period', *_NUMBERS, *there))} FROM {rows_of(source)}"
        f" WHERE {condition} {order}"
    )


def of_currency(currency: str) -> str:
    """Give the condition on rows that they are in a currency."""
    codes = (
        f"SELECT code FROM dictionary WHERE \"column\" = 'currency' AND value = {text(currency)}"
    )
    return f"currency = ({codes})"


def valued(source: CodedSource, columns: Collection[str]) -> str:
    """Give the query of the table `chosen` with text in place of codes.

    A column that the source does not have is the empty text.
    """
    selected = ['x."#row"', "x.period", *(f"x.{number}" for number in _NUMBERS)]
    joins = []
    for number, column in enumerate(sorted(columns)):
        if column not in source.columns:
            selected.append(f"'' AS {name(column)}")
            continue
        selected.append(f"d{number}.value AS {name(column)}")
        domain = f'SELECT code, value FROM dictionary WHERE "column" = {text(column)}'
        joins.append(f"JOIN ({domain}) AS d{number} ON d{number}.code = x.{name(column)}")
    return f"SELECT {', '.join(selected)} FROM chosen AS x {' '.join(joins)}"


def lines_at(
    connection: duckdb.DuckDBPyConnection, source: CodedSource, places: Sequence[int]
) -> dict[int, LedgerLine]:
    """Give the lines at some places of a source."""
    if not places:
        return {}
    fixed = ("period", "day", "amount", "file", "line", "row_hash", "ordinal")
    coded = ("currency", *source.columns)
    rows = connection.execute(
        f"SELECT {', '.join((_PLACE, *fixed, *map(name, coded)))} FROM {rows_of(source)}"
        f" WHERE {_PLACE} IN ({', '.join(map(str, places))})"
    ).fetchall()
    texts = {
        column: _texts(connection, column, {row[1 + len(fixed) + number] for row in rows})
        for number, column in enumerate(coded)
    }
    made = {}
    for place, period, day, amount, file, line, row_hash, ordinal, *codes in rows:
        values = {column: texts[column][code] for column, code in zip(coded, codes, strict=True)}
        made[place] = LedgerLine(
            source.name, source.files[file].name, line,
            bytes(row_hash).hex() + (f":{ordinal}" if ordinal else ""),
            period, day, values.pop("currency"), amount, values,
        )  # fmt: skip
    return made


def rows_of(source: CodedSource) -> str:
    """Give the SQL that reads a source's rows; `file_row_number` is a row's place."""
    return f"read_parquet({text(str(source.rows.resolve()))})"


def _texts(
    connection: duckdb.DuckDBPyConnection, column: str, codes: Collection[int]
) -> dict[int, str]:
    """Give the text of some codes; the filters let whole row groups be skipped."""
    found = connection.execute(
        f'SELECT code, value FROM dictionary WHERE "column" = {text(column)}'
        f" AND code BETWEEN {min(codes)} AND {max(codes)}"
        f" AND code IN ({', '.join(map(str, sorted(codes)))})"
    )
    return dict(found.fetchall())
