"""PDFs, opened again by poppler: they say what the view says, and are the same bytes each time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from tests.unit.documents_reading import (
    NAMES,
    marked_up,
    needs_poppler,
    pdf_facts,
    pdf_text,
    pressed,
    texts,
)
from tests.unit.statements_fixture import LAST, council, hostile

from truecost.statements import pdf
from truecost.statements.book import Book
from truecost.statements.pages import statement_document
from truecost.statements.pdf import statement_pdf, summary_pdf
from truecost.statements.safe import visible
from truecost.statements.summary import summary_view
from truecost.statements.summary_pages import summary_document
from truecost.statements.views import StatementView, statement_view

if TYPE_CHECKING:
    from truecost.statements.blocks import Document
    from truecost.statements.lines import StatementLine

pytestmark = needs_poppler
ALL = ["housing", "care", "libraries", "planning", "people", "council"]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(council())


def missing(document: Document, drawn: bytes) -> list[str]:
    found = pressed(pdf_text(drawn, "-raw"))
    return [text for text in texts(document) if pressed(text) not in found]


@pytest.mark.parametrize("consumer", ALL)
def test_a_statement_says_all_that_its_view_says(book: Book, consumer: str) -> None:
    view = statement_view(book, consumer, LAST)
    assert missing(statement_document(view), statement_pdf(view)) == []


def test_a_summary_says_all_that_its_view_says(book: Book) -> None:
    view = summary_view(book, LAST)
    assert missing(summary_document(view), summary_pdf(view)) == []


def test_names_that_look_like_markup_appear_as_themselves() -> None:
    book = Book(marked_up())
    for consumer in ALL:
        view = statement_view(book, consumer, LAST)
        assert missing(statement_document(view), statement_pdf(view)) == []
    drawn = pressed(pdf_text(statement_pdf(statement_view(book, "libraries", LAST)), "-raw"))
    assert pressed(str(visible(NAMES["Libraries and museums"]))) in drawn
    assert pressed(NAMES["Workplace"]) in drawn


def test_what_no_font_has_is_spelt(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = pdf._compiled
    monkeypatch.setattr(pdf, "_compiled", lambda *given, **_: compiled(*given, system=False))
    view = dataclasses.replace(
        statement_view(book, "libraries", LAST), name="Zoë 省庁 \U000f0000 ¤"
    )
    text = pdf_text(statement_pdf(view))
    assert "Zoë [U+7701][U+5E81] [U+F0000] ¤" in text


def test_a_hostile_statement_is_tagged_too() -> None:
    drawn = statement_pdf(statement_view(hostile(), "libraries", LAST))
    assert pdf_facts(drawn)["Tagged"] == "yes"
    assert "<script>alert(1)</script>&amp;" in pdf_text(drawn)
    assert "onmouseover" in pdf_text(drawn)


@pytest.mark.parametrize("consumer", ["housing", "care", "libraries", "planning"])
def test_a_department_takes_one_page(book: Book, consumer: str) -> None:
    facts = pdf_facts(statement_pdf(statement_view(book, consumer, LAST)))
    assert facts["Pages"] == "1"
    assert facts["Page size"].endswith("(A4)")


def test_eight_lines_still_take_one_page(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    more = [dataclasses.replace(line, name=f"{line.name} two") for line in view.lines]
    assert pdf_facts(statement_pdf(longer(view, [*view.lines, *more])))["Pages"] == "1"


def longer(view: StatementView, lines: list[StatementLine]) -> StatementView:
    return dataclasses.replace(view, lines=tuple(lines))


def test_a_long_statement_repeats_its_head_and_says_draft_on_every_page(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    many = [dataclasses.replace(view.lines[0], name=f"Service {i}") for i in range(80)]
    pages = pdf_text(statement_pdf(longer(view, many)), "-layout").split("\f")[:-1]
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert "DRAFT" in page
        assert f"{number}/{len(pages)}" in pressed(page)
    assert all("What could be saved" in page for page in pages[:2])


def test_it_is_the_same_bytes_however_often_it_is_drawn(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    first = statement_pdf(view)
    statement_pdf(statement_view(book, "council", LAST))
    assert statement_pdf(view) == first
    pdf._compiler.cache_clear()
    assert statement_pdf(statement_view(Book(council()), "libraries", LAST)) == first


def test_it_is_tagged_and_carries_no_clock(book: Book) -> None:
    drawn = statement_pdf(statement_view(book, "libraries", LAST))
    facts = pdf_facts(drawn)
    assert facts["Title"] == "Technology statement, February 2022: Libraries and museums"
    assert facts["Author"] == "Northmoor City Council"
    assert facts["Tagged"] == "yes"
    assert facts["CreationDate"] == facts["ModDate"]
    assert "Feb 28" in facts["CreationDate"]
    assert "2022" in facts["CreationDate"]
    assert b"pdfuaid:part" in drawn
    assert b"SourceSansPro" in drawn


def test_it_is_a_draft_until_it_has_a_number(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    assert "DRAFT" in pdf_text(statement_pdf(view))
    assert statement_document(dataclasses.replace(view, number="2022-02-017")).mark == ""
