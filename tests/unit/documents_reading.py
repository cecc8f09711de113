"""Documents opened again by readers that are not ours, and the figures that they must hold."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook
from tests.unit.statements_fixture import Rows, council

from truecost.statements import locale
from truecost.statements.blocks import Bar, Cell, Document, Money, Rate, Table
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.statements_fixture import MemoryRun

needs_poppler = pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="Debian's package poppler-utils is not installed"
)

# each tries to be markup of typst, a spreadsheet, a page, or to turn the reading direction
NAMES = {
    "Libraries and museums": '*bold* _it_ #import "a.typ" $x^2$ \\ = head',
    "Head of libraries": '#eval("1+1") \u202egnp.exe\u2066 `raw` @ref <label>',
    "Workplace": '=HYPERLINK("http://evil.example","x") // gone?',
    "Applications and cloud hosting": "</td><script>alert(1)</script> & &amp; /* gone? */",
    "Amira Haddad, workplace services": "+44 123\r\n=cmd|' /C calc'!A0",
    "Cyber security": "https://evil.example/#" + "x" * 90,
    "technology outside central IT": "@SUM(A1)\u200b ~dash--- 'quotes' \"quotes\"...",
    "old circuits that nobody claims": "#{ panic() } [content] \\u{202e} ~",
}


def marked_up() -> MemoryRun:
    """Build the run of the council with names that try to be markup."""

    def rename(rows: Rows) -> None:
        for entries in rows.values():
            entries[:] = [tuple(NAMES.get(value, value) for value in row) for row in entries]

    return council(rename)


def pdf_text(pdf: bytes, *options: str) -> str:
    """Give the text of a PDF in reading order, as poppler finds it."""
    done = subprocess.run(
        ["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def pdf_facts(pdf: bytes) -> dict[str, str]:
    """Give what poppler says of a PDF: Title, Pages, Tagged, CreationDate."""
    done = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True)
    found = (line.partition(":") for line in done.stdout.decode().splitlines())
    return {key: value.strip() for key, _, value in found}


def pressed(text: str) -> str:
    """Give text without white space, which a page may break anywhere, and break marks."""
    return re.sub(r"\s|\u200b", "", text)


def texts(document: Document) -> Iterator[str]:
    """Give all that a document says, figures as they are shown."""
    yield from (*document.path, document.name, document.what, document.status)
    yield _said(document.total, document)
    yield from document.headline
    for section in document.sections:
        yield from (section.title, *section.texts, *section.bullets, *section.after)
        for part in section.parts:
            yield from (part.title, locale.shown(part.amount, document.currency), part.text)
        for table in section.tables:
            for cells, small in _rows(table):
                yield from (*(_said(cell, document) for cell in cells), small)
    yield from document.closing


def _rows(table: Table) -> Iterator[tuple[tuple[Cell, ...], str]]:
    for row in (*table.rows, *((table.foot,) if table.foot else ())):
        yield row.cells, row.small


def _said(cell: Cell, document: Document) -> str:
    with locale.speaking(document.locale):
        match cell:
            case Money(minor, sign):
                return "" if minor is None else locale.shown(minor, document.currency, sign=sign)
            case Rate(value):
                return locale.unit_cost(value, document.currency)
            case Bar() | None:
                return ""
    return str(visible(cell))


def monies(document: Document) -> Iterator[int]:
    """Give every amount that a document shows, in minor units."""
    yield document.total.minor or 0
    for section in document.sections:
        yield from (part.amount for part in section.parts)
        for table in section.tables:
            for cells, _ in _rows(table):
                yield from (c.minor for c in cells if isinstance(c, Money) and c.minor is not None)


def sheets(workbook: bytes) -> dict[str, list[list[Any]]]:
    """Give the values of all sheets, as calamine reads them."""
    opened = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names}


def parts(workbook: bytes) -> dict[str, str]:
    """Give the XML files of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
