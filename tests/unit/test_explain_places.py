"""Where a ledger line stands, as people say it; and amounts with no more digits than they have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from click.testing import CliRunner
from tests.unit.focus_bill import MODEL, WORKSPACE, bill, charge

from truecost.cli.explain import command
from truecost.engine.build import build
from truecost.kernel.findings import UsageError
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

SHEETS = """truecost: 1
organisation: A test
currency: GBP
default_class: run
sources:
  first: &ledger
    kind: ledger
    files: data/*.xlsx
    sheet: One
    layouts: [ { date: Date, amount: Amount, account: Account } ]
"""
SECOND = """  second:
    kind: ledger
    files: data/both.xlsx
    sheet: Two
    layouts: [ { date: Date, amount: Amount, account: Account } ]
"""


def built(folder: Path, settings: str, **model: str) -> None:
    (folder / "truecost.yaml").write_text(settings.replace(" &ledger", ""), encoding="utf-8")
    (folder / "model").mkdir()
    for name, text in {**MODEL, "allocations": "rules: []\n", **model}.items():
        (folder / f"model/{name}.yaml").write_text(text, encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        build(load(folder), store)


def sheets(path: Path, *names: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for name in names:
            sheet = book.add_worksheet(name)
            for row, cells in enumerate((("Date", "Amount", "Account"), ("2026-01-05", 7, "A"))):
                sheet.write_row(row, 0, cells)


def told(folder: Path, words: str) -> str:
    result = CliRunner().invoke(command, f"-w {folder} {words}", catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_workbook_of_one_loaded_sheet_needs_no_name_of_it(tmp_path: Path) -> None:
    sheets(tmp_path / "data/one.xlsx", "One", "Notes")
    built(tmp_path, SHEETS)
    whole = told(tmp_path, "--line data/one.xlsx:One:2")
    assert whole.startswith("data/one.xlsx:One:2\n")
    for short in ("data/one.xlsx:2", "one.xlsx:2", "./data/one.xlsx:2"):
        assert told(tmp_path, f"--line {short}") == whole
    with pytest.raises(UsageError, match="no ledger line"):
        told(tmp_path, "--line one.xlsx:9")


def test_of_several_loaded_sheets_one_must_be_named(tmp_path: Path) -> None:
    sheets(tmp_path / "data/both.xlsx", "One", "Two")
    built(tmp_path, SHEETS + SECOND)
    with pytest.raises(UsageError) as refused:
        told(tmp_path, "--line both.xlsx:2")
    assert "several sheets of both.xlsx are loaded" in str(refused.value)
    assert "write data/both.xlsx:One:2 or data/both.xlsx:Two:2" in str(refused.value)
    assert told(tmp_path, "--line both.xlsx:Two:2").startswith("data/both.xlsx:Two:2\n")


def test_a_rule_that_asks_for_the_source_is_told(tmp_path: Path) -> None:
    sheets(tmp_path / "data/both.xlsx", "One", "Two")
    rules = """- { name: second, where: source = 'second', pool: Outside Services / Consulting }
- { name: first, where: "TRUE", pool: Misc Costs / Other Operating }
"""
    built(tmp_path, SHEETS + SECOND, accounts=rules)
    for sheet, rule in (("One", "first"), ("Two", "second")):
        assert f": {rule}, pool:" in told(tmp_path, f"--line both.xlsx:{sheet}:2")
    for top in ("", " --all"):
        figure = json.loads(told(tmp_path, f"one --format json{top}"))
        found = {(line["source"], line["rule"]) for line in figure["ledger_lines"]}
        assert found == {("first", "first"), ("second", "second")}


def test_amounts_of_a_bill_have_no_zeros_at_their_end(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = bill(charge(EffectiveCost="0.123456789012"), charge(EffectiveCost="-1.5"), charge())
    (tmp_path / "data/bill.csv").write_text(text, encoding="utf-8")
    built(tmp_path, WORKSPACE)
    assert "\n  $10.00 on 2026-01-01\n" in told(tmp_path, "--line bill.csv:4")
    figure: dict[str, Any] = json.loads(told(tmp_path, "one --format json"))
    amounts = [line["amount"] for line in figure["ledger_lines"]]
    assert amounts == ["10.00", "-1.50", "0.123456789012"]
    lines = told(tmp_path, "one").splitlines()
    amounts = [line.split()[1] for line in lines if "2026-01-01  " in line]
    assert amounts == ["$10.000000000000", "−$1.500000000000", "$0.123456789012"]
