"""A source has files, or a query of a database whose password stands elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from truecost.kernel.findings import TruecostError
from truecost.model.load import load
from truecost.model.source_types import Database

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """truecost: 1
organisation: Office
currency: GBP
default_class: run
sources:
  ledger:
    kind: ledger
"""
LAYOUTS = "    layouts: [{ date: Date, amount: Amount }]\n"


def written(folder: Path, origin: str, layouts: str = LAYOUTS) -> Path:
    (folder / "truecost.yaml").write_text(HEAD + origin + layouts)
    (folder / "model").mkdir(exist_ok=True)
    return folder


def said(folder: Path, origin: str, layouts: str = LAYOUTS) -> str:
    with pytest.raises(TruecostError) as raised:
        load(written(folder, origin, layouts))
    return str(raised.value)


@pytest.mark.parametrize(
    ("origin", "fault"),
    [
        ("", "does not say where its rows come from"),
        ("    files: a.csv\n    sqlite: b.db\n    query: SELECT 1\n", "has files and sqlite"),
        ("    sqlite: b.db\n", "has no query"),
        ("    files: a.csv\n    query: SELECT 1\n", "has files and a query"),
        ("    sqlite: b.db\n    query: SELECT 1\n    sheet: A\n", "has no sheet:"),
        ("    connection: mysql://x\n    query: SELECT 1\n", "no address of a PostgreSQL"),
        ("    connection: postgresql://u:pw@h/d\n    query: SELECT 1\n", "a password stands in"),
        ("    connection: postgresql://h/d?password=pw\n    query: SELECT 1\n", "a password stand"),
        ("    files: []\n", "does not say where its rows come from"),
    ],
)
def test_where_rows_come_from(tmp_path: Path, origin: str, fault: str) -> None:
    assert fault in said(tmp_path, origin)
    assert "pw" not in said(tmp_path, origin)


@pytest.mark.parametrize(
    "address",
    [
        "${ERP_URL}",
        "postgresql://h/d",
        "postgresql://u:${PASSWORD}@h/d",
        "postgres://h/d?user=u&password=${PASSWORD}",
    ],
)
def test_a_database_without_a_password_in_the_model(tmp_path: Path, address: str) -> None:
    origin = f"    connection: {address}\n    query: |\n      SELECT day\n      FROM ledger\n"
    try:
        model = load(written(tmp_path, origin))
    except TruecostError as raised:  # the rest of the workspace is missing
        assert "connection" not in str(raised)  # noqa: PT017  and what else is said does not matter
        assert "password" not in str(raised)  # noqa: PT017  as above
    else:
        database = model.sources[0].database
        assert isinstance(database, Database)
        assert database.query == "SELECT day\nFROM ledger"
        assert database.address == address


@pytest.mark.parametrize(
    ("layout", "fault"),
    [
        ("date: D, debit: A", "does not say which column is the credit"),
        ("date: D, debit: A, credit: B?", "the credit can't be optional"),
        ("date: D, amount: C, debit: A, credit: B", "an amount and also debit or credit"),
    ],
)
def test_debit_and_credit_stand_together(tmp_path: Path, layout: str, fault: str) -> None:
    assert fault in said(tmp_path, "    files: a.csv\n", f"    layouts: [{{ {layout} }}]\n")
