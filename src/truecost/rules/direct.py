"""Conditions answered without a database: comparisons of texts, joined by AND, OR and NOT.

To put a few texts through a hundred rules, DuckDB takes longer to plan than to answer. What is read
here is the canonical SQL of a checked predicate (`Predicate.sql`); whatever is not listed below is
left to DuckDB, which stays the reference: the two never differ on what both answer.

    = <> < <= > >=    of columns and texts: by code points, which is the order of UTF-8's bytes
    IN, BETWEEN, LIKE without ESCAPE, starts_with, ends_with, contains, TRUE, FALSE

Of most conditions one can say beforehand which texts of a column they need (`Direct.needs`): so a
line's texts find the few conditions that may hold, and the others are not asked.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.rules.predicate import SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    #: Says of a line's texts, by column, whether the condition holds.
    Condition = Callable[[Mapping[str, str]], bool]
    _Value = Callable[[Mapping[str, str]], str]
    #: A column, and what its text must be (None) or begin with (so many characters).
    Need = tuple[str, int | None, str]

_SOURCE = f"(GETVARIABLE('{SOURCE}'))"
_TOKEN = re.compile(
    rf""" *(?:(?P<source>{re.escape(_SOURCE)})|(?P<text>'(?:[^']|'')*')"""
    r"""|(?P<column>"(?:[^"]|"")+")|(?P<word>[A-Z_]+)|(?P<sign><>|<=|>=|[=<>(),]))"""
)
_SIGNS = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip
#: With more of % beside _, a text might be tried again and again.
_MANY = 2
_CALLS = {"STARTS_WITH": str.startswith, "ENDS_WITH": str.endswith, "CONTAINS": str.__contains__}


class _UnreadError(Exception):
    """This is for DuckDB."""


@dataclass(frozen=True, slots=True)
class Direct:
    """What answers a condition, asked with the text of its columns, and of `SOURCE`.

    It holds only where one of its `needs` is met (None: anywhere). Where it is `sure`, it holds
    wherever that is so, and need not be asked.
    """

    holds: Condition
    needs: frozenset[Need] | None = None
    sure: bool = False


def direct(sql: str) -> Direct | None:
    """Give what answers a condition, or None where that is left to DuckDB."""
    try:
        return _Reader(sql).whole()
    except (_UnreadError, RecursionError):
        return None


class _Reader:
    """Reads canonical SQL, in which every operand that is not a single value has parentheses."""

    def __init__(self, sql: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(sql):
            found = _TOKEN.match(sql, at)
            if found is None or found.lastgroup is None:
                raise _UnreadError
            kind, word = found.lastgroup, found[found.lastgroup]
            self._tokens.append(("column", f'"{SOURCE}"') if kind == "source" else (kind, word))
            at = found.end()
        self._tokens.append(("end", ""))
        self._next = 0

    def whole(self) -> Direct:
        """Read all of it."""
        found = self._condition()
        if self._tokens[self._next][0] != "end":
            raise _UnreadError
        return found

    def _condition(self) -> Direct:
        parts = [self._part()]
        joint = self._tokens[self._next]
        if joint not in {("word", "AND"), ("word", "OR")}:
            return parts[0]
        while self._took(*joint):
            parts.append(self._part())
        if self._tokens[self._next][0] == "word":  # AND beside OR, or what is not known here
            raise _UnreadError
        condition, *others = parts
        for other in others:
            condition = (_both if joint == ("word", "AND") else _either)(condition, other)
        return condition

    def _part(self) -> Direct:
        kind, word = self._tokens[self._next]
        if self._took("sign", "("):
            inner = self._condition()
            self._need("sign", ")")
            return inner
        if self._took("word", "NOT"):
            if self._tokens[self._next][0] in {"column", "text"}:
                raise _UnreadError
            holds = self._part().holds
            return Direct(lambda line: not holds(line))
        if self._took("word", "TRUE"):
            return Direct(lambda _line: True, sure=True)
        if self._took("word", "FALSE"):
            return Direct(lambda _line: False, frozenset())
        if kind == "word" and word in _CALLS:
            return self._call(word)
        return self._comparison()

    def _call(self, word: str) -> Direct:
        self._next += 1
        self._need("sign", "(")
        column = self._column()
        self._need("sign", ",")
        text = self._text()
        self._need("sign", ")")
        holds = _CALLS[word]
        needs = frozenset({(column, len(text), text)}) if word == "STARTS_WITH" else None
        return Direct(lambda line: holds(line[column], text), needs, sure=needs is not None)

    def _comparison(self) -> Direct:
        if self._tokens[self._next][0] == "column":
            column = self._column()
            if self._took("word", "LIKE"):
                return _liked(column, self._text())
            if self._took("word", "IN"):
                listed = self._list()
                needs = frozenset((column, None, text) for text in listed)
                return Direct(lambda line: line[column] in listed, needs, sure=True)
            if self._took("word", "BETWEEN"):
                low = self._text()
                self._need("word", "AND")
                high = self._text()
                return Direct(lambda line: low <= line[column] <= high)
            kind, sign = self._tokens[self._next]
            if kind == "sign" and sign in _SIGNS and self._tokens[self._next + 1][0] == "text":
                self._next += 1
                return _compared(column, sign, self._text())
            self._next -= 1
        left = self._value()
        kind, sign = self._tokens[self._next]
        if kind != "sign" or sign not in _SIGNS:
            raise _UnreadError
        self._next += 1
        right, compare = self._value(), _SIGNS[sign]
        return Direct(lambda line: bool(compare(left(line), right(line))))

    def _list(self) -> frozenset[str]:
        self._need("sign", "(")
        found = [self._text()]
        while self._took("sign", ","):
            found.append(self._text())
        self._need("sign", ")")
        return frozenset(found)

    def _value(self) -> _Value:
        if self._tokens[self._next][0] == "column":
            column = self._column()
            return lambda line: line[column]
        text = self._text()
        return lambda _line: text

    def _column(self) -> str:
        return self._quoted("column", '"')

    def _text(self) -> str:
        return self._quoted("text", "'")

    def _quoted(self, wanted: str, quote: str) -> str:
        kind, text = self._tokens[self._next]
        if kind != wanted:
            raise _UnreadError
        self._next += 1
        return text[1:-1].replace(quote * 2, quote)

    def _took(self, *token: str) -> bool:
        if self._tokens[self._next] != token:
            return False
        self._next += 1
        return True

    def _need(self, *token: str) -> None:
        if not self._took(*token):
            raise _UnreadError


def _both(one: Direct, other: Direct) -> Direct:
    first, second = one.holds, other.holds
    told = [each.needs for each in (one, other) if each.needs is not None]
    needs = min(told, key=_how_many) if told else None
    return Direct(lambda line: first(line) and second(line), needs)


def _either(one: Direct, other: Direct) -> Direct:
    first, second = one.holds, other.holds
    if one.needs is None or other.needs is None:
        return Direct(lambda line: first(line) or second(line))
    return Direct(
        lambda line: first(line) or second(line), one.needs | other.needs, one.sure and other.sure
    )


def _how_many(needs: frozenset[Need]) -> tuple[int, int]:
    """Guess how many lines needs let through: whole texts few, short beginnings many."""
    return max((0 if size is None else 1, -len(text)) for _, size, text in needs or [("", 0, "")])


def _compared(column: str, sign: str, text: str) -> Direct:
    """Compare a column with a text, which most rules do."""
    if sign == "=":
        needs = frozenset({(column, None, text)})
        return Direct(lambda line: line[column] == text, needs, sure=True)
    compare = _SIGNS[sign]
    return Direct(lambda line: bool(compare(line[column], text)))


def _liked(column: str, pattern: str) -> Direct:
    like = _like(pattern)
    first = re.split("[%_]", pattern, maxsplit=1)[0]
    rest = pattern[len(first) :]
    needs = frozenset({(column, len(first) if rest else None, first)})
    return Direct(lambda line: like(line[column]), needs, sure=rest in {"", "%"})


def _like(pattern: str) -> Callable[[str], bool]:
    """Give what says whether a text is like a pattern: % is any text, _ one character."""
    first, *others = pattern.split("%")
    if "_" in pattern:
        if len(others) > _MANY:
            raise _UnreadError
        signs = {"%": ".*", "_": "."}
        written = "".join(signs.get(sign) or re.escape(sign) for sign in pattern)
        matches = re.compile(written, re.DOTALL).fullmatch
        return lambda text: matches(text) is not None
    if not others:
        return lambda text: text == pattern
    if others == [""]:
        return lambda text: text.startswith(first)
    *middle, last = others
    least = len(first) + len(last)

    def like(text: str) -> bool:
        if len(text) < least or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return like
