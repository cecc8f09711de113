"""Workbooks (XLSX, XLS, ODS) become records: the sheet that a layout fits, row by row."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.sources import apart
from truecost.sources.delimited import Record
from truecost.sources.header import TITLES, find_header
from truecost.sources.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.sources.header import Header

#: What the parts of a workbook may come to in bytes, and past what size how many times the file.
UNPACKED, LARGE, RATIO = 2 << 30, 256 << 20, 200
#: The parts that a workbook may have; sheets, drawings and the like.
PARTS = 20_000
_OLD = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PLAIN = "open the file, and save its table as CSV UTF-8"


@contextlib.contextmanager
def workbook(path: Path, name: str, source: Source) -> Iterator[Stream]:
    """Open a workbook at the sheet that the source names, or the first that fits a layout.

    Its numbers come as the shortest decimals, its dates as dates. Raise SourceError.
    """
    check(path, name)
    with apart.reading("truecost.sources.workbook_rows", [str(path), source.sheet], name) as other:
        yield _chosen(other, name, source)


def check(path: Path, name: str) -> None:
    """Raise SourceError for what is no workbook, is encrypted, or would unpack to too much."""
    try:
        with path.open("rb") as file:
            begin = file.read(len(_OLD))
        if begin == _OLD:
            if _ENCRYPTED in path.read_bytes():
                raise _refused(name, "the workbook is protected by a password", "save it without")
            return
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except OSError as error:
        raise _refused(name, f"the file can't be read: {error.strerror}", "") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        what = "this is no workbook, or it is cut short or damaged"
        hint = "a table of text belongs into a file named .csv; else ask for the file again"
        raise _refused(name, what, hint) from None
    if any(part.flag_bits & 1 for part in parts):
        raise _refused(name, "the workbook is protected by a password", "save it without")
    size = sum(part.file_size for part in parts)
    if len(parts) > PARTS or size > UNPACKED or (size > LARGE and size > RATIO * _size(path)):
        of_parts = f" in {len(parts):,} parts" if len(parts) > PARTS else ""
        what = f"the workbook unpacks to {size >> 20:,} MB{of_parts}, too much of it"
        raise _refused(name, what, _PLAIN)


def _size(path: Path) -> int:
    return path.stat().st_size


def _refused(name: str, what: str, hint: str) -> SourceError:
    return SourceError(Finding(Place(name), what, hint))


def _chosen(other: apart.Apart, name: str, source: Source) -> Stream:
    """Go through the sheets to the one whose header fits a layout."""
    first: SourceError | None = None
    passed: list[str] = []
    while (message := other.next())[0] == "sheet":
        sheet, height, others = message[1:]
        place = f"{name}:{sheet}"
        head = [Record(row, "", fields) for row, fields in other.next()]
        rows = iter(head)
        try:
            header = find_header(rows, source.layouts, place, "")
        except SourceError as error:
            first = first or error
            passed.append(sheet)
            other.tell("next")
            continue
        other.tell("rest")
        notes = []
        if passed or others:
            notes.append(f"other sheets, not read: {', '.join((*passed, *others))}")
        return _stream(other, place, name, header, height, notes)
    if message[0] == "missing":
        what = f'the workbook has no sheet "{source.sheet}"'
        raise _refused(name, what, f"sheets: {', '.join(message[1]) or 'none'}")
    raise first or _refused(name, "the workbook is empty", "ask for it again")


def _stream(
    other: apart.Apart, place: str, name: str, header: Header, height: int, notes: list[str]
) -> Stream:
    reached = 0
    wanted: Collection[int] = ()

    def want(columns: Collection[int]) -> None:
        nonlocal wanted
        wanted = frozenset(columns)

    def records() -> Iterator[Record]:
        nonlocal reached
        while isinstance((message := other.next())[0], int):
            reached, fields, faults = message
            if reached > header.line:
                reason = _doubt(faults, header.names, wanted) if faults else ""
                yield Record(reached, "", fields, doubt=reason)
        notes.extend(_notes(message[1], header.line))

    suffix = name.lower().rpartition(".")[2]
    return Stream(
        place, suffix, header, records(), lambda: reached / max(height, 1), notes, want, "rows"
    )


def _doubt(faults: dict[str, str], names: Sequence[str], wanted: Collection[int]) -> str:
    """Say which cells of use have no value that can be relied upon."""
    return "; ".join(
        f"{' '.join(names[int(column)].split())}: {fault}"
        for column, fault in faults.items()
        if int(column) in wanted
    )


def _notes(told: dict[str, Any], header: int) -> Iterator[str]:
    if told["rounded"]:
        yield f"binary numbers rounded at the twelfth decimal: {told['rounded']:,}"
    merged = sum(1 for first, last in told["merged"] if last > max(first, header))
    if merged:
        yield f"merged cells over several rows, of which only the first has the value: {merged:,}"


__all__ = ["TITLES", "check", "workbook"]
