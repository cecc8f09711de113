"""Workspaces whose years are not made of calendar months, from the command line."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import ROOT, done, truecost

if TYPE_CHECKING:
    from pathlib import Path

CASES = ROOT / "tests/cases"


def workspace(folder: Path, case: str) -> Path:
    """Lay a case over the base, and build it."""
    shutil.copytree(CASES / "base", folder)
    shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    assert truecost("build", "-w", folder).code == 0
    return folder


def in_months(folder: Path) -> None:
    """Count in calendar months from now on."""
    model = folder / "truecost.yaml"
    lines = model.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("fiscal_year"))
    kept = [line for line in lines[at + 1 :] if line[0] not in " #" or "sources:" in line]
    rest = lines[lines.index("sources:\n") + 1 :]
    assert "sources:\n" in kept
    model.write_text("".join([*lines[:at], "sources:\n", *rest]), encoding="utf-8")


@pytest.fixture
def retail(tmp_path: Path) -> Path:
    return workspace(tmp_path / "retail", "periods_of_4_5_4_weeks_and_a_53rd")


def test_a_statement_names_the_period_with_its_days_and_the_weeks(retail: Path) -> None:
    text = done("statement", "shops", "-w", retail, "--period", "2023-P12")
    words = " ".join(text.split())
    assert "Period 12 of 2023 (31 December 2023 to 3 February 2024)" in words
    assert "more than in Period 11 of 2023, the period before (+122.3 %)" in words
    later = " ".join(done("statement", "shops", "-w", retail, "--period", "2024-P01").split())
    assert "more than in Period 12 of 2023, the period before, which had 5 weeks, not 4" in later
    assert "$273.33 since Period 1 of 2024, in fiscal year 2024" in later
    assert "2 of 3 tills, as of Period 12 of 2023" in later
    # two months after the period that follows it, which begins on 3 March
    assert "not before Period 4 of 2024" in later


def test_every_form_of_a_statement_is_drawn(retail: Path, tmp_path: Path) -> None:
    for form in ("html", "pdf", "xlsx", "csv"):
        path = tmp_path / f"shops.{form}"
        done("statement", "shops", "-w", retail, "--period", "2024-P02", "-o", path)
        assert path.stat().st_size > 300
    found = json.loads(
        done("statement", "shops", "-w", retail, "--period", "2024-P02", "--format=json")
    )
    assert found["period"] == {"id": "2024-P02", "words": "Period 2 of 2024"}


def test_explain_show_and_verify_name_periods(retail: Path) -> None:
    shown = done("explain", "shops", "-w", retail, "--period", "2023-P12")
    assert "31 December 2023 to 3 February 2024" in " ".join(shown.split())
    change = ("--period", "2023-P12", "--against", "2023-P11")
    assert "from Period 11 of 2023 to Period 12 of 2023" in done(
        "explain", "shops", "-w", retail, *change
    )
    assert "2023-P11 to 2024-P02" in done("show", "-w", retail)
    assert "whole" in done("verify", "-w", retail)


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2024-P13", '"2024-P13" is not a period: 2024 has 12'),
        ("2024-03", '"2024-03" is not a period; write one as 2024-P03'),
        ("2024-P09", "has no period 2024-P09"),
    ],
)
def test_periods_that_are_none(retail: Path, period: str, words: str) -> None:
    ended = truecost("statement", "shops", "-w", retail, "--period", period)
    assert ended.code == 2
    assert words in " ".join(ended.err.split())


def test_a_run_keeps_its_calendar(retail: Path) -> None:
    before = done("statement", "shops", "-w", retail, "--period", "2024-P01")
    in_months(retail)
    assert done("statement", "shops", "-w", retail, "--period", "2024-P01") == before


def test_the_calendar_stays_where_a_period_is_closed(retail: Path) -> None:
    done("close", "2023-P12", "-w", retail)
    in_months(retail)
    for file in (retail / "model").glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("2023-P11", "2023-12")
        text = text.replace("2024-P01", "2024-02").replace("previous period", "previous month")
        file.write_text(text, encoding="utf-8")
    drivers = retail / "data/tills.csv"
    drivers.write_text("period,target,tills\n2023-12,shops,3\n", encoding="utf-8")
    ended = truecost("build", "-w", retail)
    assert ended.code != 0
    words = " ".join(ended.err.split())
    assert "2023-P11 is closed by run" in words
    assert "keep fiscal_year: as it was" in words


def test_expectations_are_of_periods_and_years_by_their_labels(retail: Path) -> None:
    (retail / "tests").mkdir()
    tests = retail / "tests/bills.yaml"
    tests.write_text(
        """
- { name: shops, given: latest run, in: 2024-P01, expect: { consumer shops: 273.33 } }
- { name: whole, given: latest run, in: each period, expect: { unallocated: 0.00 } }
- name: given
  given: { period: 2023-P12, costs: { tills: 10.00 }, drivers: { tills: { shops: 1, online: 1 } } }
  expect: { shops: 5.00, online: 5.00 }
""",
        encoding="utf-8",
    )
    done("test", "-w", retail)
    tests.write_text(
        "- { name: shops, given: latest run, in: 2024-P13, expect: { consumer shops: 1.00 } }\n",
        encoding="utf-8",
    )
    ended = truecost("test", "-w", retail)
    assert ended.code != 0
    assert "2024 has 12" in ended.out + ended.err


def test_where_periods_are_no_months_nothing_says_months(retail: Path, tmp_path: Path) -> None:
    (retail / "scenarios").mkdir()
    for name, change in (("dearer", "+10%"), ("cheaper", "-10%")):
        text = f"description: Tills change\ncosts: {{ service tills: {change} }}\n"
        (retail / f"scenarios/{name}.yaml").write_text(text, encoding="utf-8")
    ranking = done("scenario", "-w", retail)
    told = done("scenario", "dearer", "-w", retail)
    assert "saved a period" in ranking
    assert "in these periods" in told
    assert "month" not in ranking + told
    assert "no period is closed" in done("close", "-w", retail)
    sheet = tmp_path / "summary.xlsx"
    done("summary", "-w", retail, "-o", sheet)
    with zipfile.ZipFile(sheet) as parts:
        texts = "".join(parts.read(name).decode() for name in parts.namelist() if "xml" in name)
    assert "period before" in texts
    assert "month before" not in texts
