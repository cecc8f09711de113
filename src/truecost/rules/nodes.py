"""The nodes of a syntax tree: each against the list of allowed ones, and written anew.

`Checker.check` builds a second tree from the first. A node whose class is not listed, or that has
an argument not listed for its class, is refused; so nothing that a newer parser may learn to read
gets through unseen. Three-valued logic is rewritten away on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from sqlglot import exp

from truecost.rules.errors import refusal
from truecost.rules.functions import FUNCTIONS, Argument, Function, Kind, Written
from truecost.rules.patterns import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from truecost.rules.words import Allowed

DEEP = "the text is nested too deeply"
SPLIT = "use several rules"
READ = "check the parentheses, the commas, and that each text stands in single quotes"

_MAX_DEPTH = 40
_ESCAPE = re.compile(r"[!-~]", re.ASCII)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_BARE = frozenset({exp.Column, exp.Literal, exp.Boolean, exp.Case, *FUNCTIONS})
_INSTEAD: dict[type[exp.Expr], str] = {
    exp.Null: "write IS NULL, or '' for the empty text",
    exp.Star: "name the column",
    exp.Sub: "compare the columns as they are",
    exp.Cast: "columns are texts or exact numbers already; compare them as they are",
}
_DIGITS = 6  # of a position or length: no text is longer


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked node: the tree to write, what it gives, the columns it touches.

    `leaves` are the largest conditions inside a condition that touch one column each, or that can't
    be split into such by AND, OR and NOT; its truth depends on theirs alone.
    """

    node: exp.Expr
    kind: Kind
    columns: frozenset[str] = frozenset()
    leaves: tuple[Checked, ...] = ()


class Checker:
    """Rebuilds a tree, bottom up."""

    def __init__(
        self,
        text: str,
        allowed: Allowed,
        kinds: Mapping[str, Kind],
        constants: Collection[str] = (),
    ) -> None:
        self._text = text
        self._allowed = allowed
        self._kinds = kinds
        self._constants = constants
        self._nodes: dict[type, Callable[[exp.Expr, int], Checked]] = {
            exp.Column: self._column,
            exp.Literal: self._literal,
            exp.Boolean: self._boolean,
            exp.Neg: self._negative,
            exp.Paren: self._parentheses,
            exp.And: self._chain,
            exp.Or: self._chain,
            exp.Not: self._not,
            exp.Between: self._between,
            exp.In: self._in,
            exp.Like: self._like,
            exp.ILike: self._like,
            exp.Escape: self._like,
            exp.Is: self._is,
            exp.DPipe: self._concatenation,
            exp.Case: self._case,
            **dict.fromkeys(_COMPARISONS, self._comparison),
            **dict.fromkeys(FUNCTIONS, self._call),
        }

    def check(self, node: exp.Expr, depth: int, *, kind: Kind | None = None) -> Checked:
        """Check a node; with `kind`, also that it gives that."""
        if depth > _MAX_DEPTH:
            raise refusal(self._text, self._offset(node), DEEP, SPLIT)
        build = self._nodes.get(type(node))
        if build is None:
            self._refuse(node, f"{_name(node)} can't be used here", _INSTEAD.get(type(node), READ))
        found = build(node, depth + 1)
        if kind and found.kind != kind:
            what = f"{self._quote(node)} is {found.kind} where {kind} is needed"
            self._refuse(node, what, _advice(found.kind, kind))
        if found.kind is Kind.CONDITION and (len(found.columns) == 1 or not found.leaves):
            return replace(found, leaves=(found,) if found.columns else ())
        return found

    # -- values ------------------------------------------------------------------------------

    def _column(self, node: exp.Expr, _depth: int) -> Checked:
        self._only(node, "this")
        name = self._allowed.column(node.name, quoted=bool(node.this.args.get("quoted")))
        if name is None:
            self._refuse(node, f'there is no column "{node.name}"')
        if name in self._constants:
            return Checked(exp.func("getvariable", exp.Literal.string(name)), self._kinds[name])
        column = exp.Column(this=exp.Identifier(this=name, quoted=True))
        return Checked(column, self._kinds[name], frozenset({name}))

    def _literal(self, node: exp.Expr, _depth: int) -> Checked:
        if node.is_string:
            return Checked(exp.Literal.string(node.name), Kind.TEXT)
        return Checked(exp.Literal.number(node.name), Kind.NUMBER)

    def _boolean(self, node: exp.Expr, _depth: int) -> Checked:
        return Checked(exp.Boolean(this=bool(node.this)), Kind.CONDITION)

    def _negative(self, node: exp.Expr, _depth: int) -> Checked:
        if not isinstance(node.this, exp.Literal) or node.this.is_string:
            self._refuse(node, "a minus can only lead a number", "compare with a negative number")
        return Checked(exp.Neg(this=exp.Literal.number(node.this.name)), Kind.NUMBER)

    def _parentheses(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this")
        return self.check(node.this, depth)

    def _concatenation(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this", "expression", "safe")
        left, right = self._alike([node.this, node.expression], depth, Kind.TEXT)
        built = exp.DPipe(this=_operand(left.node), expression=_operand(right.node))
        return Checked(built, Kind.TEXT, left.columns | right.columns)

    # -- conditions --------------------------------------------------------------------------

    def _chain(self, node: exp.Expr, depth: int) -> Checked:
        """Check AND and OR, of which a text may hold thousands in a row."""
        self._only(node, "this", "expression")
        operands, waiting = [], [node]
        while waiting:
            found = waiting.pop()
            if type(found) is type(node):
                waiting += [found.expression, found.this]
            else:
                operands.append(self.check(found, depth, kind=Kind.CONDITION))
        columns = frozenset[str]().union(*(operand.columns for operand in operands))
        nodes = [_operand(operand.node) for operand in operands]
        while len(nodes) > 1:  # a balanced tree, as deep as the logarithm
            pairs = zip(nodes[::2], nodes[1::2], strict=False)
            nodes = [type(node)(this=left, expression=right) for left, right in pairs] + (
                nodes[-1:] if len(nodes) % 2 else []
            )
        leaves = tuple(leaf for operand in operands for leaf in operand.leaves)
        return Checked(nodes[0], Kind.CONDITION, columns, leaves)

    def _not(self, node: exp.Expr, depth: int) -> Checked:
        inner = self.check(node.this, depth, kind=Kind.CONDITION)
        return Checked(
            exp.Not(this=_operand(inner.node)), Kind.CONDITION, inner.columns, inner.leaves
        )

    def _comparison(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this", "expression")
        left, right = self._alike([node.this, node.expression], depth)
        built = type(node)(this=_operand(left.node), expression=_operand(right.node))
        return Checked(built, Kind.CONDITION, left.columns | right.columns)

    def _between(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this", "low", "high")
        keys = ("this", "low", "high")
        parts = self._alike([node.args[key] for key in keys], depth)
        operands = {key: _operand(part.node) for key, part in zip(keys, parts, strict=True)}
        return Checked(exp.Between(**operands), Kind.CONDITION, _columns(parts))

    def _in(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this", "expressions")
        value, *entries = self._alike([node.this, *node.expressions], depth)
        if not entries or any(entry.columns for entry in entries):
            self._refuse(node, "IN needs a list of values", "write IN ('one', 'other')")
        built = exp.In(this=_operand(value.node), expressions=[entry.node for entry in entries])
        return Checked(built, Kind.CONDITION, value.columns)

    def _like(self, node: exp.Expr, depth: int) -> Checked:
        inner = node.this if isinstance(node, exp.Escape) else node
        if not isinstance(inner, exp.Like | exp.ILike):
            self._refuse(node, "ESCAPE belongs after LIKE", "write LIKE '10!%' ESCAPE '!'")
        self._only(inner, "this", "expression", "negate")
        value = self.check(inner.this, depth, kind=Kind.TEXT)
        pattern = self._written(inner.expression, Written.TEXT)
        built: exp.Expr = type(inner)(this=_operand(value.node), expression=pattern)
        if isinstance(node, exp.Escape):
            escape = self._written(node.expression, Written.TEXT)
            letter = escape.name
            if not _ESCAPE.fullmatch(letter) or letter in "%_'":
                self._refuse(node.expression, "ESCAPE takes one sign", "write ESCAPE '!'")
            if pattern.name.replace(letter * 2, "").endswith(letter):
                self._refuse(inner.expression, f"nothing follows the escape {letter}")
            built = exp.Escape(this=built, expression=escape)
        if inner.args.get("negate"):
            built = exp.Not(this=_operand(built))
        return Checked(built, Kind.CONDITION, value.columns)

    def _is(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this", "expression")
        if not isinstance(node.expression, exp.Null):
            self._refuse(node, "IS goes with NULL only", "write = and a value")
        value = self.check(node.this, depth, kind=Kind.TEXT)
        empty = exp.EQ(this=_operand(value.node), expression=exp.Literal.string(""))
        return Checked(empty, Kind.CONDITION, value.columns)

    # -- functions ---------------------------------------------------------------------------

    def _case(self, node: exp.Expr, depth: int) -> Checked:
        self._only(node, "this", "ifs", "default")
        subject = self.check(node.this, depth) if node.args.get("this") else None
        parts: list[Checked] = [subject] if subject else []
        branches: list[exp.Expr] = []
        kind: Kind | None = None
        for branch in node.args["ifs"]:
            self._only(branch, "this", "true")
            when = self.check(branch.this, depth, kind=subject.kind if subject else Kind.CONDITION)
            then = self.check(branch.args["true"], depth, kind=kind)
            kind = then.kind
            parts += [when, then]
            branches.append(exp.If(this=when.node, true=then.node))
        if node.args.get("default"):
            default = self.check(node.args["default"], depth, kind=kind)
            parts.append(default)
            other = default.node
        elif kind is Kind.NUMBER:
            self._refuse(node, "this CASE has no ELSE", "say which number holds otherwise")
        else:
            empty = exp.Boolean(this=False)
            other = exp.Literal.string("") if kind is Kind.TEXT else empty
        built = exp.Case(this=subject.node if subject else None, ifs=branches, default=other)
        return Checked(built, kind or Kind.TEXT, _columns(parts))

    def _call(self, node: exp.Expr, depth: int) -> Checked:
        function = FUNCTIONS[type(node)]
        keys = {argument.key for argument in function.arguments}
        self._only(node, *keys, *function.settings)
        args: dict[str, object] = {
            key: value for key, value in node.args.items() if key in function.settings
        }
        parts: list[Checked] = []
        for argument in function.arguments:
            given = node.args.get(argument.key)
            if given is None or given == []:
                self._missing(node, function, argument)
                continue
            nodes = given if argument.many else [given]
            built = [self._argument(entry, argument, depth, parts) for entry in nodes]
            args[argument.key] = built if argument.many else built[0]
        call = _without_null(type(node)(**args))
        if function.with_pattern and (wrong := fault(call)):
            hint = "patterns follow the syntax of RE2; a sign is taken as it is after a \\"
            self._refuse(node.expression, f"the pattern does not hold: {wrong}", hint)
        return Checked(call, function.gives, _columns(parts))

    def _argument(
        self, node: exp.Expr, argument: Argument, depth: int, parts: list[Checked]
    ) -> exp.Expr:
        if isinstance(argument.takes, Written):
            return self._written(node, argument.takes)
        parts.append(self.check(node, depth, kind=argument.takes))
        return parts[-1].node

    def _missing(self, node: exp.Expr, function: Function, argument: Argument) -> None:
        if argument.required:
            count = sum(entry.required for entry in function.arguments)
            what = f"{function.names[0]} needs {count} values"
            self._refuse(node, what, f"{argument.takes} is missing")

    def _written(self, node: exp.Expr, wanted: Written) -> exp.Expr:
        """Give a literal anew; refuse what is computed or of another kind."""
        inner = node.this if isinstance(node, exp.Neg) else node
        whole = wanted is Written.WHOLE
        fits = type(inner) is exp.Literal and inner.is_string != whole
        if fits and whole:
            fits = len(inner.name) <= _DIGITS and inner.name.isdecimal()
        if fits and wanted is Written.FLAGS:
            fits = set(inner.name) <= set("cig")
        if not fits or (inner is not node and not whole):
            self._refuse(node, f"{self._quote(node)} stands where {wanted} is needed")
        literal = exp.Literal(this=inner.name, is_string=not whole)
        return literal if inner is node else exp.Neg(this=literal)

    # -- shared ------------------------------------------------------------------------------

    def _alike(
        self, nodes: Sequence[exp.Expr], depth: int, kind: Kind | None = None
    ) -> list[Checked]:
        """Check values that must be of one kind: texts or numbers."""
        first = self.check(nodes[0], depth, kind=kind)
        if first.kind is Kind.CONDITION:
            what = f"{self._quote(nodes[0])} is a condition, not a value to compare"
            self._refuse(nodes[0], what, "join conditions by AND, OR and NOT")
        return [first, *(self.check(node, depth, kind=first.kind) for node in nodes[1:])]

    def _only(self, node: exp.Expr, *keys: str) -> None:
        for key, value in node.args.items():
            if key not in keys and value:
                self._refuse(node, f"{_name(node)} can't be used in this way ({key})", READ)

    def _refuse(self, node: exp.Expr, message: str, hint: str = "") -> NoReturn:
        raise refusal(self._text, self._offset(node), message, hint)

    def _offset(self, node: exp.Expr) -> int:
        """Give where a node begins: the least position that its parts carry."""
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        return min(starts, default=0)

    def _quote(self, node: exp.Expr) -> str:
        """Give the piece of the text that a node stands for, as far as its parts tell."""
        spans = [part.meta for part in node.walk() if "start" in part.meta]
        if not spans:
            return "this"
        end = max(span["end"] for span in spans)
        return self._text[self._offset(node) : end + 1]


def _operand(node: exp.Expr) -> exp.Expr:
    """Put what is not a single value in parentheses, so that no precedence needs to be trusted."""
    return node if type(node) in _BARE else exp.Paren(this=node)


def _columns(parts: Sequence[Checked]) -> frozenset[str]:
    return frozenset[str]().union(*(part.columns for part in parts))


def _without_null(call: exp.Expr) -> exp.Expr:
    """Rewrite the functions that could give NULL: empty is the empty text."""
    empty = exp.Literal.string("")
    if isinstance(call, exp.Nullif):
        return exp.Coalesce(this=call, expressions=[empty])
    if isinstance(call, exp.Coalesce):
        values = [
            exp.Nullif(this=value, expression=empty) for value in [call.this, *call.expressions]
        ]
        return exp.Coalesce(this=values[0], expressions=[*values[1:], empty])
    return call


def _name(node: exp.Expr) -> str:
    """Name a node's class as a person would: `Null` is NULL."""
    names: dict[type[exp.Expr], str] = {
        exp.Null: "NULL",
        exp.Star: "*",
        exp.Tuple: "a list",
        exp.Sub: "a subtraction",
    }
    return names.get(type(node), f"this ({type(node).__name__})")


def _advice(found: Kind, needed: Kind) -> str:
    if Kind.CONDITION in {found, needed}:
        return "a condition compares something: account = 'IT'"
    return "a text stands in single quotes, a number does not"
