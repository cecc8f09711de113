"""Equations: an exact number made from the cells of a row, as in time-driven costing.

    40 * orders + 220 * complaints + CASE WHEN new_customer = 'yes' THEN 15 ELSE 0 END

Numbers add, subtract and multiply, without division: every result is an exact decimal. Whether a
column holds numbers or texts follows from what is done with it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from functools import cache, reduce
from typing import Any, NoReturn, TypeAlias

from sqlglot import exp

from truecost.rules.errors import refusal
from truecost.rules.functions import Kind
from truecost.rules.tree import parse
from truecost.rules.words import Allowed

#: More digits than that are refused: an overflow, not a rounding.
EXACT = Context(prec=80, traps=[Inexact])

Row: TypeAlias = Mapping[str, Decimal | str]
_Value: TypeAlias = Callable[[Row], Any]

_DEEP = 300
_WRITE = "write it as 40 * orders + 220 * complaints; conditions as CASE WHEN … THEN … ELSE … END"
_ARITHMETIC: dict[type[exp.Expr], Callable[[Decimal, Decimal], Decimal]] = {
    exp.Add: EXACT.add,
    exp.Sub: EXACT.subtract,
    exp.Mul: EXACT.multiply,
}
_COMPARISONS: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}
_CHAINS: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.And: operator.and_,
    exp.Or: operator.or_,
}


@dataclass(frozen=True, slots=True)
class Equation:
    """A checked equation: what was written, and which columns it needs as numbers and as texts.

    `value` gives the number of a row that has these columns; it raises decimal.Inexact where that
    has more digits than can be held.
    """

    text: str
    numbers: frozenset[str]
    texts: frozenset[str]
    value: Callable[[Row], Decimal]


class _AnyColumn(dict[str, str]):
    """Takes every name for a column: which there are, only the file knows."""

    def get(self, name: str, default: Any = None) -> Any:
        """Give the name back."""
        return default if name.upper() in _NOT_COLUMNS else name


_NOT_COLUMNS = frozenset("SELECT FROM WHERE WITH CAST OVER NULL DISTINCT INTERVAL AS".split())


@cache
def parse_equation(text: str) -> Equation:
    """Check an equation over the columns of a row.

    Raise PredicateError, with line and column inside the text, for everything that is not allowed.
    """
    words = frozenset({"+", "*"})
    builder = _Builder(text)
    value = builder.number(parse(text, Allowed(_AnyColumn(), frozenset(), words)), 0)
    kinds = builder.kinds.items()
    return Equation(
        text,
        frozenset(name for name, kind in kinds if kind is Kind.NUMBER),
        frozenset(name for name, kind in kinds if kind is Kind.TEXT),
        value,
    )


class _Builder:
    """Makes functions of a row from nodes of the syntax tree; what is not listed is refused."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.kinds: dict[str, Kind] = {}

    def number(self, node: exp.Expr, depth: int) -> _Value:
        """Make a node that gives a number."""
        self._check_depth(node, depth)
        if type(node) is exp.Column:
            return self._column(node, Kind.NUMBER)
        if type(node) is exp.Literal and not node.is_string:
            constant = Decimal(node.name)
            return lambda _: constant
        if type(node) is exp.Paren:
            return self.number(node.this, depth + 1)
        if type(node) is exp.Neg:
            inner = self.number(node.this, depth + 1)
            return lambda row: EXACT.minus(inner(row))
        if type(node) in _ARITHMETIC:
            do = _ARITHMETIC[type(node)]
            left = self.number(node.this, depth + 1)
            right = self.number(node.expression, depth + 1)
            return lambda row: do(left(row), right(row))
        if type(node) is exp.Case:
            return self._case(node, depth)
        if type(node) is exp.Div:
            self._refuse(node, "a division is seldom exact", "multiply by a decimal, as in 0.25")
        return self._refuse(node, "this gives no number here", _WRITE)

    def condition(self, node: exp.Expr, depth: int) -> _Value:
        """Make a node that is true or false."""
        self._check_depth(node, depth)
        if type(node) is exp.Paren:
            return self.condition(node.this, depth + 1)
        if type(node) is exp.Not:
            inner = self.condition(node.this, depth + 1)
            return lambda row: not inner(row)
        if type(node) in _CHAINS:
            join = _CHAINS[type(node)]
            parts = [self.condition(each, depth + 1) for each in (node.this, node.expression)]
            return lambda row: reduce(join, (part(row) for part in parts))
        if type(node) in _COMPARISONS:
            compare = _COMPARISONS[type(node)]
            left, right = self._alike([node.this, node.expression], depth)
            return lambda row: compare(left(row), right(row))
        if type(node) is exp.In and node.expressions and not node.args.get("query"):
            value, *entries = self._alike([node.this, *node.expressions], depth)
            return lambda row: value(row) in [entry(row) for entry in entries]
        return self._refuse(node, "this is no condition here", "write new_customer = 'yes'")

    def _case(self, node: exp.Expr, depth: int) -> _Value:
        if node.this is not None or not node.args.get("default"):
            hint = "write CASE WHEN condition THEN 15 ELSE 0 END"
            self._refuse(node, "this CASE does not say everything", hint)
        branches = [
            (self.condition(each.this, depth + 1), self.number(each.args["true"], depth + 1))
            for each in node.args["ifs"]
        ]
        other = self.number(node.args["default"], depth + 1)
        return lambda row: next((then for when, then in branches if when(row)), other)(row)

    def _alike(self, nodes: list[exp.Expr], depth: int) -> list[_Value]:
        """Make values of one kind: texts where one of them is written as a text, else numbers."""
        inner = [node.this if type(node) is exp.Paren else node for node in nodes]
        if not any(type(node) is exp.Literal and node.is_string for node in inner):
            return [self.number(node, depth + 1) for node in inner]
        return [self._text_of(node) for node in inner]

    def _text_of(self, node: exp.Expr) -> _Value:
        if type(node) is exp.Literal and node.is_string:
            constant = node.name
            return lambda _: constant
        if type(node) is exp.Column:
            return self._column(node, Kind.TEXT)
        return self._refuse(node, "a text is compared with a column or another text", _WRITE)

    def _column(self, node: exp.Expr, kind: Kind) -> _Value:
        name = node.name.casefold()
        if any(value for key, value in node.args.items() if key != "this"):
            self._refuse(node, "write the column's name alone")
        if self.kinds.setdefault(name, kind) is not kind:
            what = f'column "{name}" is used both as a number and as a text'
            self._refuse(node, what, "keep one of the two")
        return lambda row: row[name]

    def _check_depth(self, node: exp.Expr, depth: int) -> None:
        if depth > _DEEP:
            self._refuse(node, "the equation is nested too deeply", "use several columns")

    def _refuse(self, node: exp.Expr, message: str, hint: str = "") -> NoReturn:
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        raise refusal(self._text, min(starts, default=0), message, hint)
