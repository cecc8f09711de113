"""What charging itself costs: read with its places, set against what statements charge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import done, starter, truecost

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = """entries:
  - { period: 2026-02, activity: preparing, hours: 1.5, rate: 33.33 }
  - { period: 2026-02, activity: disputes, hours: 0.25, rate: 0.10, disputes: 2 }
  - { period: 2025-01, activity: preparing, hours: 1000, rate: 1 }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = starter(tmp_path / "shop")
    done("build", "-w", folder)
    return folder


def recorded(shop: Path, text: str, rows: str = "") -> None:
    (shop / "model" / "charging_costs.yaml").write_text(text, encoding="utf-8")
    if rows:
        (shop / "data" / "charging.csv").write_text(rows, encoding="utf-8")


def test_hours_are_set_against_what_is_charged(shop: Path) -> None:
    recorded(shop, ENTRIES)
    told = json.loads(done("show", "charging", "-w", shop, "--format", "json"))["charging"]
    january, february = told
    assert (january["hours"], january["cost"], january["disputes"]) == ("0", "0.00", "0")
    # 1.5 × 33.33 = 49.995 and 0.25 × 0.10 = 0.025, each rounded half to even
    assert (february["hours"], february["cost"]) == ("1.75", "50.02")
    assert february["charged"] == "20142.71"
    assert february["statements"] == "3"
    assert february["per_statement"] == "16.67"
    assert february["per_100_charged"] == "0.2483"
    assert (february["disputes"], february["dispute_hours"]) == ("2", "0.25")
    assert february["disputes_per_100_statements"] == "66.67"


def test_the_run_stays_the_same(shop: Path) -> None:
    before = done("runs", "-w", shop)
    recorded(shop, ENTRIES)
    done("build", "-w", shop)
    assert done("runs", "-w", shop).split()[0] == before.split()[0]


def test_without_a_record_it_says_what_to_write(shop: Path) -> None:
    assert "write model/charging_costs.yaml" in done("show", "charging", "-w", shop)
    assert "Charging itself" not in done("summary", "-w", shop)


def test_leaders_see_a_line(shop: Path) -> None:
    recorded(shop, ENTRIES)
    text = " ".join(done("summary", "-w", shop).split())
    said = "took 1.75 hours, €50.02: 0.25 for every 100 that it moves, with 2 disputes"
    assert said in text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("period,activity,hours\n", "data/charging.csv:1: this file has no column rate"),
        (
            "period,activity,hours,rate\n2026-13,x,1,1\n2026-01,,x,1\n",
            'data/charging.csv:3: hours: "x" is not a number such as 9.5',
        ),
        ("period,activity,hours,rate\n2026-01,,1,1\n", "data/charging.csv:2: no activity"),
        (
            "period,activity,hours,rate,disputes\n2026-01,x,1,1,0.5\n",
            'data/charging.csv:2: disputes: "0.5" is not a number',
        ),
    ],
)
def test_faults_of_the_file_have_their_place(shop: Path, rows: str, said: str) -> None:
    recorded(shop, "file: data/charging.csv\n", rows)
    ended = truecost("show", "charging", "-w", shop)
    assert ended.code == 4
    assert said in ended.err


def test_faults_of_entries_have_their_place(shop: Path) -> None:
    recorded(shop, "entries:\n  - { period: 2026-02, activity: x, hours: much, rate: 1 }\n")
    ended = truecost("show", "charging", "-w", shop)
    assert ended.code == 3
    assert 'model/charging_costs.yaml:2:44: hours: "much" is not a number of hours' in ended.err


def test_csv_has_a_row_per_month(shop: Path) -> None:
    recorded(shop, ENTRIES)
    rows = done("show", "charging", "-w", shop, "--format", "csv").splitlines()
    assert len(rows) == 3
    assert rows[2].startswith("2026-02,EUR,1.75,50.02,20142.71,0.2483,3,16.67,2,0.25,66.67")
