"""Classify: which rule each ledger line falls under, and what that adds up to.

Enters: a coded source and named lists of rules, each an ordered sequence of (predicate, validity).
Leaves: the index of the first rule of each list that a line matches, -1 for none.

Every evaluation of a condition on text happens on dictionaries or combinations of their values, in
DuckDB (see `planning`). A line is then looked up in small integer tables, wherever lines are (see
`dialects`), and its rule is the least that is found. Rules that look at amount or quantity, and
those that would need about as many combinations as there are lines, are evaluated line by line.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from truecost.engine.dialects.choose import opened_rows
from truecost.engine.planning import planned
from truecost.kernel.findings import Finding, SourceError, StoreError

if TYPE_CHECKING:
    import duckdb

    from truecost.engine.classify_signatures import RuleLists
    from truecost.engine.dialects.choose import Engine
    from truecost.engine.dialects.rows import Kept, Rows, Span
    from truecost.store.sources import CodedSource

_DIGITS = 38


def cells(
    source: CodedSource,
    rule_lists: RuleLists,
    periods: Span | None = None,
    *,
    kept: Kept | None = None,
    threads: int | None = None,
    engine: Engine | None = None,
) -> pa.Table:
    """Add up the lines of a source by period, currency and the rules they fall under.

    Columns, sorted by all but the last two: `period` int32, `currency` string, one int32 column
    per list of rules, under its name, with the index of the winning rule or -1; `lines` int64;
    `amount` decimal(38, s), exact, in major units. `periods` (first and last) limits the lines.
    Columns that are `kept` stand before `lines`: codes of the source's dictionary, int32, -1 where
    they are not told apart. Without an `engine`, this process reads the store.

    Raise SourceError where amounts are too large to be summed exactly, StoreError where the source
    is damaged.
    """
    with opened_rows(source, threads, engine) as (rows, connection):
        digits = scale(rows, "amount")
        found = rows.cells(planned(connection, rule_lists, rows), periods, kept or {})
        counted = rows.count(periods)
        texts = _currencies(connection)
    schema = pa.schema(
        [
            ("period", pa.int32()),
            ("currency", pa.string()),
            *((rule_list, pa.int32()) for rule_list in rule_lists),
            *((column, pa.int32()) for column in kept or {}),
            ("lines", pa.int64()),
            ("amount", pa.decimal128(38, digits)),
        ]
    )
    codes = found["currency"].to_pylist()
    if sum(found["lines"].to_pylist()) != counted or not texts.keys() >= {*codes}:
        raise StoreError(f'the coded source "{source.name}" has lines without a code')
    currency = pa.array([texts[code] for code in codes], pa.string())
    whole = found.set_column(1, "currency", currency).rename_columns(schema.names)
    return _sorted(whole.cast(schema), len(schema) - 2)


def assigned(
    source: CodedSource,
    rule_lists: RuleLists,
    periods: Span | None = None,
    *,
    threads: int | None = None,
    engine: Engine | None = None,
) -> pa.Table:
    """Give the rules that each line of a source falls under.

    Columns, sorted by the first three, as a coded source's rows are: `period` int32, `row_hash`
    binary(16), `ordinal` int32, and per list of rules an int32 column as in `cells`.

    Raise StoreError where the source is damaged.
    """
    with opened_rows(source, threads, engine) as (rows, connection):
        found = rows.assigned(planned(connection, rule_lists, rows), periods)
    whole = ((rule_list, pa.int32()) for rule_list in rule_lists)
    schema = pa.schema(
        [("period", pa.int32()), ("row_hash", pa.binary(16)), ("ordinal", pa.int32()), *whole]
    )
    return _sorted(found.cast(schema), 3)


def scale(rows: Rows, column: str) -> int:
    """Give the digits after the point of an amount or quantity.

    Raise SourceError where the sum of all its values might need more than 38 digits. The test looks
    at the largest value and the number of lines only, so it never depends on their order.
    """
    width, digits = rows.digits(column)
    if width > _DIGITS // 2:
        found = rows.greatest(column)
        if rows.count() * found >= 10**_DIGITS:
            what = f"the sum of {column} may need more than {_DIGITS} digits"
            hint = f"the largest is {Decimal(f'{found}e-{digits}'):f}, either sign"
            raise SourceError(Finding(None, what, hint))
    return digits


def _sorted(table: pa.Table, columns: int) -> pa.Table:
    """Sort rows by so many of the first columns."""
    order = [(str(at), "ascending") for at in range(columns)]
    numbered = table.rename_columns([str(at) for at in range(table.num_columns)])
    return table.take(pc.sort_indices(numbered, order)).combine_chunks()


def _currencies(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Give the currencies by their codes."""
    query = "SELECT code, value FROM dictionary WHERE \"column\" = 'currency'"
    return dict(connection.execute(query).fetchall())
