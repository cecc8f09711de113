"""What one consumer's using less does to its bill: what a build of it would give, to the cent."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from truecost.engine.bridge_sides import need
from truecost.engine.build import build
from truecost.kernel.findings import AllocationError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.scenarios.base import Base
from truecost.scenarios.less import LessUse
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.store.run import Run

STARTER = Path(__file__).parents[2] / "examples/starter"
MONTH = Period.parse("2026-02")


def run_of(folder: Path) -> Run:
    store = Store.open(folder / "store")
    with store.lock(wait=True):
        return build(load(folder), store).run


def bills(run: Run, consumer: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in run.table("charges").to_pylist():
        mine = (row["period"], row["consumer"]) == (MONTH.index, consumer)
        if mine and row["treatment"] == "charge":
            found[row["service"]] = found.get(row["service"], 0) + row["amount"]
    return found


@pytest.fixture(params=["at cost", "at a rate"])
def starter(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made: Path = shutil.copytree(STARTER, tmp_path / "a", ignore=shutil.ignore_patterns("store"))
    if request.param == "at a rate":
        (made / "model/rates.yaml").write_text(
            'rates:\n  working place: { service: workplace, price: "31.25" }\n', encoding="utf-8"
        )
    return made


@pytest.mark.parametrize("people", [41, 36, 50, 0])
def test_the_bill_is_that_of_a_build(starter: Path, people: int) -> None:
    was = run_of(starter)
    less = LessUse(Base(need(was).model, was, lambda *_: None), MONTH, "EUR")
    answer = less.ask("sales", {"people": Decimal(people)})
    drivers = starter / "data/drivers.csv"
    text = drivers.read_text(encoding="utf-8")
    assert "2026-02,sales,42,2100" in text
    drivers.write_text(text.replace("2026-02,sales,42,", f"2026-02,sales,{people},"), "utf-8")
    now, before = bills(run_of(starter), "sales"), bills(was, "sales")
    changed = {key: now.get(key, 0) - before.get(key, 0) for key in {*now, *before}}
    assert dict(answer.bill) == {key: amount for key, amount in changed.items() if amount}
    assert answer.bill_change == sum(now.values()) - sum(before.values())


def test_proposals_are_what_asking_gives_the_largest_first(starter: Path) -> None:
    run = run_of(starter)
    less = LessUse(Base(need(run).model, run, lambda *_: None), MONTH, "EUR")
    found = less.proposals("sales", 3)
    changes = [answer.bill_change for *_, answer in found]
    assert changes == sorted(changes)
    assert all(change < 0 for change in changes)
    for lever, left, answer in found:
        assert dict(less.ask("sales", {lever.driver: left}).bill) == dict(answer.bill)


def test_what_is_saved_follows_from_cost_behaviour(starter: Path) -> None:
    run = run_of(starter)
    less = LessUse(Base(need(run).model, run, lambda *_: None), MONTH, "EUR")
    said = {each.service.id: each for each in less.ask("sales", {"people": Decimal(32)}).savings}
    assert said["workplace"].amount > 0
    assert str(said["workplace"].start) == "2026-04"  # from March on, one month of notice
    orders = {
        each.service.id: each for each in less.ask("sales", {"orders": Decimal(2000)}).savings
    }
    assert orders["shop"].amount == 0  # less than a step of 1,000
    with pytest.raises(AllocationError):
        less.ask("sales", {"nothing": Decimal(1)})
