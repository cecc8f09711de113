"""The functions that may be called, each with its arguments by the parser's class for it.

Patterns, positions and the like must be written out, not computed: they are checked once, when the
rule is read, and can't fail on some later line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp


class Kind(StrEnum):
    """What a value is; the text is how an error names it."""

    TEXT = "a text"
    NUMBER = "a number"
    CONDITION = "a condition"


class Written(StrEnum):
    """What must be written out rather than computed; the text is how an error names it."""

    TEXT = "a text in single quotes"
    WHOLE = "a whole number"
    FLAGS = "a text of the letters c, i, g"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument: its key in the parser's node, and what it takes. `many` is a list of them."""

    key: str
    takes: Kind | Written
    required: bool = True
    many: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its names, its arguments in order, what it gives.

    `settings` are the marks that the parser itself puts on the node. A function `with_pattern` has
    a regular expression as its second argument.
    """

    names: tuple[str, ...]
    arguments: tuple[Argument, ...]
    gives: Kind = Kind.TEXT
    settings: frozenset[str] = frozenset()
    with_pattern: bool = False


_THIS = Argument("this", Kind.TEXT)
_OTHER = Argument("expression", Kind.TEXT)
_PATTERN = Argument("expression", Written.TEXT)

FUNCTIONS: dict[type[exp.Expr], Function] = {
    exp.Upper: Function(("upper",), (_THIS,)),
    exp.Lower: Function(("lower",), (_THIS,)),
    exp.Trim: Function(
        ("trim", "ltrim", "rtrim"),
        (_THIS, Argument("expression", Written.TEXT, required=False)),
        settings=frozenset({"position"}),
    ),
    exp.Replace: Function(("replace",), (_THIS, _PATTERN, Argument("replacement", Written.TEXT))),
    exp.Substring: Function(
        ("substr", "substring"),
        (
            _THIS,
            Argument("start", Written.WHOLE),
            Argument("length", Written.WHOLE, required=False),
        ),
    ),
    exp.Left: Function(("left",), (_THIS, Argument("expression", Written.WHOLE))),
    exp.Right: Function(("right",), (_THIS, Argument("expression", Written.WHOLE))),
    exp.SplitPart: Function(
        ("split_part",),
        (_THIS, Argument("delimiter", Written.TEXT), Argument("part_index", Written.WHOLE)),
    ),
    exp.Concat: Function(
        ("concat",),
        (Argument("expressions", Kind.TEXT, many=True),),
        settings=frozenset({"safe", "coalesce"}),
    ),
    exp.Coalesce: Function(
        ("coalesce",), (_THIS, Argument("expressions", Kind.TEXT, required=False, many=True))
    ),
    exp.Nullif: Function(("nullif",), (_THIS, _OTHER)),
    exp.RegexpReplace: Function(
        ("regexp_replace",),
        (
            _THIS,
            _PATTERN,
            Argument("replacement", Written.TEXT),
            Argument("modifiers", Written.FLAGS, required=False),
        ),
        settings=frozenset({"single_replace"}),
        with_pattern=True,
    ),
    exp.RegexpExtract: Function(
        ("regexp_extract",),
        (_THIS, _PATTERN, Argument("group", Written.WHOLE, required=False)),
        settings=frozenset({"null_if_pos_overflow"}),
        with_pattern=True,
    ),
    exp.RegexpLike: Function(
        ("regexp_matches",),
        (_THIS, _PATTERN, Argument("flag", Written.FLAGS, required=False)),
        Kind.CONDITION,
        with_pattern=True,
    ),
    exp.StartsWith: Function(("starts_with",), (_THIS, _OTHER), Kind.CONDITION),
    exp.EndsWith: Function(("ends_with",), (_THIS, _OTHER), Kind.CONDITION),
    exp.Contains: Function(("contains",), (_THIS, _OTHER), Kind.CONDITION),
    exp.Length: Function(("length",), (_THIS,), Kind.NUMBER),
    exp.Abs: Function(("abs",), (Argument("this", Kind.NUMBER),), Kind.NUMBER),
}

NAMES = frozenset(name for function in FUNCTIONS.values() for name in function.names)
