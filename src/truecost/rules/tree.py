"""From text to a checked syntax tree, and from that to SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from truecost.rules.errors import refusal
from truecost.rules.nodes import DEEP, READ, SPLIT, Checker
from truecost.rules.words import Allowed, check_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.rules.functions import Kind

_MAX_WEIGHT = 50_000
_UNNEST = "nest coalesce, nullif and CASE less"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition inside a condition: canonical SQL and the columns that it touches."""

    sql: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A checked text as canonical DuckDB SQL: what it gives, and the columns it touches.

    `leaves` are the largest conditions inside a condition that touch one column each, or that can't
    be split into such by AND, OR and NOT; its truth depends on theirs alone.
    """

    sql: str
    kind: Kind
    columns: frozenset[str]
    leaves: tuple[Leaf, ...]


def rewrite(
    text: str, kinds: Mapping[str, Kind], constants: Mapping[str, Kind] | None = None
) -> Rewritten:
    """Check a text and write it anew; `kinds` tells what each column that it may name holds.

    `constants` are names that stand for one value on all lines that are looked at together: they
    become variables of that name, and touch no column. Raise PredicateError for whatever is not on
    the lists or does not fit together.
    """
    constants = constants or {}
    known = {**constants, **kinds}
    allowed = Allowed({name.casefold(): name for name in known})
    node = parse(text, allowed)
    try:
        found = Checker(text, allowed, known, constants.keys() - kinds.keys()).check(node, 0)
        if _weight(found.node) > _MAX_WEIGHT:
            raise refusal(text, 0, "this takes too long to work out", _UNNEST)
        leaves = dict.fromkeys(Leaf(leaf.node.sql("duckdb"), leaf.columns) for leaf in found.leaves)
        return Rewritten(found.node.sql("duckdb"), found.kind, found.columns, tuple(leaves))
    except RecursionError as error:
        raise refusal(text, 0, DEEP, SPLIT) from error


def parse(text: str, allowed: Allowed) -> exp.Expr:
    """Check the words of a text and parse it. Raise PredicateError where it can't be read."""
    check_words(text, allowed)
    try:
        return sqlglot.parse_one(text, read="duckdb", into=exp.Condition)
    except RecursionError as error:
        raise refusal(text, 0, DEEP, SPLIT) from error
    except SqlglotError as error:
        told = (getattr(error, "errors", None) or [{}])[0]
        word = str(told.get("highlight") or "")
        before = str(told.get("start_context") or "")
        offset = max(text.find(before + word), 0) + len(before)
        near = f' near "{word}"' if word else ""
        raise refusal(text, min(offset, len(text)), f"this can't be read{near}", READ) from error


def _weight(node: exp.Expr) -> int:
    """Give how many nodes DuckDB makes of a tree.

    It works out NULLIF, and CASE with a subject, by writing the same operand again for each
    comparison: nested, these grow exponentially.
    """
    weights = {id(child): _weight(child) for child in node.iter_expressions()}
    whole = 1 + sum(weights.values())
    if isinstance(node, exp.Nullif):
        return whole + weights[id(node.this)]
    if isinstance(node, exp.Case) and node.this:
        return whole + weights[id(node.this)] * (len(node.args["ifs"]) - 1)
    return whole
