"""`truecost scenario`: its formats, what it starts from, and what it refuses."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import done, replace, starter, truecost

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = starter(tmp_path / "shop")
    done("build", "-w", folder)
    scenario(folder, "leaves", "description: sales leaves\nleaves: { sales: [workplace] }\n")
    return folder


def scenario(shop: Path, name: str, text: str) -> None:
    (shop / "scenarios").mkdir(exist_ok=True)
    (shop / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_reasons_add_up_to_every_change(shop: Path) -> None:
    scenario(
        shop,
        "much",
        "description: much at once\ncosts: { service network: +10%, shop: '-99.99' }\n"
        "drivers: { people: { office: +5 }, orders: x 0.9 }\nmerge: { factory: into office }\n",
    )
    told = json.loads(done("scenario", "-w", shop, "--format", "json"))["scenarios"]
    assert [each["name"] for each in told] == ["leaves", "much"]
    for each in told:
        lines = [line for consumer in each["consumers"] for line in consumer["lines"]]
        for line in lines:
            reasons = sum(Decimal(part["amount"]) for part in line.get("because", ()))
            assert reasons == Decimal(line["change"])
        total = sum(Decimal(line["change"]) for line in lines)
        assert total == Decimal(each["bills"]["change"])
        causes = Decimal(each["costs_added"]) - Decimal(each["saved"])
        assert total + Decimal(each["not_charged"]["change"]) == causes


def test_csv_has_the_run_and_the_scenario(shop: Path) -> None:
    path = shop / "out.csv"
    assert done("scenario", "-w", shop, "-o", path).strip() == str(path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert {row["scenario"] for row in rows} == {"leaves"}
    assert sum(Decimal(row["before"]) for row in rows) == Decimal("45688.86")
    for row in rows:
        assert Decimal(row["after"]) - Decimal(row["before"]) == Decimal(row["change"])


def test_nothing_is_saved(shop: Path) -> None:
    before = sorted(path for path in (shop / "store").rglob("*") if "lock" not in path.name)
    done("scenario", "-w", shop)
    after = sorted(path for path in (shop / "store").rglob("*") if "lock" not in path.name)
    assert before == after


def test_a_changed_model_is_computed_anew(shop: Path) -> None:
    first = done("scenario", "leaves", "-w", shop)
    replace(shop / "model" / "allocations.yaml", "{ network: 5%,", "{ network: 6%,")
    ended = truecost("scenario", "leaves", "-w", shop)
    assert ended.code == 0
    assert "the model was changed since the newest run: computing anew" in ended.err
    assert "over the sources as they are" in ended.out
    assert ended.out.splitlines()[5:] != first.splitlines()[5:]


def test_a_driver_that_no_rule_uses_is_read(shop: Path) -> None:
    path = shop / "model" / "drivers.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}tables: {{ unit: table, file: data/tables.csv }}\n", encoding="utf-8")
    rows = "period,target,tables\n2026-01,sales,3\n2026-02,office,1\n"
    (shop / "data" / "tables.csv").write_text(rows, encoding="utf-8")
    assert truecost("build", "-w", shop).code == 0  # warns that no rule uses it
    rule = "rules: [{ from: service shop, to: consumers, by: tables }]"
    scenario(shop, "tables", f"description: by tables\n{rule}\n")
    ended = truecost("scenario", "tables", "-w", shop, "--format", "json")
    told = json.loads(ended.out)
    (each,) = told["scenarios"]
    factory = next(one for one in each["consumers"] if one["consumer"] == "factory")
    assert "service shop" not in {line["service"] for line in factory["lines"]}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["leves"], 3, 'there is no scenario "leves"\n   did you mean "leaves"?'),
        (["leaves", "--from", "2030-01"], 2, "the run has 2026-01 to 2026-02"),
        (["leaves", "--run", "abc"], 6, 'there is no run "abc"'),
        (["late"], 3, "scenarios/late.yaml:1:1: the scenario holds in no month"),
        (["taken"], 5, "scenarios/taken.yaml:2:22: consumer office would have less than nothing"),
    ],
)
def test_what_it_refuses(shop: Path, arguments: list[str], code: int, said: str) -> None:
    scenario(shop, "late", "description: over\nto: 2020-01\n")
    scenario(shop, "taken", "description: too much\ndrivers: { people: { office: -99 } }\n")
    ended = truecost("scenario", *arguments, "-w", shop)
    assert (ended.code, said in ended.err) == (code, True), ended


def test_a_workspace_without_scenarios_says_where_they_go(tmp_path: Path) -> None:
    shop = starter(tmp_path / "shop")
    ended = truecost("scenario", "-w", shop)
    assert ended.code == 3
    assert "write one: scenarios/NAME.yaml" in ended.err
