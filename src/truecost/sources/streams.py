"""Files become records, whatever their format: the name's suffix says what reads them."""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.sources import delimited
from truecost.sources.header import Header, find_header
from truecost.sources.text import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.sources.delimited import Record

    IsRow = Callable[[Sequence[str]], bool]

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
COLUMNAR = (".parquet", ".pq")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
#: What a compressed file may unpack to, and past what size how many times its own.
UNPACKED, LARGE, RATIO = 2 << 30, 256 << 20, 100
_BLOCK = 1 << 20
_GZIP = 31  # zlib's window for gzip


@dataclass(slots=True)
class Stream:
    """A file as records, its header taken off.

    `name` is where its lines stand: the file, and in a workbook the sheet. `notes` grow while it is
    read; `done` gives the share of it that is read. `want` says which columns are of use, before
    the first record is taken; others may come empty. `typed` amounts are numbers in the file, not
    text that somebody wrote.
    """

    name: str
    encoding: str
    header: Header
    records: Iterator[Record]
    done: Callable[[], float]
    notes: list[str] = field(default_factory=list)
    want: Callable[[Collection[int]], None] = lambda _: None
    above: str = "lines"
    typed: bool = True


@contextlib.contextmanager
def opened(path: Path, name: str, source: Source, is_row: IsRow) -> Iterator[Stream]:
    """Open a file. Raise SourceError if it can't be read or has no header that fits a layout."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in WORKBOOKS:
        from truecost.sources.workbook import workbook  # noqa: PLC0415  few sources are

        with workbook(path, name, source) as stream:
            yield stream
    elif suffix in COLUMNAR:
        from truecost.sources.columnar import columnar  # noqa: PLC0415  few sources are

        with columnar(path, name, source) as stream:
            yield stream
    else:
        data = delimited.read_bytes(path, name)
        packed = PACKED.get(suffix)
        yield _text(_unpacked(data, name, *packed) if packed else data, name, source, is_row)


def _text(data: bytes, name: str, source: Source, is_row: IsRow) -> Stream:
    decoded = decode(data, name, source.encoding)
    text = decoded.text
    delimiter = source.delimiter or _delimiter(text, source, name)
    characters = 0

    def records() -> Iterator[Record]:
        nonlocal characters
        for record in delimited.records(text, delimiter, is_row):
            characters += len(record.text)
            yield record

    stream = records()
    header = find_header(stream, source.layouts, name, delimiter)
    notes = list(decoded.notes)
    if source.delimiter is None and delimiter != ",":
        notes.append(f"columns parted by: {DELIMITERS[delimiter]}")
    share = 1 / max(1, len(text))
    return Stream(
        name, decoded.encoding, header, stream, lambda: characters * share, notes, typed=False
    )


def _delimiter(text: str, source: Source, name: str) -> str:
    """Find the one delimiter by which the header fits a layout."""
    fitting = []
    widths = {}
    for delimiter in DELIMITERS:
        first = next((record.fields for record in delimited.records(text, delimiter)), [])
        widths[delimiter] = len(first)
        try:
            find_header(delimited.records(text, delimiter), source.layouts, name, delimiter)
        except SourceError:
            continue
        fitting.append(delimiter)
    if len(fitting) > 1:
        words = " and ".join(DELIMITERS[delimiter] for delimiter in fitting)
        what = f"the header fits a layout in more than one way: parted by {words}"
        raise SourceError(Finding(Place(name), what, 'declare one, as in  delimiter: ";"'))
    return fitting[0] if fitting else max(DELIMITERS, key=lambda each: widths[each])


def _unpacked(
    data: bytes, name: str, form: str, unpack: Callable[[bytes], Iterator[bytes]]
) -> bytes:
    """Unpack a file, or refuse it before it takes all memory."""
    parts = []
    total = 0
    for part in unpack(data):
        if not part:
            what = f"this is no {form} file, or it is cut short or damaged"
            raise SourceError(Finding(Place(name), what, "ask for the file again"))
        parts.append(part)
        total += len(part)
        if total > UNPACKED or (total > LARGE and total > RATIO * len(data)):
            what = f"the file unpacks to more than {total >> 20:,} MB"
            raise SourceError(Finding(Place(name), what, "unpack it yourself if that is right"))
    return b"".join(parts)


def _members(data: bytes) -> Iterator[bytes]:
    """Unpack the members of a gzip file block by block; an empty block where that fails."""
    rest = data or b"-"
    while rest:
        unpacking = zlib.decompressobj(_GZIP)
        while not unpacking.eof:
            try:
                part = unpacking.decompress(rest, _BLOCK)
            except zlib.error:
                yield b""
                return
            rest = unpacking.unconsumed_tail
            if part or not unpacking.eof:
                yield part
        rest = unpacking.unused_data.lstrip(b"\0")


def _frames(data: bytes) -> Iterator[bytes]:
    """Unpack a zstd file block by block; an empty block where that fails."""
    import pyarrow as pa  # noqa: PLC0415  few files are

    try:
        if not data:
            raise pa.ArrowInvalid("nothing is in it")
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            while part := stream.read(_BLOCK):
                yield part
    except (OSError, pa.ArrowException):
        yield b""


#: The packed forms by the name's end: what people call them, and what unpacks them.
PACKED: Mapping[str, tuple[str, Callable[[bytes], Iterator[bytes]]]] = {
    ".gz": ("gzip", _members),
    ".zst": ("zstd", _frames),
}
