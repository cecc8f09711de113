"""One YAML file, bytes to a tree of text with places, or everything that is wrong with it.

The format is YAML without its surprises: no implicit types, no key twice, no anchors, aliases or
tags (so nothing can swell), one document, and bounded depth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from truecost.kernel.findings import Finding, Place
from truecost.model.tree import Items, Node, Refused, Table, Text

DEPTH = 32
# libyaml only: the parser in Python reads less, such as a ? before a brace
_LOADER: Any = yaml.CBaseLoader
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})*")
_NEXT_THOUSAND = re.compile(r"\d{3}(\.\d+)?")
#: Where a value begins in a line, and texts of an expression, which may hold anything.
_VALUE = re.compile(r"""(?<=\w):\s+""")
_IN_QUOTES = re.compile("'[^']*'")
_WHOLE = """put double quotes around the whole expression: where: "vendor IN ('A', 'B')\""""
_PROBLEMS = {
    "mapping values": (
        'a ":" stands where no key can be',
        "check the indentation; a text that holds a colon and a space needs quotes",
    ),
    "cannot start any token": (
        "this character can't begin a value",
        "indent with spaces, not tabs; a text that begins with % @ or ` needs quotes",
    ),
    "expected ',' or '}'": ("a { is not closed, or a comma is missing", ""),
    "expected ',' or ']'": ("a [ is not closed, or a comma is missing", ""),
    "unexpected end of stream": ("a quote is opened but not closed", ""),
    "could not find expected ':'": ('a ":" is missing after a key', ""),
    "expected key": (
        "this does not fit what stands above it",
        "check the indentation; a text that begins with a quote mark needs quotes around all of it",
    ),
    "expected '-' indicator": (
        "this does not fit the list above it",
        'check the indentation; an entry of a list begins with "- "',
    ),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file read: `root` is None for an empty or broken one, and `broken` says which."""

    root: Node | None
    findings: tuple[Finding, ...] = ()
    broken: bool = False


class _Stop(Exception):  # noqa: N818 - ends the reading of a file; its finding is already noted
    pass


def parse(data: bytes, file: str) -> Parsed:
    """Read one file, UTF-8 with or without a byte order mark; `file` names it in places."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        what = f"byte 0x{data[error.start]:02x} is not UTF-8"
        hint = "save the file as UTF-8"
        return Parsed(None, (Finding(_place(file, before), what, hint),), broken=True)
    found = _UNPRINTABLE.search(text)
    if found:
        what = f"the control character U+{ord(found[0]):04X} can't stand in this file"
        place = _place(file, text[: found.start()])
        return Parsed(None, (Finding(place, what, "delete it"),), broken=True)
    composer = _Composer(text, file)
    try:
        root = composer.document()
    except _Stop:
        return Parsed(None, tuple(composer.findings), broken=True)
    except yaml.YAMLError as error:
        composer.findings.append(_cut_off(error, file, text) or _syntax(error, file))
        return Parsed(None, tuple(composer.findings), broken=True)
    return Parsed(root, tuple(composer.findings))


def _place(file: str, before: str) -> Place:
    """Give the place after a beginning of the file."""
    lines = re.split("\r\n|[\r\n]", before)
    return Place(file, len(lines), len(lines[-1]) + 1)


def _cut_off(error: yaml.YAMLError, file: str, text: str) -> Finding | None:
    """Say that a value inside { } or [ ] was cut off at its comma; None where it was not.

    What stands before the fault is a value that opens more parentheses than it closes, or that
    goes on after a quotation mark.
    """
    mark: Any = getattr(error, "problem_mark", None)
    if not mark or "expected ',' or " not in str(getattr(error, "problem", "")):
        return None
    lines = text[: mark.index].splitlines(keepends=True)
    line = lines[-1] if lines else ""
    values = list(_VALUE.finditer(line))
    if not values:
        return None
    value = line[values[-1].end() :]
    if not _is_cut(value) and not (value.startswith(("'", '"')) and value.strip("'\"")):
        return None
    place = Place(file, mark.line + 1, values[-1].end() + 1)
    return Finding(place, f"this value ends too early: {value.strip()}", _WHOLE)


def _is_cut(value: str) -> bool:
    bare = _IN_QUOTES.sub("", value)
    return bare.count("(") > bare.count(")")


def _syntax(error: yaml.YAMLError, file: str) -> Finding:
    mark: Any = getattr(error, "problem_mark", None)
    began: Any = getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    what, hint = f"this is not YAML: {problem}", ""
    for part, told in _PROBLEMS.items():
        if part in problem:
            what, hint = told
            break
    detail: tuple[str, ...] = ()
    if began and mark and began.line != mark.line:
        detail = (f"in what begins in line {began.line + 1}",)
    return Finding(place, what, hint, detail)


class _Composer:
    """Puts the parser's events together, noting what the format does not allow."""

    def __init__(self, text: str, file: str) -> None:
        self.findings: list[Finding] = []
        self._text = text
        self._file = file
        self._loader = _LOADER(text)

    def document(self) -> Node | None:
        """Read the only document; None when there is nothing in it."""
        self._event()
        if isinstance(self._event(), yaml.StreamEndEvent):
            return None
        first = self._event()
        if isinstance(first, yaml.ScalarEvent) and first.value == "" and not first.style:
            root = None
        else:
            root = self._node(first, 0)
        self._event()
        more = self._event()
        if not isinstance(more, yaml.StreamEndEvent):
            self._note(more, "a second document begins here", "keep one per file; delete the ---")
        return root

    def _event(self) -> Any:
        return self._loader.get_event()

    def _at(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _note(self, event: Any, what: str, hint: str) -> None:
        self.findings.append(Finding(self._at(event), what, hint))

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEPTH:
            self._note(event, f"nested more than {DEPTH} deep", "lay it out flatter")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"the alias *{event.anchor} can't be used here", "write it out")
            return Refused("", self._at(event))
        if event.anchor is not None:
            self._note(event, f"the anchor &{event.anchor} can't be used here", "write it out")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note(event, f"the tag {tag} can't be used here", "all values are text")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        place = self._at(event)
        if isinstance(event, yaml.SequenceStartEvent):
            entries = []
            while not isinstance(entry := self._event(), yaml.SequenceEndEvent):
                entries.append(self._node(entry, depth + 1))
            return Items(entries, place)
        return Table(self._pairs(depth, flow=bool(event.flow_style)).items(), place)

    def _scalar(self, event: Any) -> Text:
        start = event.start_mark.index
        return Text(event.value, self._at(event), self._text, start, event.style or "")

    def _pairs(self, depth: int, *, flow: bool) -> dict[Text, Node]:
        pairs: dict[Text, Node] = {}
        last: Text | None = None
        end = 0
        while not isinstance(event := self._event(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            entry = self._event()
            value = self._node(entry, depth + 1)
            if flow and last is not None and self._is_rest_of_number(pairs[last], end, key, value):
                number = f"{pairs[last]},{key}"
                whole: Any = pairs[last]
                pairs[last] = Text(number, whole.place, self._text, whole.start)
                end = event.end_mark.index
                continue
            if flow and last is not None and _goes_on(pairs[last], key, value):
                cut: Any = pairs[last]
                if not isinstance(cut, Refused):
                    what = f"a comma cuts this value off: {cut}"
                    self.findings.append(Finding(cut.place, what, _WHOLE))
                pairs[last] = Refused(f"{cut}, {key}", cut.place)
                continue
            if not isinstance(key, Text):
                self._note(event, "a key must be text", "quote it if it begins with { or [")
                last = None
                continue
            if key in pairs:
                first = next(known for known in pairs if known == key)
                what = f'the key "{key}" is here twice, first in line {first.place.line}'
                self._note(event, what, "keep one of the two")
                last = None
                continue
            pairs[key] = value
            last, end = key, entry.end_mark.index
        return pairs

    def _is_rest_of_number(self, before: Node, end: int, key: Node, value: Node) -> bool:
        """Say whether `key` continues a number: `{ up_to: 10,000.00 }` is read by YAML as two keys.

        It is one number exactly when no space follows the comma and the second key has no value,
        which no key of the format may.
        """
        return (
            isinstance(before, Text) and isinstance(key, Text) and isinstance(value, Text)
            and not (before.style or key.style or value.style or value)
            and key.start == end + 1
            and self._text[end : end + 1] == ","
            and _THOUSANDS.fullmatch(before) is not None
            and _NEXT_THOUSAND.fullmatch(key) is not None
        )  # fmt: skip


def _goes_on(before: Node, key: Node, value: Node) -> bool:
    """Say whether `key` is the rest of an expression that a comma cut off: it has no value."""
    return (
        isinstance(before, Text) and isinstance(key, Text) and isinstance(value, Text)
        and not (before.style or key.style or value.style or value)
        and _is_cut(before)
    )  # fmt: skip
