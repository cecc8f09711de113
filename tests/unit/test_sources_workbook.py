"""Workbooks as people keep them: titles, several sheets, errors, merged cells, other kinds."""

from __future__ import annotations

import io
import resource
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from tests.cases._ledgers import opendocument
from tests.unit.sources_ledger import rejects, rows, source

from truecost.kernel.findings import SourceError
from truecost.sources import apart, workbook
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from truecost.store.sources import CodedSource

HEADER = ("Date", "Amount", "Account")
UNCOMPUTED = "the formula has no stored value: open the file in a spreadsheet program and save it"
DAY = datetime(2022, 4, 7)  # noqa: DTZ001  a workbook knows no time zones


def written(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Write sheets of rows; a text that begins with = is a formula, its value behind a |."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        days = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(number, column, cell, days)
                    elif isinstance(cell, str) and cell.startswith("="):
                        formula, _, value = cell.partition("|")
                        sheet.write_formula(number, column, formula, None, value)
                    else:
                        sheet.write(number, column, cell)
    return data.getvalue()


def changed(data: bytes, change: Callable[[bytes], bytes], within: str = "sheet1.xml") -> bytes:
    """Change the XML of the first sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", 8) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part.endswith(within) else content)
    return made.getvalue()


def load(folder: Path, data: bytes, suffix: str = "xlsx", **fields: Any) -> CodedSource:
    (folder / f"ledger.{suffix}").write_bytes(data)
    reads = source(files=(f"ledger.{suffix}",), **fields)
    return load_ledger(reads, folder, Store.open(folder / "store"))


def refusal(folder: Path, data: bytes, suffix: str = "xlsx", **fields: Any) -> str:
    with pytest.raises(SourceError) as raised:
        load(folder, data, suffix, **fields)
    return str(raised.value)


def test_the_sheet_with_the_header_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    table = [["Ledger of April"], [], HEADER, (DAY, 12.5, 4711), (), (DAY, -3, "travel")]
    data = written(About=[["Read me"]], Ledger=table, Pivot=[["x", 1]])
    coded = load(tmp_path, data)
    assert rows(coded, "day", "amount", "account", "line") == [
        (DAY.date(), Decimal("12.5"), "4711", 4),
        (DAY.date(), -3, "travel", 6),
    ]
    assert coded.files[0].name == "ledger.xlsx:Ledger"
    assert coded.files[0].notes == (
        "rows above the header, passed over: 2",
        "other sheets, not read: About, Pivot",
    )


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    data = written(March=[HEADER, (DAY, 1, "a")], April=[HEADER, (DAY, 2, "b")])
    assert rows(load(tmp_path, data, sheet="April"), "amount") == [(2,)]
    assert "no sheet" in refusal(tmp_path, data, sheet="May")
    assert "March, April" in refusal(tmp_path, data, sheet="May")


def test_numbers_are_the_shortest_decimals(tmp_path: Path) -> None:
    def artefacts(xml: bytes) -> bytes:
        xml = xml.replace(b"<v>7001</v>", b"<v>1234.5600000000001</v>")
        return xml.replace(b"<v>7002</v>", b"<v>0.30000000000000004</v>")

    amounts = (0.1, 7001, 7002, 1e15, 1e-7, 123456789.12)
    data = changed(written(A=[HEADER, *((DAY, each, "x") for each in amounts)]), artefacts)
    coded = load(tmp_path, data)
    expected = ("0.1", "1234.56", "0.3", "1000000000000000", "0.0000001", "123456789.12")
    assert [f"{amount.normalize():f}" for (amount,) in rows(coded, "amount")] == [*expected]
    assert "binary numbers rounded at the twelfth decimal: 2" in coded.files[0].notes


def test_errors_and_formulas_without_a_value_are_rejected_at_their_place(tmp_path: Path) -> None:
    table = [
        HEADER,
        (DAY, "=1/0|#DIV/0!", "a"),
        (DAY, 5, "=VLOOKUP(1,2,3)|#N/A"),
        (DAY, 6, "=B2|"),
        (DAY, "=1+1|2", '="b"|b'),
        (DAY, 7, "#REF!"),
        (DAY, 8, "fine", "=1/0|#DIV/0!"),
    ]
    coded = load(tmp_path, written(A=table))
    fault, where = "is a spreadsheet's error", "ledger.xlsx:A"
    assert rejects(coded) == [
        (where, 2, f'Amount: "#DIV/0!" {fault}; the amount is missing'),
        (where, 3, f'Account: "#N/A" {fault}'),
        (where, 4, f"Account: {UNCOMPUTED}"),
        (where, 6, f'Account: "#REF!" {fault}'),
    ]  # fmt: skip
    assert [account for (account,) in rows(coded, "account")] == ["b", "fine"]
    assert coded.statistics.totals["GBP"].rejected == 18


def test_merged_cells_have_their_value_once(tmp_path: Path) -> None:
    def merge(xml: bytes) -> bytes:
        cells = b'</sheetData><mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells>'
        return xml.replace(b"</sheetData>", cells)

    coded = load(tmp_path, changed(written(A=[HEADER, (DAY, 1, "a"), (DAY, 2)]), merge))
    assert rows(coded, "account") == [("a",), ("",)]
    assert "merged cells over several rows, of which only the first has the value: 1" in (
        coded.files[0].notes
    )


def test_times_and_truths_are_text(tmp_path: Path) -> None:
    noon = DAY.replace(hour=12)
    coded = load(tmp_path, written(A=[HEADER, (noon, 1, True)]))
    assert rows(coded, "day", "account") == [(DAY.date(), "true")]


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
@pytest.mark.parametrize("data", [b"", b"Date,Amount\n", b"PK\x03\x04cut", b"<html></html>"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, suffix: str, data: bytes) -> None:
    assert "this is no workbook" in refusal(tmp_path, data, suffix)


def test_a_password_is_told(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert "protected by a password" in refusal(tmp_path, data)


def test_a_workbook_that_would_unpack_to_too_much_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LARGE", 1 << 20)
    data = changed(written(A=[HEADER]), lambda xml: xml + b" " * (8 << 20))
    assert "too much of it" in refusal(tmp_path, data)


@pytest.mark.parametrize("cell", [b"XFD1048576", b"A1048576"])
def test_a_sheet_that_claims_all_cells_takes_nothing_with_it(
    tmp_path: Path, cell: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MEMORY", 1 << 30)
    data = changed(
        written(A=[HEADER, (DAY, 1, "a")]),
        lambda xml: xml.replace(b'r="A2"', b'r="' + cell + b'"'),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        load(tmp_path, data)
    except SourceError as refused:
        assert "ledger.xlsx" in str(refused)  # noqa: PT017  some such files can be read
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_a_bomb_that_hides_its_size_is_stopped_by_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MEMORY", 256 << 20)
    row = (
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>' + b"x" * (400 << 20) + b"</t></is></c></row>"
    )
    data = changed(written(A=[HEADER]), lambda xml: xml.replace(b"</sheetData>", row))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        size = packed.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (5000).to_bytes(4, "little"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "ledger.xlsx: " in refusal(tmp_path, lying)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


@pytest.mark.parametrize("rows", [1_000_000, 2_000_000_000])
def test_a_repeated_row_takes_nothing_with_it(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MEMORY", 512 << 20)
    opendocument(tmp_path / "ledger.ods")
    data = changed(
        (tmp_path / "ledger.ods").read_bytes(),
        lambda xml: xml.replace(
            b"<table:table-row>", f'<table:table-row table:number-rows-repeated="{rows}">'.encode()
        ),
        "content.xml",
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "ledger.ods" in refusal(tmp_path, data, "ods")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_errors_of_an_open_document_are_rejected(tmp_path: Path) -> None:
    opendocument(tmp_path / "ledger.ods")
    data = changed(
        (tmp_path / "ledger.ods").read_bytes(),
        lambda xml: xml.replace(b"<text:p>Paper<", b"<text:p>Err:502<", 1),
        "content.xml",
    )
    assert rejects(load(tmp_path, data, "ods")) == [
        ("ledger.ods:Ledger", 4, 'Account: "Err:502" is a spreadsheet\'s error')
    ]
