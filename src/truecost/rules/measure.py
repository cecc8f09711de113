"""Measures: one aggregate over ledger lines, exact by construction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlglot import exp

from truecost.rules.errors import refusal
from truecost.rules.tree import parse
from truecost.rules.words import Allowed

if TYPE_CHECKING:
    from collections.abc import Collection

_WRITE = "write count(*), count(DISTINCT vendor), sum(quantity), sum(amount), min(…) or max(…)"
_OF_NUMBERS: dict[type[exp.Expr], str] = {exp.Sum: "sum", exp.Min: "min", exp.Max: "max"}


class Aggregate(StrEnum):
    """How the values of many lines become one."""

    COUNT = "count"
    COUNT_DISTINCT = "count distinct"
    SUM = "sum"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Measure:
    """A checked aggregate: `count` of lines, or another of `column`.

    `count distinct` counts the different texts of a text column; the empty text does not count.
    The others take a number column.
    """

    text: str
    aggregate: Aggregate
    column: str | None = None

    @property
    def sql(self) -> str:
        """The canonical form, as it is shown and hashed."""
        if self.column is None:
            return "COUNT(*)"
        if self.aggregate is Aggregate.COUNT_DISTINCT:
            return f"COUNT(DISTINCT {quoted(self.column)})"
        return f"{self.aggregate.upper()}({quoted(self.column)})"


def quoted(name: str) -> str:
    """Write a column's name as SQL that can mean nothing else."""
    return exp.Identifier(this=name, quoted=True).sql("duckdb")


def parse_measure(
    text: str, columns: Collection[str], numbers: Collection[str] = ("amount", "quantity")
) -> Measure:
    """Check a measure: exactly one aggregate, of one column or of whole lines.

    Raise PredicateError, with line and column inside the text, for everything that is not allowed.
    """
    names = {name.casefold(): name for name in (*columns, *numbers)}
    functions = frozenset({"count", *_OF_NUMBERS.values()})
    allowed = Allowed(names, functions, frozenset({"*", "DISTINCT"}))
    node = parse(text, allowed)
    if type(node) is exp.Count and _bare(node, "big_int"):
        if type(node.this) is exp.Star and not any(node.this.args.values()):
            return Measure(text, Aggregate.COUNT)
        if type(node.this) is exp.Distinct and len(node.this.expressions) == 1:
            column = _column(node.this.expressions[0], allowed)
            if column in set(columns) and not node.this.args.get("on"):
                return Measure(text, Aggregate.COUNT_DISTINCT, column)
            raise refusal(text, 0, "count(DISTINCT …) takes one text column", _WRITE)
    if type(node) in _OF_NUMBERS and _bare(node):
        column = _column(node.this, allowed)
        if column in set(numbers):
            return Measure(text, Aggregate(_OF_NUMBERS[type(node)]), column)
        what = f"{_OF_NUMBERS[type(node)]} takes one of the numbers: {', '.join(sorted(numbers))}"
        raise refusal(text, 0, what, _WRITE)
    raise refusal(text, 0, "a measure is exactly one aggregate", _WRITE)


def _bare(node: exp.Expr, *settings: str) -> bool:
    return not any(value for key, value in node.args.items() if key not in {"this", *settings})


def _column(node: exp.Expr, allowed: Allowed) -> str | None:
    if type(node) is not exp.Column or not _bare(node):
        return None
    return allowed.column(node.name, quoted=bool(node.this.args.get("quoted")))
