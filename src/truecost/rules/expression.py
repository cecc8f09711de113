"""Expressions: a text made from text columns, by which a source is cleaned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.rules.errors import refusal
from truecost.rules.functions import Kind
from truecost.rules.tree import rewrite

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression that gives a text, never NULL.

    `text` is what was written. `sql` is canonical DuckDB SQL with every column quoted. `columns`
    are the columns it touches.
    """

    text: str
    sql: str
    columns: frozenset[str]


def parse_expression(text: str, columns: Collection[str]) -> Expression:
    """Check an expression over text columns that gives a text.

    Raise PredicateError, with line and column inside the text, for everything that is not allowed.
    """
    found = rewrite(text, dict.fromkeys(columns, Kind.TEXT))
    if found.kind is not Kind.TEXT:
        hint = "choose between texts: CASE WHEN condition THEN 'one' ELSE 'other' END"
        raise refusal(text, 0, f"this is {found.kind}, not a text", hint)
    return Expression(text, found.sql, found.columns)
