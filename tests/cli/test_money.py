"""What people see of several currencies and of commitments: rates, ledger amounts, what moved."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.cli.program import ROOT, done

if TYPE_CHECKING:
    from pathlib import Path


def built(folder: Path, case: str) -> Path:
    for each in ("base", case):
        shutil.copytree(ROOT / "tests/cases" / each, folder, dirs_exist_ok=True)
    done("build", "-w", folder)
    return folder


def closes(told: dict[str, object]) -> bool:
    lines, moved, rest = told["ledger_lines"], told["moved"], told["rest"]
    assert isinstance(lines, list)
    assert isinstance(moved, list)
    parts = [*lines, *moved, *([rest] if rest else []), {"portion": told["rounding"]}]
    amount = told["amount"]
    assert isinstance(amount, dict)
    return sum(Decimal(each["portion"]) for each in parts) == Decimal(amount["text"])


def test_a_translated_figure_is_explained_by_what_the_ledger_has(tmp_path: Path) -> None:
    folder = built(tmp_path, "exchange_at_budget_rates")
    asked = ("-w", folder, "--period", "2024-01", "--format", "json")
    told = json.loads(done("explain", "a", "mail", *asked))
    first = told["ledger_lines"][0]
    assert (first["amount"], first["currency"], first["rate"]) == ("1000.01", "USD", "4/5")
    assert closes(told)
    assert Decimal(told["rounding"]).copy_abs() < Decimal("0.01")
    (line,) = json.loads(done("explain", "--line", "data/ledger.csv:3", "-w", folder,
                              "--format", "json"))["lines"]  # fmt: skip
    assert (line["amount"], line["currency"]) == ("1000.01", "USD")
    assert (line["presented"], line["shown_in"]) == ("800.0080", "GBP")


def test_a_statement_says_the_rates(tmp_path: Path) -> None:
    folder = built(tmp_path, "exchange_at_budget_rates")
    told = " ".join(done("statement", "a", "-w", folder).split())
    assert "are at budget rates: 0.85 for one EUR and 0.8 for one USD; in the books at" in told
    assert "£1,180.36 exchanged from USD" in told
    assert "−£17.77 not charged: exchange difference" in told


def test_a_currency_that_is_all_translated_has_no_table(tmp_path: Path) -> None:
    folder = built(tmp_path, "exchange_at_budget_rates")
    told = done("show", "-w", folder)
    assert "GBP" in told
    assert "USD" not in told


def test_savings_that_moved_are_named(tmp_path: Path) -> None:
    folder = built(tmp_path, "commitment_savings_shared")
    asked = ("-w", folder, "--period", "2024-01", "--format", "json")
    told = json.loads(done("explain", "web", "directly", *asked))
    assert told["moved"] == [{"name": "savings of commitments", "portion": "18.2600"}]
    assert closes(told)
    told = json.loads(done("show", "commitments", "-w", folder, "--format", "json"))
    assert told["bills"][0]["savings"]["whose"] == "shared"
