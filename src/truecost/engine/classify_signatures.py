"""Signatures: rules grouped by the columns they touch, evaluated once per combination of values.

A rule of one column is evaluated on that column's dictionary. A rule of several columns is
evaluated on combinations; before that, each column's values are put into *classes*: two values are
of one class where every condition of the signature that touches this column alone answers alike.
A class is represented by one of its values. So forty conditions on fifty thousand vendors give some
forty classes, not fifty thousand values, and the combinations of a signature are few however many
rows there are. Columns that a condition compares with each other keep all their values.

In the SQL here, names that begin with # are ours; all others are the analyst's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from truecost.engine.classify_session import name, number_of
from truecost.rules.predicate import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from truecost.kernel.periods import Validity
    from truecost.rules.predicate import Predicate

    Rule = tuple[Predicate, Validity]
    RuleLists = Mapping[str, Sequence[Rule]]

PERIOD = "period"
NUMBERS = frozenset({"amount", "quantity"})
#: Stands for "no rule" while the least index is sought.
NONE = 2**31 - 1

_FEW = 4096
_PER_ROWS = 64
_LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule at its place: `rule_list` and `index` in it; the condition with its validity."""

    rule_list: int
    index: int
    sql: str
    columns: frozenset[str]
    leaves: tuple[Leaf, ...]


def place(rule_lists: RuleLists) -> list[Placed]:
    """Give the rules of all lists, numbered; validity becomes a condition on the period."""
    return [
        _placed(number, index, predicate, validity)
        for number, rules in enumerate(rule_lists.values())
        for index, (predicate, validity) in enumerate(rules)
    ]


def _placed(number: int, index: int, predicate: Predicate, validity: Validity) -> Placed:
    ends = ((">=", validity.first), ("<=", validity.last))
    bounds = [f'"{PERIOD}" {sign} {end.index}' for sign, end in ends if end is not None]
    if not bounds:
        return Placed(number, index, predicate.sql, predicate.columns, predicate.leaves)
    valid = Leaf(" AND ".join(bounds), frozenset({PERIOD}))
    sql = f"({predicate.sql}) AND ({valid.sql})"
    return Placed(number, index, sql, predicate.columns | {PERIOD}, (*predicate.leaves, valid))


def first_match(rules: Iterable[Placed], rule_list: int) -> str:
    """Give the SQL of the least index among a list's rules that match, NONE where none does."""
    whens = [f"WHEN {rule.sql} THEN {rule.index}" for rule in rules if rule.rule_list == rule_list]
    return f"CASE {' '.join(whens)} ELSE {NONE} END" if whens else ""


@dataclass(frozen=True, slots=True)
class Signature:
    """An evaluated signature of several columns.

    `table` has `#key`, a combination, and `#rule_<list>`, the least index of each of `lists`. A
    combination's key is the sum of the keys of its parts; `parts` gives for each column the SQL of
    a query `#code` → `#part`.
    """

    table: str
    lists: tuple[int, ...]
    parts: Mapping[str, str]


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    rules: Sequence[Placed],
    domains: Mapping[str, tuple[str, str]],
    rows: int,
) -> Signature | None:
    """Evaluate rules that touch the same columns on every combination of values.

    `number` tells the tables of signatures apart; `domains` gives for each column the table of its
    codes and values, and the SQL of a line's code. None where a ledger of so many rows has about as
    many combinations: evaluating its rows one by one is as cheap then.
    """
    columns = sorted(rules[0].columns)
    tables = [f"classes_{number}_{position}" for position in range(len(columns))]
    sizes = [
        _classify(connection, table, column, rules, domains[column][0])
        for table, column in zip(tables, columns, strict=True)
    ]
    radices = [prod(sizes[:position]) for position in range(len(sizes))]
    if prod(sizes) > _LARGEST_KEY:
        return None
    parts = {
        column: f'SELECT "#code", "#class" * {radix} AS "#part" FROM {table}'
        for column, table, radix in zip(columns, tables, radices, strict=True)
    }
    key = " + ".join(f'p{position}."#part"' for position in range(len(columns)))
    faces = [
        f'(SELECT "#class" * {radix} AS "#part", min("#value") AS {name(column)} FROM {table}'
        f" GROUP BY ALL) AS p{position}"
        for position, (column, table, radix) in enumerate(
            zip(columns, tables, radices, strict=True)
        )
    ]
    combinations = " CROSS JOIN ".join(faces)
    if prod(sizes) > max(_FEW, rows // _PER_ROWS):
        coded = " ".join(
            f'JOIN ({part}) AS p{position} ON p{position}."#code" = {domains[column][1]}'
            for position, (column, part) in enumerate(parts.items())
        )
        found = f'SELECT {key} AS "#key" FROM ledger AS x {coded}'
        if (
            number_of(connection, f'SELECT approx_count_distinct("#key") FROM ({found})')
            > rows // 2
        ):
            return None
        joined = " ".join(
            f'JOIN {face} ON p{position}."#part" = k."#key" // {radix} % {size} * {radix}'
            for position, (face, radix, size) in enumerate(zip(faces, radices, sizes, strict=True))
        )
        combinations = f"(SELECT DISTINCT * FROM ({found})) AS k {joined}"
    lists = tuple(sorted({rule.rule_list for rule in rules}))
    matches = ", ".join(f'{first_match(rules, which)} AS "#rule_{which}"' for which in lists)
    connection.execute(
        f'CREATE TEMP TABLE matches_{number} AS SELECT {key} AS "#key", {matches}'
        f" FROM {combinations}"
    )
    return Signature(f"matches_{number}", lists, parts)


def _classify(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    rules: Sequence[Placed],
    domain: str,
) -> int:
    """Make the table code → class and value of a column; give how many classes, from 0 up."""
    leaves = {leaf for rule in rules for leaf in rule.leaves if column in leaf.columns}
    alone = all(leaf.columns == {column} for leaf in leaves)
    order = ", ".join(sorted(f"({leaf.sql})" for leaf in leaves)) if alone else '"#code"'
    connection.execute(
        f'CREATE TEMP TABLE {table} AS SELECT "#code", "#value",'
        f' dense_rank() OVER (ORDER BY {order}) - 1 AS "#class"'
        f' FROM (SELECT *, "#value" AS {name(column)} FROM {domain})'
    )
    return number_of(connection, f'SELECT coalesce(max("#class") + 1, 0) FROM {table}')
