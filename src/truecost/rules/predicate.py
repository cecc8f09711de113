"""Predicates: the WHERE clause by which a rule recognises ledger lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from truecost.rules.errors import PredicateError, refusal
from truecost.rules.functions import Kind
from truecost.rules.tree import Leaf, rewrite

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Leaf", "Predicate", "PredicateError", "parse_predicate"]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A checked condition on a ledger line; never NULL.

    `text` is what was written. `sql` is canonical DuckDB SQL with every column quoted. `columns`
    are the columns it touches, numbers among them. Whether it holds depends only on whether each of
    `leaves` holds; all but those that compare columns with each other touch one column.
    """

    text: str
    sql: str
    columns: frozenset[str]
    leaves: tuple[Leaf, ...] = ()


def parse_predicate(
    text: str, columns: Collection[str], numbers: Collection[str] = ("amount", "quantity")
) -> Predicate:
    """Check a condition over text columns and exact numbers.

    Raise PredicateError, with line and column inside the text, for everything that is not allowed.
    """
    return _parsed(text, tuple(columns), tuple(numbers))


@lru_cache(maxsize=4096)  # a model is checked, then used: by the same predicates
def _parsed(text: str, columns: tuple[str, ...], numbers: tuple[str, ...]) -> Predicate:
    kinds = dict.fromkeys(columns, Kind.TEXT) | dict.fromkeys(numbers, Kind.NUMBER)
    found = rewrite(text, kinds)
    if found.kind is not Kind.CONDITION:
        what = f"this is {found.kind}, not a condition"
        raise refusal(text, 0, what, "compare it with something: account = 'IT'")
    return Predicate(text, found.sql, found.columns, found.leaves)
