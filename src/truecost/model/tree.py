"""What an analyst wrote, as text, lists and tables that know their place in the file.

Every scalar stays text: `007`, `NO`, `1:30` and `1e3` mean what they say. A `Text` is a `str`, an
`Items` a `list` and a `Table` a `dict`, so that whoever needs no place can forget that they have
one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from truecost.kernel.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_WHITE = " \t\r\n"
_HEX_ESCAPES = {"x": 4, "u": 6, "U": 10}


class Text(str):
    """A scalar: its value, its place, and how it was written, so that any letter can be found.

    `source` is the whole file, `start` where the scalar begins in it, `style` its YAML style:
    `'`, `"`, `|`, `>` or empty for plain.
    """

    __slots__ = ("place", "source", "start", "style")

    def __new__(
        cls, value: str, place: Place, source: str = "", start: int = 0, style: str = ""
    ) -> Self:
        """Make a text of its value, and of where and how it was written."""
        made = super().__new__(cls, value)
        made.place = place
        made.source = source
        made.start = start
        made.style = style
        return made

    place: Place
    source: str
    start: int
    style: str

    def at(self, line: int, column: int) -> Place:
        """Give the place in the file of a position in the value; both count from 1.

        Quotes, escapes, folded lines and indentation are followed; white space that YAML folds
        has the place of what it was folded from.
        """
        before = self.split("\n")[: max(line, 1) - 1]
        wanted = sum(len(row) + 1 for row in before) + max(column, 1) - 1
        head = self.source[self.start : self._written(wanted)]
        breaks = list(_BREAK.finditer(head))
        if not breaks:
            return Place(self.place.file, self.place.line, self.place.column + len(head))
        last = len(head) - breaks[-1].end()
        return Place(self.place.file, self.place.line + len(breaks), last + 1)

    @property
    def before_comment(self) -> bool:
        """Whether a comment, perhaps unmeant, ends the line of a text without quotes."""
        end = self._written(len(self))
        return not self.style and self.source[end:].lstrip(" \t").startswith("#")

    def _written(self, wanted: int) -> int:
        """Give where in `source` the letter number `wanted` of the value stands."""
        after = self.start
        if self.style in ("'", '"'):
            after += 1
        elif self.style:
            after = self.source.find("\n", after) + 1
        for index, letter in enumerate(self):
            begin, after = self._next(letter, after)
            if index == wanted:
                return begin
        return after

    def _next(self, letter: str, at: int) -> tuple[int, int]:
        """Give where `letter` begins and ends in `source`, at or after `at`."""
        source = self.source
        if letter not in _WHITE:
            at = _past_white(source, at)
        if self.style == '"':
            while source.startswith(("\\\n", "\\\r"), at):
                at = _past_white(source, at + 1)
            if source.startswith("\\", at):
                return at, at + _HEX_ESCAPES.get(source[at + 1 : at + 2], 2)
        if self.style == "'" and letter == "'":
            return at, at + 2
        if letter in _WHITE and not source.startswith(letter, at):
            return at, at
        return at, min(at + 1, len(source))


class Refused(Text):
    """Stands for a value that was refused already: nothing more is to be said about it."""

    __slots__ = ()


def _past_white(source: str, at: int) -> int:
    while at < len(source) and source[at] in _WHITE:
        at += 1
    return at


class Items(list["Node"]):
    """A list, in the order written."""

    def __init__(self, entries: Iterable[Node], place: Place) -> None:
        super().__init__(entries)
        self.place = place


class Table(dict[Text, "Node"]):
    """Keys and values, in the order written; every key is a `Text` with its own place."""

    def __init__(self, entries: Iterable[tuple[Text, Node]], place: Place) -> None:
        super().__init__(entries)
        self.place = place

    def key(self, name: str) -> Text | None:
        """Give a key as it was written, with its place."""
        return next((key for key in self if key == name), None)

    def value(self, name: str) -> Node | None:
        """Give the value of a key, None where the key is not there."""
        key = self.key(name)
        return None if key is None else self[key]

    def emptied(self, name: str) -> Table:
        """Give the same table with the list or table under one key empty."""
        return Table(
            (
                (key, type(node)((), node.place))
                if key == name and not isinstance(node, Text)
                else (key, node)
                for key, node in self.items()
            ),
            self.place,
        )


Node = Text | Items | Table
