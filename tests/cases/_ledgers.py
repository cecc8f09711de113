"""Write the ledgers of the cases `ledger_…` that are no text: `python tests/cases/_ledgers.py`.

All say the same five lines, so that all come to the same bills.
"""

from __future__ import annotations

import datetime as dt
import gzip
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

HERE = Path(__file__).parent
HEADER = ("Date", "Amount", "Centre", "Account")
LINES = (
    (dt.date(2024, 1, 10), "20.00", "POST", "4711"),
    (dt.date(2024, 1, 31), "7.50", "POST", "4711"),
    (dt.date(2024, 1, 31), "9.00", "DESK", "Paper"),
    (dt.date(2024, 2, 1), "4.00", "DESK", "Paper"),
    (dt.date(2024, 2, 29), "-1.25", "POST", "Refund"),
)
CREATED = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
ODS = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
    for short in ("office", "table", "text")
)


def path(case: str, name: str) -> Path:
    """Give the place of a case's file."""
    made = HERE / case / "data" / name
    made.parent.mkdir(parents=True, exist_ok=True)
    return made


def workbook(to: Path, *, broken: bool = False) -> None:
    """Write an XLSX with a title, an empty row, a formula and a second sheet."""
    with xlsxwriter.Workbook(to) as book:
        book.set_properties({"created": CREATED.replace(tzinfo=None)})
        days = book.add_format({"num_format": "dd/mm/yyyy"})
        book.add_worksheet("Read me").write(0, 0, "Exported from the ledger")
        sheet = book.add_worksheet("Postings")
        sheet.write(0, 0, "Postings, January and February")
        sheet.write_row(2, 1, HEADER)
        rows = (3, 4, 6, 7, 8)
        for row, (day, amount, *texts) in zip(rows, LINES, strict=True):
            sheet.write_datetime(row, 1, dt.datetime.combine(day, dt.time()), days)
            sheet.write_number(row, 2, float(amount))
            sheet.write_row(row, 3, texts)
        sheet.write_number(3, 4, 4711)
        sheet.write_formula(4, 2, "=2.5*3", None, 7.5)
        if broken:
            sheet.write_formula(6, 4, "=VLOOKUP(1,X:Y,2)", None, "#N/A")
            sheet.write_formula(7, 2, "=1/0", None, "#DIV/0!")
            sheet.write_formula(8, 3, "=C1", None, "")


def opendocument(to: Path) -> None:
    """Write an ODS by hand."""
    rows = [f"<table:table-row>{''.join(map(_text, HEADER))}</table:table-row>"]
    for day, amount, *texts in LINES:
        cells = (
            f'<table:table-cell office:value-type="date" office:date-value="{day}"/>',
            f'<table:table-cell office:value-type="float" office:value="{amount}"/>',
            *map(_text, texts),
        )
        rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    content = (
        f"<office:document-content {NAMES} office:version='1.2'><office:body><office:spreadsheet>"
        f"<table:table table:name='Ledger'>{''.join(rows)}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as packed:
        parts = {"mimetype": ODS, "META-INF/manifest.xml": MANIFEST, "content.xml": content}
        for name, text in parts.items():
            packed.writestr(zipfile.ZipInfo(name, (2024, 3, 1, 0, 0, 0)), text)


def _text(text: str) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )


def parquet(to: Path, *, doubles: bool = False) -> None:
    """Write a Parquet file, its amounts as decimals or as doubles."""
    amounts = [Decimal(amount) for _, amount, *_ in LINES]
    kind = pa.float64() if doubles else pa.decimal128(18, 2)
    columns = list(zip(*LINES, strict=True))
    table = {
        "Date": pa.array(columns[0]),
        "Amount": pa.array(map(float, amounts) if doubles else amounts, kind),
        "Centre": pa.array(columns[2]).dictionary_encode(),
        "Account": pa.array(columns[3]),
    }
    pq.write_table(pa.table(table), to)


def delimited(to: Path) -> None:
    """Write a CSV, compressed."""
    lines = [",".join(HEADER), *(",".join(map(str, line)) for line in LINES)]
    to.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))


def database(to: Path) -> None:
    """Write an SQLite database, its amounts as text so that they are exact."""
    to.unlink(missing_ok=True)
    connection = sqlite3.connect(to)
    with connection:
        connection.execute("CREATE TABLE gl (day TEXT, amount TEXT, centre TEXT, account TEXT)")
        values = [(day.isoformat(), *rest) for day, *rest in LINES]
        connection.executemany("INSERT INTO gl VALUES (?, ?, ?, ?)", values)
    connection.close()


def bomb(to: Path) -> None:
    """Write what claims to unpack to two gigabytes."""
    with zipfile.ZipFile(to, "w") as packed:
        part = zipfile.ZipInfo("xl/worksheets/sheet1.xml", (2024, 3, 1, 0, 0, 0))
        packed.writestr(part, "<worksheet/>")
        packed.getinfo(part.filename).file_size = (1 << 31) - 1


if __name__ == "__main__":
    workbook(path("ledger_in_a_workbook", "ledger.xlsx"))
    workbook(path("ledger_in_a_workbook_with_errors", "ledger.xlsx"), broken=True)
    opendocument(path("ledger_in_an_open_document", "ledger.ods"))
    parquet(path("ledger_in_parquet", "ledger.parquet"))
    parquet(path("ledger_in_parquet_with_binary_numbers", "ledger.parquet"), doubles=True)
    delimited(path("ledger_in_gzip", "ledger.csv.gz"))
    database(path("ledger_in_sqlite", "erp.db"))
    workbook(path("ledger_in_files_of_several_kinds", "january/ledger.xlsx"))
    parquet(path("ledger_in_files_of_several_kinds", "february/ledger.parquet"))
    bomb(path("ledger_that_is_a_zip_bomb", "ledger.xlsx"))
