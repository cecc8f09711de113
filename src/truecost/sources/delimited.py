"""Text becomes records: CSV with true line numbers, in which an open quote can't hide rows.

Python's csv module reads on through an open quote, to the next quote or the end of the file. Here
such a record is given up at its first line, which is told, and reading goes on at the second.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.sources.text import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LISTED = 20


class Record(NamedTuple):
    """A record: its first line (from 1), its text as it stands in the file, its fields.

    `reason` is empty, or says why the line could not be taken apart; then `fields` is empty.
    `doubt` says that a field has no value to rely upon, as in a spreadsheet's cell in error. Where
    a format has no text of its own, `text` is empty.
    """

    line: int
    text: str
    fields: list[str]
    reason: str = ""
    doubt: str = ""

    @property
    def shown(self) -> str:
        """The record as a person is shown it."""
        return self.text or ", ".join(self.fields)


class Table(NamedTuple):
    """A small file read whole: the names of its columns, and its rows with their first lines."""

    header: tuple[str, ...]
    header_line: int
    rows: list[tuple[int, tuple[str, ...]]]


class _Lines:
    """The lines of a text, of which some may be taken again."""

    def __init__(self, text: str) -> None:
        self._fresh = (match.group() for match in _LINE.finditer(text))
        self._again: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._fresh)
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """Give back all lines that were taken but the first."""
        self._again.extend(reversed(self.taken[1:]))
        del self.taken[1:]


def records(
    text: str, delimiter: str, is_row: Callable[[Sequence[str]], bool] | None = None
) -> Iterator[Record]:
    """Give the records of a text. Blanks between a delimiter and a quote are passed over.

    `is_row` says of the fields of a single line whether they are a row by themselves. A quoted
    field that runs over such a line is an open quote.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    number = 1
    while True:
        lines.taken = []
        reason = ""
        fields: list[str] = []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = _reason(str(error), len(lines.taken))
        if len(lines.taken) > 1 and is_row and not reason:
            swallowed = _swallowed(lines.taken[1:], delimiter, is_row, whole=is_row(fields))
            if swallowed:
                reason = (
                    "a quote opened here is not closed: it runs over the row in line"
                    f" {number + swallowed}"
                )
        if reason:
            lines.give_back()
            fields = []
        yield Record(number, "".join(lines.taken), fields, reason)
        number += len(lines.taken)


def _swallowed(
    lines: Sequence[str],
    delimiter: str,
    is_row: Callable[[Sequence[str]], bool],
    *,
    whole: bool,
) -> int:
    """Give which of the lines after a record's first one (from 1) is a row by itself, or 0.

    Where the record as a `whole` is a row, its last line may be the end of its first field.
    """
    for number, line in enumerate(lines, 1):
        try:
            alone = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            continue
        if is_row(alone) and not (whole and number == len(lines) and '"' in alone[0]):
            return number
    return 0


def _reason(error: str, lines: int) -> str:
    if "field limit" in error:
        return f"a field has more than {csv.field_size_limit():,} characters: is a quote left open?"
    if "unexpected end" in error:
        return "a quote opened here is not closed"
    if lines > 1:
        return "a quote opened here is not closed on this line, and not before the next quote"
    return 'a quote stands inside a quoted field: write it twice ("")'


def is_blank(fields: Sequence[str]) -> bool:
    """Say whether no field holds anything."""
    return not any(field and not field.isspace() for field in fields)


def fitted(fields: list[str], width: int) -> list[str] | None:
    """Give the fields of a row of `width` columns, or None where there are more or fewer.

    Empty fields past the last column are left out.
    """
    if len(fields) == width:
        return fields
    if len(fields) > width and is_blank(fields[width:]):
        return fields[:width]
    return None


def ragged(found: int, width: int) -> str:
    """Say that a row has another number of fields than the header."""
    return f"the row has {found} field{'' if found == 1 else 's'}, the header {width}"


def read_table(
    path: Path, name: str, *, delimiter: str = ",", encoding: str | None = None
) -> Table:
    """Read a small CSV file whose first record is its header; all fields are trimmed.

    `name` is the file as a person knows it. Blank rows are left out. Raise SourceError for a file
    that can't be read, with every line that is at fault.
    """
    text = decode(read_bytes(path, name), name, encoding).text
    header: Record | None = None
    rows = []
    findings = []
    for record in records(text, delimiter):
        if record.reason:
            findings.append(Finding(Place(name, record.line), record.reason))
        elif is_blank(record.fields):
            continue
        elif header is None:
            header = record
        elif (fields := fitted(record.fields, len(header.fields))) is None:
            what = ragged(len(record.fields), len(header.fields))
            findings.append(Finding(Place(name, record.line), what))
        else:
            rows.append((record.line, tuple(field.strip() for field in fields)))
    if header is None and not findings:
        findings.append(Finding(Place(name), "the file is empty"))
    if header is None or findings:
        raise SourceError(findings[:_LISTED])
    return Table(tuple(field.strip() for field in header.fields), header.line, rows)


def read_bytes(path: Path, name: str) -> bytes:
    """Read a file whole. Raise SourceError, with the file as a person knows it."""
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"the file can't be read: {error.strerror}"
        raise SourceError(Finding(Place(name), what)) from error
