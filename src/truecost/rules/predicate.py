"""Predicates: the WHERE clause by which a rule recognises ledger lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from truecost.rules.errors import PredicateError, refusal
from truecost.rules.functions import Kind
from truecost.rules.tree import Leaf, rewrite

if TYPE_CHECKING:
    from collections.abc import Collection

#: The name that stands for the source a line is from; `binding` says which that is.
SOURCE = "source"

__all__ = [
    "SOURCE",
    "Leaf",
    "Predicate",
    "PredicateError",
    "binding",
    "named_sources",
    "parse_predicate",
]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A checked condition on a ledger line; never NULL.

    `text` is what was written. `sql` is canonical DuckDB SQL with every column quoted.
    `columns` are the columns it touches, numbers among them. Where it asks for the `source`,
    its SQL reads a variable of this name, which `binding` sets: no column is touched. Whether
    it holds depends only on whether each of `leaves` holds; all but those that compare columns
    with each other touch one column.
    """

    text: str
    sql: str
    columns: frozenset[str]
    leaves: tuple[Leaf, ...] = ()


def parse_predicate(
    text: str, columns: Collection[str], numbers: Collection[str] = ("amount", "quantity")
) -> Predicate:
    """Check a condition over text columns, exact numbers and the name of the line's source.

    Raise PredicateError, with line and column inside the text, for everything that is not allowed.
    """
    return _parsed(text, tuple(columns), tuple(numbers))


def binding(source: str) -> str:
    """Give the DuckDB statement after which conditions ask about lines of this source."""
    literal = source.replace("'", "''")
    return f"SET VARIABLE {SOURCE} = '{literal}'"


def named_sources(condition: Predicate) -> tuple[str, ...]:
    """Give the texts that a condition compares the source with, by = or IN."""
    if f"GETVARIABLE('{SOURCE}')" not in condition.sql:
        return ()
    found: dict[str, None] = {}
    for node in sqlglot.parse_one(condition.sql, read="duckdb").find_all(exp.EQ, exp.NEQ, exp.In):
        sides = [node.this, *([node.expression] if node.expression else node.expressions)]
        plain = [side.unnest() for side in sides]
        if any(isinstance(side, exp.Anonymous) for side in plain):
            found |= {side.name: None for side in plain if isinstance(side, exp.Literal)}
    return tuple(found)


@lru_cache(maxsize=4096)  # a model is checked, then used: by the same predicates
def _parsed(text: str, columns: tuple[str, ...], numbers: tuple[str, ...]) -> Predicate:
    kinds = dict.fromkeys(columns, Kind.TEXT) | dict.fromkeys(numbers, Kind.NUMBER)
    found = rewrite(text, kinds, {SOURCE: Kind.TEXT})
    if found.kind is not Kind.CONDITION:
        what = f"this is {found.kind}, not a condition"
        raise refusal(text, 0, what, "compare it with something: account = 'IT'")
    return Predicate(text, found.sql, found.columns, found.leaves)
