"""Classify: which rule each ledger line falls under, and what that adds up to.

Enters: a coded source and named lists of rules, each an ordered sequence of (predicate, validity).
Leaves: the index of the first rule of each list that a line matches, -1 for none.

Rules are grouped by signature (see `classify_signatures`); every evaluation of a text condition
happens on dictionaries or combinations of them, in DuckDB. A line is then joined with small integer
tables, and its rule is the least index over the signatures. Rules that look at amount or quantity,
and signatures with about as many combinations as there are lines, are evaluated line by line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from truecost.engine.classify_query import assignment, within
from truecost.engine.classify_session import name, number_of, opened, scale, table_of
from truecost.kernel.findings import StoreError

if TYPE_CHECKING:
    from truecost.engine.classify_query import Span
    from truecost.engine.classify_signatures import RuleLists
    from truecost.store.sources import CodedSource


#: Columns of a source to be told apart, and for which lines: those that fall under one of these
#: rules of a list. No list stands for every line.
Kept = Mapping[str, Mapping[str, Collection[int]]]


def cells(
    source: CodedSource,
    rule_lists: RuleLists,
    periods: Span | None = None,
    *,
    kept: Kept | None = None,
    threads: int | None = None,
) -> pa.Table:
    """Add up the lines of a source by period, currency and the rules they fall under.

    Columns, sorted by all but the last two: `period` int32, `currency` string, one int32 column
    per list of rules, under its name, with the index of the winning rule or -1; `lines` int64;
    `amount` decimal(38, s), exact, in major units. `periods` (first and last) limits the lines.
    Columns that are `kept` stand before `lines`: codes of the source's dictionary, int32, -1 where
    they are not told apart.

    Raise SourceError where amounts are too large to be summed exactly, StoreError where the source
    is damaged.
    """
    with opened(source, threads) as connection:
        digits = scale(connection, "amount")
        kept = kept or {}
        fetched = {"#period": "x.period", "#currency": "x.currency", "#amount": "x.amount"}
        fetched |= {f"#{column}": f"x.{name(column)}" for column in kept}
        lines = assignment(connection, rule_lists, fetched, periods)
        apart = (f"{_told_apart(column, kept[column])} AS {name(column)}" for column in kept)
        by_rules = (f"c.{name(key)}" for key in ("#period", "#currency", *rule_lists))
        keys = ", ".join((*by_rules, *apart))
        indexes = "".join(f"c.{name(column)}, " for column in (*rule_lists, *kept))
        schema = pa.schema(
            [
                ("period", pa.int32()),
                ("currency", pa.string()),
                *((rule_list, pa.int32()) for rule_list in rule_lists),
                *((column, pa.int32()) for column in kept),
                ("lines", pa.int64()),
                ("amount", pa.decimal128(38, digits)),
            ]
        )
        table = table_of(
            connection,
            f'SELECT c."#period", d.value, {indexes}c."#lines", c."#sum"'
            f' FROM (SELECT {keys}, count(*) AS "#lines",'
            f' CAST(sum(c."#amount") AS DECIMAL(38, {digits})) AS "#sum"'
            f" FROM ({lines}) AS c GROUP BY ALL) AS c"
            ' JOIN dictionary AS d ON d."column" = \'currency\' AND d.code = c."#currency"'
            " ORDER BY ALL",
            schema,
        )
        counted = number_of(connection, f"SELECT count(*) FROM ledger AS x {within(periods)}")
    if sum(table["lines"].to_pylist()) != counted:
        raise StoreError(f'the coded source "{source.name}" has lines without a code')
    return table


def _told_apart(column: str, lists: Mapping[str, Collection[int]]) -> str:
    """Give the SQL of a line's code of a column, -1 unless it falls under one of the rules."""
    code = f"c.{name(f'#{column}')}"
    if not lists:
        return code
    under = " OR ".join(
        f"c.{name(rule_list)} IN ({', '.join(map(str, sorted(rules)))})"
        for rule_list, rules in lists.items()
        if rules
    )
    return f"CASE WHEN {under or 'FALSE'} THEN {code} ELSE -1 END"


def assigned(
    source: CodedSource,
    rule_lists: RuleLists,
    periods: Span | None = None,
    *,
    threads: int | None = None,
) -> pa.Table:
    """Give the rules that each line of a source falls under.

    Columns, sorted by the first three, as a coded source's rows are: `period` int32, `row_hash`
    binary(16), `ordinal` int32, and per list of rules an int32 column as in `cells`.

    Raise StoreError where the source is damaged.
    """
    with opened(source, threads) as connection:
        fetched = {
            "#period": "x.period", "#row_hash": "x.row_hash", "#ordinal": "x.ordinal",
        }  # fmt: skip
        lines = assignment(connection, rule_lists, fetched, periods)
        whole = ((rule_list, pa.int32()) for rule_list in rule_lists)
        schema = pa.schema(
            [
                ("period", pa.int32()),
                ("row_hash", pa.binary(16)),
                ("ordinal", pa.int32()),
                *whole,
            ]
        )
        return table_of(connection, f'{lines} ORDER BY "#period", "#row_hash", "#ordinal"', schema)
