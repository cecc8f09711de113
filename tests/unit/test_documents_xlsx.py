"""Workbooks, opened again by calamine: every number is the amount, and text is only text."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.documents_reading import NAMES, marked_up, monies, parts, sheets
from tests.unit.statements_fixture import LAST, council

from truecost.kernel import money
from truecost.statements.book import Book
from truecost.statements.lines import CLASSES
from truecost.statements.pages import statement_document
from truecost.statements.safe import visible
from truecost.statements.summary import summary_view
from truecost.statements.summary_pages import summary_document
from truecost.statements.views import StatementView, statement_view
from truecost.statements.workbook import Workbook
from truecost.statements.xlsx import statement_xlsx, summary_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(council())


@pytest.fixture(scope="module")
def view(book: Book) -> StatementView:
    return statement_view(book, "libraries", LAST)


def minor(value: object, currency: str = "GBP") -> int:
    """Round a number that a workbook gave to minor units."""
    assert isinstance(value, float)
    return money.to_minor(Decimal(value), currency)


def numbers(rows: Iterable[list[object]]) -> list[int]:
    return [minor(cell) for row in rows for cell in row if isinstance(cell, float)]


def table(rows: list[list[object]]) -> list[dict[str, object]]:
    return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("consumer", ["libraries", "planning", "people", "council"])
def test_the_page_holds_every_amount_as_a_number(book: Book, consumer: str) -> None:
    view = statement_view(book, consumer, LAST)
    found = numbers(sheets(statement_xlsx(view))["Statement"])
    wanted = list(monies(statement_document(view)))
    # unit costs are the other numbers
    assert sorted(set(wanted) - set(found)) == []
    assert len(found) - len(wanted) == sum(line.each is not None for line in view.lines)


def test_the_lines_are_the_bill_by_service_and_class(view: StatementView) -> None:
    rows = table(sheets(statement_xlsx(view))["Lines"])
    found = {
        (row["object"], row["class"]): minor(row["amount"]) for row in rows if row["kind"] == "line"
    }
    assert found == {
        (line.object, cls): amount
        for line in view.lines
        for cls, amount in zip(CLASSES, line.classes, strict=True)
        if amount
    }
    assert sum(found.values()) == view.total
    apart = [minor(row["amount"]) for row in rows if row["kind"] == "kept apart"]
    assert apart == [entry.amount for entry in view.apart]
    workplace = next(row for row in rows if row["object"] == "service workplace")
    assert workplace["quantity"] == 84
    assert workplace["share"] == 0.116829


def test_the_proof_is_both_sides(view: StatementView) -> None:
    rows = table(sheets(statement_xlsx(view))["Proof"])
    found = [(row["side"], minor(row["amount"])) for row in rows if row["name"] == "together"]
    assert found == [("ledger", view.proof.ledger_total), ("went to", view.proof.ledger_total)]
    assert [row["name"] for row in rows if row["side"] == "run"] == [view.run_id]


def test_text_never_becomes_a_formula_or_an_address() -> None:
    book = Book(marked_up())
    for workbook in (
        statement_xlsx(statement_view(book, "libraries", LAST)),
        summary_xlsx(summary_view(book, LAST)),
    ):
        files = parts(workbook)
        cells = "".join(text for name, text in files.items() if name.startswith("xl/worksheets/"))
        assert "<f>" not in cells
        assert "<hyperlink" not in cells
        assert not any(
            'TargetMode="External"' in text for name, text in files.items() if ".rels" in name
        )
        # a cell that looks like a formula stays text when somebody edits it
        assert 'quotePrefix="1"' in files["xl/styles.xml"]
    rows = table(sheets(statement_xlsx(statement_view(book, "libraries", LAST)))["Lines"])
    names = {row["name"] for row in rows}
    wanted = ("Workplace", "Cyber security", "technology outside central IT")
    assert {str(visible(NAMES[name])) for name in wanted} <= names


def test_it_is_the_same_bytes_and_carries_no_clock(view: StatementView) -> None:
    workbook = statement_xlsx(view)
    assert statement_xlsx(view) == workbook
    assert ">2022-02-28T00:00:00Z<" in parts(workbook)["docProps/core.xml"]
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_the_lines_can_be_filtered_and_printed(view: StatementView) -> None:
    files = parts(statement_xlsx(view))
    lines = files["xl/worksheets/sheet2.xml"]
    assert '<pane ySplit="1"' in lines
    assert "<autoFilter" in lines
    assert 'orientation="landscape"' in lines
    assert 'fitToHeight="0"' in lines
    assert "&amp;P / &amp;N" in lines
    assert "_xlnm.Print_Titles" in files["xl/workbook.xml"]


def test_an_ampersand_in_a_name_does_not_steer_the_foot(view: StatementView) -> None:
    odd = dataclasses.replace(view, name='R&D &P &"Wingdings"')
    assert "R&amp;&amp;D &amp;&amp;P" in parts(statement_xlsx(odd))["xl/worksheets/sheet1.xml"]


def test_amounts_beyond_what_a_spreadsheet_shows_are_text(view: StatementView) -> None:
    book = Workbook(statement_document(view))
    sheet = book.sheet("Big", (20, 20))
    amounts = (999_999_999_999_999, -999_999_999_999_999, 10**15, -(2**63) + 1, 0, -1)
    for row, amount in enumerate(amounts):
        sheet.money(row, 0, amount, "GBP")
        sheet.money(row, 1, amount, "BHD")
    sheet.sheet.write_blank(len(amounts), 0, None)
    found = sheets(book.close())["Big"]
    for amount, (pounds, dinars) in zip(amounts, found, strict=True):
        if abs(amount) < 10**15:
            assert minor(pounds) == amount
            assert minor(dinars, "BHD") == amount
        else:
            assert pounds == money.plain(amount, "GBP")
            assert dinars == money.plain(amount, "BHD")


@pytest.mark.parametrize("by", ["Services", "Towers"])
def test_a_summary_adds_up_to_the_ledger(book: Book, by: str) -> None:
    view = summary_view(book, LAST)
    workbook = summary_xlsx(view)
    rows = table(sheets(workbook)[by])
    assert sum(minor(row["amount"]) for row in rows) == view.total
    assert sum(minor(row["change"]) for row in rows) == (view.previous and view.previous.change)
    assert sum("<c:barChart>" in text for text in parts(workbook).values()) == 2


def test_the_page_of_a_summary_holds_every_amount(book: Book) -> None:
    view = summary_view(book, LAST)
    found = numbers(sheets(summary_xlsx(view))["Summary"])
    assert sorted(found) == sorted(monies(summary_document(view)))
