"""Rows of the coded source in the store, read in process."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truecost.engine.classify_session import damaged, name, number_of, text
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD, first_match
from truecost.engine.dialects.arrays import Adder
from truecost.engine.dialects.batches import batches
from truecost.rules.measure import Aggregate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import duckdb
    from numpy.typing import NDArray

    from truecost.engine.classify_signatures import Placed
    from truecost.engine.dialects.rows import Kept, Span
    from truecost.engine.plan import Lookup, Plan
    from truecost.store.sources import CodedSource

#: Digits that fit an integer of 64 bits.
WORD = 18
#: Columns of rows that are no codes of texts.
_OTHERS = frozenset("period day amount quantity row_hash ordinal file line".split())


class DuckdbRows:
    """The view `ledger` of a connection, which has `dictionary` too (see `classify_session`).

    With the `source`, rows are added up in arrays where that can be: without DuckDB, in as many
    `threads` as there are processors, if not told otherwise.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: CodedSource | None = None,
        threads: int | None = None,
    ) -> None:
        self._connection = connection
        self._source = source
        self._threads = threads or os.cpu_count() or 1

    @cached_property
    def _types(self) -> Mapping[str, str]:
        found = self._connection.execute("DESCRIBE ledger").fetchall()
        return {column: kind for column, kind, *_ in found}

    @property
    def columns(self) -> frozenset[str]:
        """The text columns that rows have, "currency" among them."""
        return frozenset(self._types) - _OTHERS

    def count(self, periods: Span | None = None) -> int:
        """Give how many rows there are."""
        return number_of(self._connection, f"SELECT count(*) FROM ledger AS x {within(periods)}")

    def span(self) -> tuple[int, int] | None:
        """Give the first and the last period, None without rows."""
        query = "SELECT min(period), max(period) FROM ledger"
        first, last = self._connection.execute(query).fetchall()[0]
        return None if first is None else (first, last)

    def largest(self, column: str) -> int:
        """Give the largest code of a column that rows have, -1 without rows."""
        query = f"SELECT coalesce(max({name(column)}), -1) FROM ledger"
        return number_of(self._connection, query)

    def digits(self, column: str) -> tuple[int, int]:
        """Give the digits of "amount" or "quantity": all, and those after the point."""
        width, scale = self._types[column][len("DECIMAL(") : -1].split(",")
        return int(width), int(scale)

    def greatest(self, column: str) -> int:
        """Give the largest "amount" or "quantity", either sign, without its point; 0 if none."""
        query = f"SELECT CAST(coalesce(max(abs({name(column)})), 0) AS VARCHAR) FROM ledger"
        found: str = self._connection.execute(query).fetchall()[0][0]
        return int(found.replace(".", ""))

    def distinct(
        self, parts: Mapping[str, NDArray[np.int64]], most: int, periods: Span | None = None
    ) -> NDArray[np.int64] | None:
        """Give the distinct sums of parts over rows, ascending; None where more than `most`."""
        offset = (self.span() or (0, 0))[0]
        joins = []
        for at, (column, part) in enumerate(parts.items()):
            first = offset if column == PERIOD else 0
            array = {"#code": np.arange(first, first + len(part), dtype=np.int32), "#part": part}
            self._connection.register(f"#parts_{at}", pa.table(array))
            joins.append(f'JOIN "#parts_{at}" AS p{at} ON p{at}."#code" = {self._code(column)}')
        key = " + ".join(f'p{at}."#part"' for at in range(len(parts)))
        found = f'SELECT {key} AS "#key" FROM ledger AS x {" ".join(joins)} {within(periods)}'
        guess = f'SELECT approx_count_distinct("#key") FROM ({found})'
        if number_of(self._connection, guess) > most:
            return None
        query = f'SELECT DISTINCT "#key" FROM ({found}) ORDER BY ALL'
        keys: NDArray[np.int64] = self._connection.sql(query).to_arrow_table()["#key"].to_numpy()
        return keys

    def cells(self, plan: Plan, periods: Span | None, kept: Kept) -> pa.Table:
        """Add up rows that are alike (see `Rows`)."""
        width, digits = self.digits("amount")
        span = self.span()
        if self._source and span and not kept and width <= WORD and Adder.suits(plan):
            adder = Adder(plan, span, self.largest("currency") + 1)
            try:
                adder.add(batches(self._source, plan, periods), self._threads)
            except (pa.ArrowException, OSError, IndexError) as error:
                raise damaged(self._source, error) from error
            return adder.table(digits)
        fetched = {"#period": "x.period", "#currency": "x.currency", "#amount": "x.amount"}
        fetched |= {f"#{column}": f"x.{name(column)}" for column in kept}
        lines = self.lines(plan, fetched, periods)
        keys = [
            'c."#period" AS period', 'c."#currency" AS currency',
            *(f"c.{name(rule_list)}" for rule_list in plan.lists),
            *(f"{_told_apart(column, kept[column])} AS {name(f'#{column}')}" for column in kept),
        ]  # fmt: skip
        return self._connection.sql(
            f"SELECT {', '.join(keys)}, count(*) AS lines,"
            f' CAST(sum(c."#amount") AS DECIMAL(38, {digits})) AS amount'
            f" FROM ({lines}) AS c GROUP BY ALL"
        ).to_arrow_table()

    def assigned(self, plan: Plan, periods: Span | None) -> pa.Table:
        """Give rows with the rules that they fall under (see `Rows`)."""
        fetched = {
            "#period": "x.period", "#row_hash": "x.row_hash", "#ordinal": "x.ordinal",
        }  # fmt: skip
        names = ["period", "row_hash", "ordinal", *plan.lists]
        found = self._connection.sql(self.lines(plan, fetched, periods)).to_arrow_table()
        return found.rename_columns(names)

    def measured(
        self, plan: Plan, aggregate: Aggregate, column: str | None, periods: Span
    ) -> pa.Table:
        """Add up rows per period and rule of the first list (see `Rows`)."""
        fetched = {"#period": "x.period", "#value": f"x.{name(column or 'period')}"}
        first, *others = (name(each) for each in plan.lists)
        kept = f"{first} >= 0" + "".join(f" AND {other} = 0" for other in others)
        part = f'{aggregate}("#value")'
        if aggregate is Aggregate.COUNT:
            part = "count(*)"
        elif aggregate is Aggregate.COUNT_DISTINCT:
            part = '"#value"'
        elif column is not None:
            part = f"CAST({part} AS DECIMAL(38, {self.digits(column)[1]}))"
        return self._connection.sql(
            f'SELECT "#period" AS period, {first} AS rule, {part} AS part'
            f" FROM ({self.lines(plan, fetched, periods)}) WHERE {kept} GROUP BY ALL"
        ).to_arrow_table()

    def lines(self, plan: Plan, fetched: Mapping[str, str], periods: Span | None = None) -> str:
        """Prepare the tables that a plan needs; give the query of each row's rules.

        The query gives `fetched` (a name that begins with # → SQL over the ledger's row `x`), then
        one column per list with the index of the rule, -1 for none.
        """
        joins: list[str] = []
        least: dict[int, list[str]] = {which: [] for which in range(len(plan.lists))}
        keys: dict[int, list[str]] = {each.number: [] for each in plan.combined}
        for at, lookup in enumerate(plan.lookups):
            self._register(f"#lookup_{at}", _table(lookup))
            joins.append(
                f'JOIN "#lookup_{at}" AS l{at} ON l{at}."#code" = {self._code(lookup.column)}'
            )
            for which in lookup.rules:
                least[which].append(f'l{at}."#rule_{which}"')
            for number in lookup.parts:
                keys[number].append(f'l{at}."#part_{number}"')
        for combined in plan.combined:
            number = combined.number
            rules = {f"#rule_{which}": found for which, found in combined.rules.items()}
            self._register(f"#combined_{number}", pa.table({"#key": combined.keys, **rules}))
            key = " + ".join(keys[number])
            joins.append(f'LEFT JOIN "#combined_{number}" AS c{number} ON c{number}."#key" = {key}')
            for which in combined.rules:
                least[which].append(f'c{number}."#rule_{which}"')
        values = self._values(plan.by_line, joins)
        inner = [
            *(f'{sql} AS "#f{position}"' for position, sql in enumerate(fetched.values())),
            *(
                f'least({", ".join(parts)}) AS "#least_{which}"'
                for which, parts in least.items()
                if parts
            ),
            *(f"{sql} AS {name(column)}" for column, sql in values.items()),
        ]  # fmt: skip
        outer = [
            *(f'"#f{position}" AS {name(wanted)}' for position, wanted in enumerate(fetched)),
            *(
                f"{_rule(which, bool(least[which]), plan.by_line)} AS {name(rule_list)}"
                for which, rule_list in enumerate(plan.lists)
            ),
        ]
        return (
            f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)}"
            f" FROM ledger AS x {' '.join(joins)} {within(periods)})"
        )

    def _register(self, table: str, data: pa.Table) -> None:
        """Make a table of DuckDB's own: a join with it is faster than with Arrow's."""
        self._connection.register("#given", data)
        self._connection.execute(f'CREATE OR REPLACE TEMP TABLE "{table}" AS FROM "#given"')
        self._connection.unregister("#given")

    def _code(self, column: str) -> str:
        """Give the SQL of a row's code of a column: 0 of one that rows do not have."""
        return f"x.{name(column)}" if column in self._types else "0"

    def _values(self, by_line: Sequence[Placed], joins: list[str]) -> dict[str, str]:
        """Give the SQL of the values that rules see which are evaluated row by row."""
        values = {}
        for at, column in enumerate(sorted(frozenset[str]().union(*(r.columns for r in by_line)))):
            if column in NUMBERS or column == PERIOD:
                values[column] = f"x.{name(column)}"
            elif column not in self._types:
                values[column] = "''"
            else:
                values[column] = f"v{at}.value"
                joins.append(
                    f'JOIN (SELECT code, value FROM dictionary WHERE "column" = {text(column)})'
                    f" AS v{at} ON v{at}.code = x.{name(column)}"
                )
        return values


def within(periods: Span | None) -> str:
    """Give the WHERE clause that limits the ledger's rows `x` to periods, first and last."""
    if periods is None:
        return ""
    return f"WHERE x.period BETWEEN {periods[0].index} AND {periods[1].index}"


def _table(lookup: Lookup) -> pa.Table:
    arrays: dict[str, NDArray[np.generic]] = {}
    arrays |= {f"#rule_{which}": rules for which, rules in lookup.rules.items()}
    arrays |= {f"#part_{number}": part for number, part in lookup.parts.items()}
    size = len(next(iter(arrays.values())))
    codes = np.arange(lookup.offset, lookup.offset + size, dtype=np.int32)
    return pa.table({"#code": codes, **arrays})


def _told_apart(column: str, lists: Mapping[str, Collection[int]]) -> str:
    """Give the SQL of a row's code of a column, -1 unless it falls under one of the rules."""
    code = f"c.{name(f'#{column}')}"
    if not lists:
        return code
    under = " OR ".join(
        f"c.{name(rule_list)} IN ({', '.join(map(str, sorted(rules)))})"
        for rule_list, rules in lists.items()
        if rules
    )
    return f"CASE WHEN {under or 'FALSE'} THEN {code} ELSE -1 END"


def _rule(which: int, looked_up: bool, by_line: Sequence[Placed]) -> str:  # noqa: FBT001
    """Give the SQL of a row's rule of a list, -1 for none."""
    parts = [f'"#least_{which}"'] if looked_up else []
    if direct := first_match(by_line, which):
        parts.append(direct)
    if not parts:
        return "CAST(-1 AS INTEGER)"
    return f"CAST(coalesce(nullif(least({', '.join(parts)}), {NONE}), -1) AS INTEGER)"
