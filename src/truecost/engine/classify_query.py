"""The query that gives each ledger line its rules, and the small tables that it joins."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from truecost.engine.classify_session import name, number_of, text
from truecost.engine.classify_signatures import (
    NONE,
    NUMBERS,
    PERIOD,
    Placed,
    evaluate,
    first_match,
    place,
)
from truecost.kernel.findings import Finding, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from truecost.engine.classify_signatures import RuleLists
    from truecost.kernel.periods import Period

    Span = tuple[Period, Period]


@dataclass(slots=True)
class _Lookup:
    """What is known of a column's values: one row per code, joined with the ledger once.

    A column that the source does not have (`present` false) is the empty text on every line.
    """

    number: int
    column: str
    present: bool
    expressions: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)

    @property
    def values(self) -> str:
        """The table of the column's codes and values."""
        return f"values_{self.number}"

    @property
    def code(self) -> str:
        """The line's code of the column."""
        return f"x.{name(self.column)}" if self.present else "0"

    @property
    def value(self) -> str:
        """The line's value of the column."""
        return f'lookup_{self.number}."#value"'

    def rule(self, rules: Sequence[Placed], which: int) -> str:
        """Add the least index of a list's rules on this column; give how to refer to it."""
        self.expressions.append(f'{first_match(rules, which)} AS "#rule_{which}"')
        return f'lookup_{self.number}."#rule_{which}"'

    def part(self, signature: int, query: str) -> str:
        """Add this column's part of a signature's key; give how to refer to it."""
        self.expressions.append(f's{signature}."#part" AS "#part_{signature}"')
        self.joins.append(f'JOIN ({query}) AS s{signature} ON s{signature}."#code" = v."#code"')
        return f'lookup_{self.number}."#part_{signature}"'

    def load(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the table of values. A period's code is the period itself.

        Raise StoreError where the ledger has codes that have no value: its lines would be lost.
        """
        query = 'SELECT code AS "#code", value AS "#value" FROM dictionary WHERE "column" = '
        query += text(self.column)
        if self.column == PERIOD:
            first = number_of(connection, "SELECT coalesce(min(period), 0) FROM ledger")
            last = number_of(connection, "SELECT coalesce(max(period), 0) FROM ledger")
            query = (
                'SELECT CAST(range AS INTEGER) AS "#code", "#code" AS "#value"'
                f" FROM range({first}, {last + 1})"
            )
        elif not self.present:
            query = """SELECT 0 AS "#code", '' AS "#value\""""
        connection.execute(f"CREATE TEMP TABLE {self.values} AS {query}")
        if self.present and self.column != PERIOD:
            self._refuse_unknown_codes(connection)

    def _refuse_unknown_codes(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Refuse codes beyond the dictionary's, which run from 0 without a gap."""
        largest = number_of(connection, f"SELECT coalesce(max({self.code}), -1) FROM ledger AS x")
        whole = f'SELECT count(*) FROM {self.values} WHERE "#code" BETWEEN 0 AND {largest}'
        if number_of(connection, whole) <= largest:
            what = f'a coded source has codes of "{self.column}" that its dictionary lacks'
            hint = "remove the store's folder of sources; they are read again"
            raise StoreError(Finding(None, what, hint))

    def join(self, connection: duckdb.DuckDBPyConnection) -> str:
        """Make the lookup's table; give its join with the ledger."""
        expressions = "".join(f", {expression}" for expression in self.expressions)
        connection.execute(
            f'CREATE TEMP TABLE lookup_{self.number} AS SELECT v."#code", v."#value"{expressions}'
            f' FROM (SELECT *, "#value" AS {name(self.column)} FROM {self.values}) AS v'
            f" {' '.join(self.joins)}"
        )
        table = f"lookup_{self.number}"
        return f'JOIN {table} ON {table}."#code" = {self.code}'


def assignment(
    connection: duckdb.DuckDBPyConnection,
    rule_lists: RuleLists,
    fetched: Mapping[str, str],
    periods: Span | None = None,
) -> str:
    """Prepare the tables that rules need; give the query of each line's rules.

    The query gives `fetched` (a name that begins with # → SQL over the ledger's row `x`), then one
    column per list with the index of the rule, -1 for none.
    """
    rows = number_of(connection, "SELECT count(*) FROM ledger")
    grouped: dict[frozenset[str], list[Placed]] = defaultdict(list)
    for rule in place(rule_lists):
        grouped[rule.columns].append(rule)
    columns = sorted(frozenset[str]().union(*grouped) - NUMBERS)
    there = {found[0] for found in connection.execute("DESCRIBE ledger").fetchall()}
    lookups = {
        column: _Lookup(number, column, column in there) for number, column in enumerate(columns)
    }
    for lookup in lookups.values():
        lookup.load(connection)
    domains = {column: (lookup.values, lookup.code) for column, lookup in lookups.items()}
    least: dict[int, list[str]] = defaultdict(list)
    matches: list[str] = []
    by_line: list[Placed] = []
    for number, signature in enumerate(sorted(grouped, key=sorted)):
        rules = grouped[signature]
        if not signature or signature & NUMBERS:
            by_line += rules
        elif len(signature) == 1:
            lookup = lookups[min(signature)]
            for which in sorted({rule.rule_list for rule in rules}):
                least[which].append(lookup.rule(rules, which))
        elif (found := evaluate(connection, number, rules, domains, rows)) is None:
            by_line += rules
        else:
            parts = (lookups[column].part(number, part) for column, part in found.parts.items())
            matches.append(f'JOIN {found.table} ON {found.table}."#key" = {" + ".join(parts)}')
            for which in found.lists:
                least[which].append(f'{found.table}."#rule_{which}"')
    by_line.sort(key=lambda rule: (rule.rule_list, rule.index))
    joins = [lookup.join(connection) for lookup in lookups.values()] + matches
    seen = _seen(by_line, lookups)
    inner = [
        *(f'{sql} AS "#f{position}"' for position, sql in enumerate(fetched.values())),
        *(f'least({", ".join(parts)}) AS "#least_{which}"' for which, parts in least.items()),
        *(f"{sql} AS {name(column)}" for column, sql in seen.items()),
    ]
    outer = [
        *(f'"#f{position}" AS {name(wanted)}' for position, wanted in enumerate(fetched)),
        *(
            f"{_rule(which, which in least, by_line)} AS {name(rule_list)}"
            for which, rule_list in enumerate(rule_lists)
        ),
    ]
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)}"
        f" FROM ledger AS x {' '.join(joins)} {within(periods)})"
    )


def within(periods: Span | None) -> str:
    """Give the WHERE clause that limits the ledger's rows `x` to periods, first and last."""
    if periods is None:
        return ""
    return f"WHERE x.period BETWEEN {periods[0].index} AND {periods[1].index}"


def _seen(by_line: Iterable[Placed], lookups: Mapping[str, _Lookup]) -> dict[str, str]:
    """Give the columns that rules evaluated line by line see, each with its SQL."""
    columns = frozenset[str]().union(*(rule.columns for rule in by_line))
    return {
        column: f"x.{name(column)}" if column in NUMBERS else lookups[column].value
        for column in sorted(columns)
    }


def _rule(which: int, looked_up: bool, by_line: Sequence[Placed]) -> str:  # noqa: FBT001
    """Give the SQL of a line's rule of a list, -1 for none."""
    parts = [f'"#least_{which}"'] if looked_up else []
    if direct := first_match(by_line, which):
        parts.append(direct)
    if not parts:
        return "CAST(-1 AS INTEGER)"
    return f"CAST(coalesce(nullif(least({', '.join(parts)}), {NONE}), -1) AS INTEGER)"
