"""Bytes become text: the encoding found or as declared, and what was done, said."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from truecost.kernel.findings import Finding, Place, SourceError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip file or an Excel workbook", "a workbook's name must end in .xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "its name must end in .xls"),
    (b"%PDF", "a PDF", "ask for the table itself, as CSV"),
    (b"PAR1", "a Parquet file", "its name must end in .parquet"),
    (b"\x1f\x8b", "a compressed file", "its name must end in .csv.gz"),
    (b"\x28\xb5\x2f\xfd", "a compressed file", "its name must end in .csv.zst"),
)
_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
#: Past this share of NULs or control characters a file is not text with a few strayed in.
_MANY = 0.05
_BINARY = re.compile("[\x01-\x08\x0e-\x1f]")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, the encoding that it was in, and what was out of the ordinary."""

    text: str
    encoding: str
    notes: tuple[str, ...]


def decode(data: bytes, file: str, declared: str | None = None) -> Decoded:
    """Turn a file's bytes into text.

    A declared encoding is obeyed; else a byte order mark, else UTF-8, else cp1252, in which every
    byte means something: the five that it leaves undefined become the control characters of the
    same number, as in web browsers. NULs are removed. Raise SourceError for what is not text.
    """
    for magic, kind, hint in _OTHER_KINDS:
        if data.startswith(magic):
            raise SourceError(Finding(Place(file), f"this is {kind}, not a CSV file", hint))
    if _PAGE.match(data):
        hint = "download the file itself; the page may say that you must sign in"
        raise SourceError(Finding(Place(file), "this is a web page, not a CSV file", hint))
    encoding, text = _declared(data, file, declared) if declared else _found(data, file)
    notes = []
    if nuls := text.count("\0"):
        if nuls > len(text) * _MANY:
            what = "this is not text: too many NUL characters"
            hint = "if it is UTF-16 without a byte order mark, declare  encoding: utf-16-le"
            raise SourceError(Finding(Place(file), what, hint))
        notes.append(f"NUL characters removed: {nuls}")
        text = text.replace("\0", "")
    if surrogate := _SURROGATE.search(text):
        place = Place(file, _line(text, surrogate.start()))
        raise SourceError(Finding(place, f"this is no {encoding} text: half a character"))
    if controls := _CONTROLS.findall(text):
        if len(_BINARY.findall(text)) > len(text) * _MANY:
            what = "this is not text: too many control characters"
            raise SourceError(Finding(Place(file), what, "only CSV files can be read as a ledger"))
        kinds = ", ".join(f"U+{ord(kind):04X}" for kind in sorted(set(controls)))
        first = _CONTROLS.search(text)
        line = _line(text, first.start() if first else 0)
        notes.append(f"control characters kept: {len(controls)} ({kinds}), first in line {line}")
    return Decoded(text, encoding, tuple(notes))


def _declared(data: bytes, file: str, declared: str) -> tuple[str, str]:
    try:
        codec = codecs.lookup(declared).name
    except LookupError:
        hint = "usual ones: utf-8, cp1252, utf-16, iso8859-15"
        what = f'the encoding "{declared}" is not known'
        raise SourceError(Finding(Place(file), what, hint)) from None
    by_mark = _by_mark(data)
    if by_mark and not codec.startswith(by_mark.removesuffix("-sig")):
        what = (
            f"the file says by its first bytes that it is {by_mark.removesuffix('-sig')},"
            f" but {declared} is declared"
        )
        raise SourceError(Finding(Place(file), what, "remove  encoding:  from truecost.yaml"))
    if codec == "cp1252":
        return codec, _cp1252(data)
    if codec == "utf-8":
        codec = "utf-8-sig"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{data[error.start]:02X} is no {declared} text"
        hint = "declare the encoding that the file has, or none: then UTF-8 and cp1252 are tried"
        raise SourceError(Finding(Place(file, line), what, hint)) from None
    except (LookupError, ValueError):  # codecs that are no text encodings, or fail in their own way
        raise SourceError(Finding(Place(file), f"this is no {declared} text")) from None
    return codec.removesuffix("-sig"), text.removeprefix("\ufeff")


def _found(data: bytes, file: str) -> tuple[str, str]:
    by_mark = _by_mark(data)
    if by_mark and by_mark != "utf-8-sig":
        try:
            return by_mark, data.decode(by_mark)
        except UnicodeDecodeError:
            what = f"the file begins as {by_mark} but is not: it may be cut short or damaged"
            raise SourceError(Finding(Place(file), what, "ask for the file again")) from None
    try:
        return "utf-8", data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252", _cp1252(data.removeprefix(codecs.BOM_UTF8))


def _by_mark(data: bytes) -> str | None:
    return next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)


def _cp1252(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return codecs.charmap_decode(data, "strict", _CP1252)[0]


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


_CP1252 = "".join(
    chr(byte) if byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else bytes([byte]).decode("cp1252")
    for byte in range(256)
)
