"""Which layout a file has: the first one whose required columns its header has.

The header need not be the first line: titles above it are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from truecost.model.source_types import Layout
    from truecost.sources.delimited import Record

#: How many records may stand before the header.
TITLES = 30
_OTHER_DELIMITERS = {";": '";"', "\t": '"\\t"', "|": '"|"', ",": '","'}
_LISTED = 30


@dataclass(frozen=True, slots=True)
class Header:
    """A file's header: its layout (from 1), its line, how many columns, which is which.

    `positions` gives the place (from 0) of each column of ours that the file has; `names` are those
    of the file.
    """

    layout: int
    line: int
    width: int
    positions: Mapping[str, int]
    names: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class _Match:
    layout: int
    missing: tuple[str, ...]
    found: int
    record: Record


def find_header(
    records: Iterator[Record], layouts: Sequence[Layout], file: str, delimiter: str
) -> Header:
    """Take records up to the header. Raise SourceError, with the nearest layout, if there is none.

    Names are compared without regard to case and to blanks around or between words. A mapped name
    that stands in two columns is refused.
    """
    nearest: _Match | None = None
    first: Record | None = None
    for record in islice(records, TITLES):
        names = [_folded(field) for field in record.fields]
        if not any(names):
            continue
        first = first or record
        for number, layout in enumerate(layouts, 1):
            match = _match(number, layout, names, record)
            if not match.missing:
                return _header(match, layout, names, file)
            if nearest is None or match.found > nearest.found:
                nearest = match
    if first is None or nearest is None:
        raise SourceError(Finding(Place(file), "the file is empty", "ask for it again"))
    raise SourceError(_no_header(nearest, layouts, first, file, delimiter))


def _folded(name: str) -> str:
    return " ".join(name.removeprefix("\ufeff").split()).casefold()


def _match(number: int, layout: Layout, names: Sequence[str], record: Record) -> _Match:
    required = [header for header, optional in layout.columns.values() if not optional]
    missing = tuple(header for header in required if _folded(header) not in names)
    return _Match(number, missing, len(required) - len(missing), record)


def _header(match: _Match, layout: Layout, names: Sequence[str], file: str) -> Header:
    positions = {}
    for column, (header, _) in layout.columns.items():
        folded = _folded(header)
        if names.count(folded) > 1:
            what = f'the header has "{header}" {names.count(folded)} times'
            hint = f"rename one of them: which one is the {column} can't be guessed"
            raise SourceError(Finding(Place(file, match.record.line), what, hint))
        if folded in names:
            positions[column] = names.index(folded)
    own = tuple(match.record.fields)
    return Header(match.layout, match.record.line, len(names), positions, own)


def _no_header(
    nearest: _Match, layouts: Sequence[Layout], first: Record, file: str, delimiter: str
) -> Finding:
    record = nearest.record if nearest.found else first
    layout = layouts[nearest.layout - 1]
    columns = ", ".join(f'"{header}"' for header in nearest.missing)
    which = f"layout {nearest.layout}" if len(layouts) > 1 else "the layout"
    has = ", ".join(" ".join(field.split()) for field in record.fields[:_LISTED])
    detail = [
        f"nearest is {which} ({layout.place}), which needs {columns} too",
        f"the file has: {has}",
    ]
    hint = (
        layout.hint
        or "add a layout for this file under  layouts:  or mark columns that may be absent with ?"
    )
    if not nearest.found:
        detail = [f"{which} ({layout.place}) needs {columns}", f"the file begins: {has}"]
    if len(record.fields) == 1:
        other = max(_OTHER_DELIMITERS, key=record.text.count)
        if other != delimiter and record.text.count(other):
            hint = (
                f"it looks parted by another sign; declare  delimiter: {_OTHER_DELIMITERS[other]}"
            )
    place = Place(file, record.line)
    return Finding(place, "no layout fits the header of this file", hint, tuple(detail))
