"""A document on paper: A4, tagged (PDF/UA-1), the same bytes for the same view.

Typst sets the page from data; no word of it is ever read as markup. The date inside is the
document's, there is no clock. The font, Source Sans Pro, comes as a package, and typst brings a few
for what it lacks, so that bytes do not depend on the machine. Only where these do not have a
character (Arabic, Han, ...) are fonts of the system asked; what they lack too is spelt: `[U+7701]`.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import threading
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import font_source_sans_pro
import typst

from truecost.statements import drawings, locale
from truecost.statements.blocks import Bar, Money, Rate
from truecost.statements.pages import statement_document
from truecost.statements.safe import visible_all
from truecost.statements.summary_pages import summary_document

if TYPE_CHECKING:
    from truecost.statements.blocks import Cell, Document, Row, Section, Table
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import StatementView

_STANDARD: typst.PDFStandard = "ua-1"
_ROOMY, _FULL, _LONG = 11, 16, 24  # rows of all tables
_ONE_AT_A_TIME = threading.Lock()  # a compiler refuses a second thread
_NO_FONT = re.compile("could not be displayed with font")
# beyond Latin, Greek, Cyrillic, punctuation, currency signs and arrows
_FOREIGN = re.compile("[\u0530-\u1dff\u2c00-\ufffc\U00010000-\U0010ffff]")
_RARE = re.compile("[^\x00-\u017f\u2010-\u2026\u20ac\u2212]")


def statement_pdf(view: StatementView) -> bytes:
    """Draw a statement as a PDF."""
    return document_pdf(statement_document(view))


def summary_pdf(view: SummaryView) -> bytes:
    """Draw a summary as a PDF."""
    return document_pdf(summary_document(view))


def document_pdf(document: Document) -> bytes:
    """Draw a document as a PDF."""
    with locale.speaking(document.locale):
        data = json.dumps(visible_all(_plain(document)), ensure_ascii=False)
    date = dt.datetime.combine(document.date, dt.time(), dt.UTC)
    attempts = ((None, False), (None, True), (_FOREIGN, False), (_RARE, False))
    for spelt, system in attempts:
        try:
            return _compiled(_spelt(data, spelt), date, system=system)
        except typst.TypstError as fault:
            # the standard wants a font for every character
            if not _NO_FONT.search(str(fault)) or spelt is _RARE:
                raise
    raise AssertionError(attempts)


def _spelt(data: str, pattern: re.Pattern[str] | None) -> str:
    """Spell the characters out that a pattern finds: what can't be shown is not lost."""
    return pattern.sub(lambda found: f"[U+{ord(found[0]):04X}]", data) if pattern else data


def _compiled(data: str, date: dt.datetime, *, system: bool) -> bytes:
    with _ONE_AT_A_TIME:
        drawn = _compiler(system=system).compile(
            _template(),
            format="pdf",
            sys_inputs={"document": data},
            timestamp=date,
            pdf_standards=[_STANDARD],
        )
    if not isinstance(drawn, bytes):
        raise TypeError("typst gave no document")
    return drawn


@functools.cache
def _compiler(*, system: bool) -> typst.Compiler:
    """Give the compiler, made once: it remembers what pages have in common."""
    fonts = typst.Fonts(
        include_system_fonts=system,
        include_embedded_fonts=True,
        font_paths=[font_source_sans_pro.font_directory],
    )
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


@functools.cache
def _template() -> bytes:
    return (files("truecost.statements") / "templates" / "document.typ").read_bytes()


def _plain(document: Document) -> dict[str, Any]:
    history = document.history
    return {
        "title": document.title,
        "organisation": document.organisation,
        "language": "en",
        "date": [document.date.year, document.date.month, document.date.day],
        "path": document.path,
        "name": document.name,
        "what": document.what,
        "status": document.status,
        "mark": document.mark,
        "total": _cell(document.total, document.currency),
        "headline": document.headline,
        "history": history
        and {
            "svg": drawings.months(history, standalone=True),
            "text": history.text,
            "caption": history.caption,
        },
        "sections": [_section(section, document.currency) for section in document.sections],
        "closing": document.closing,
        "density": _density(document),
    }


def _density(document: Document) -> int:
    """Say how tightly a document is set: what does not fit a page in any case need not be small."""
    rows = sum(len(table.rows) for section in document.sections for table in section.tables)
    return 0 if rows <= _ROOMY else 2 if _FULL < rows <= _LONG else 1


def _section(section: Section, currency: str) -> dict[str, Any]:
    return {
        "title": section.title,
        "texts": section.texts,
        "bar": drawings.whole(section.bar, standalone=True) if section.bar else "",
        "alt": ", ".join(part.title for part in section.parts),
        "parts": [
            {
                "key": drawings.whole(((part.name, 0, 20),), standalone=True, width=20),
                "title": part.title,
                "amount": locale.shown(part.amount, currency),
                "text": part.text,
            }
            for part in section.parts
        ],
        "tables": [_table(table, currency) for table in section.tables],
        "bullets": section.bullets,
        "after": section.after,
        "beside": section.beside,
        "aside": section.aside,
    }


def _table(table: Table, currency: str) -> dict[str, Any]:
    # a name that something explains, or that figures of several columns follow, stands out
    weight = "semibold" if len(table.columns) > 3 else "regular"  # noqa: PLR2004
    return {
        "caption": table.caption,
        "columns": [{"title": column.title, "slot": column.slot} for column in table.columns],
        "rows": [_row(row, currency, weight) for row in table.rows],
        "foot": table.foot and _row(table.foot, currency, weight),
    }


def _row(row: Row, currency: str, weight: str) -> dict[str, Any]:
    return {
        "cells": [_cell(cell, currency) for cell in row.cells],
        "small": row.small,
        "tag": row.tag,
        "depth": row.depth,
        "strong": row.strong,
        "weight": weight,
    }


def _cell(cell: Cell, currency: str) -> str:
    match cell:
        case Money(minor, sign):
            return "" if minor is None else locale.shown(minor, currency, sign=sign)
        case Rate(value):
            return locale.unit_cost(value, currency)
        case Bar():
            return drawings.bar(cell, standalone=True)
        case None:
            return ""
    return cell
