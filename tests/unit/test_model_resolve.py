"""The model of one period: what holds, what a target means, and a hash of nothing else."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from truecost.kernel.findings import Place
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.model.resolve import columns_of, resolve, select
from truecost.model.source_types import Rejects
from truecost.model.taxonomy import tbm
from truecost.model.types import (
    Behaviour,
    BehaviourKind,
    Between,
    Class,
    CostObject,
    Group,
    Kind,
    Missing,
    Model,
    Target,
)

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, AFTER = Period.of(2021, 6), Period.of(2021, 7)
HERE = Place("model/allocations.yaml", 1, 1)
WORKSPACE = {
    "truecost.yaml": """\
truecost: 1
organisation: 007
currency: GBP
fiscal_year: { begins: 1 April, periods: months }
sources:
  ledger:
    kind: ledger
    files: data/*.csv
    delimiter: tab
    decimal_comma: yes
    date_order: day month year
    layouts:
      - { date: Date, amount: Net, account: Account, currency: Cur?, quantity: Number ? }
      - { date: Day, amount: Amount, cost_centre: Centre }
    clean:
      account: trim(account)
      account_group: left(account, 3)
    rejects: { hold_up_to: 10,000.00, unreadable: 3 }
""",
    "model/accounts.yaml": """\
- { name: all, where: "TRUE", pool: Staffing / Internal Labor, class: transform, to: own consumer }
""",
    "model/services.yaml": """\
old: { name: Old, behaviour: "step of 1,500, notice 1 month", unit: box, valid: { to: 2021-06 } }
new: { name: New, behaviour: "variable, notice 2 months", valid: { from: 2021-07 } }
base: { name: Base, behaviour: fixed }
""",
    "model/consumers.yaml": """\
a: { name: A }
branch:
  name: Branch
  consumers:
    b: { name: B, valid: { to: 2021-06 } }
    twig:
      name: Twig
      valid: { to: 2021-06 }
      consumers:
        c: { name: C }
        d: { name: D }
e: { name: E }
""",
    "model/drivers.yaml": """\
payments:
  unit: payment
  source: ledger
  measure: sum(quantity)
  over: 12 months
  show: shares
  when_missing: previous month
boxes: { unit: box, file: data/boxes.csv }
""",
    "model/allocations.yaml": """\
between_services: { step_down: [base, old, new] }
rules:
- from: service old
  to: { a: 33.3%, services: "1,000.50", consumers: rest }
  by: payments
  valid: { to: 2021-06 }
- from: [base]
  to: [a, e]
  by: boxes
- from: new
  to: consumer a
  valid: { from: 2021-07 }
""",
}


def workspace(folder: Path, changed: dict[str, tuple[str, str]] | None = None) -> Model:
    for name, text in WORKSPACE.items():
        before, after = (changed or {}).get(name, ("", ""))
        assert before in text
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text.replace(before, after) if before else text, encoding="utf-8")
    return load(folder)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return workspace(tmp_path)


def consumer(name: str) -> CostObject:
    return CostObject(Kind.CONSUMER, name)


def service(name: str) -> CostObject:
    return CostObject(Kind.SERVICE, name)


def test_words_become_exact_values(model: Model) -> None:
    source = model.sources[0]
    assert model.organisation == "007"
    assert model.fiscal_year.begins == 4
    assert (source.delimiter, source.decimal_comma, source.date_order) == (
        "\t", True, "day month year",
    )  # fmt: skip
    assert source.rejects == Rejects(Decimal("10000.00"), 3)
    assert source.layouts[0].columns == {
        "date": ("Date", False), "amount": ("Net", False), "account": ("Account", False),
        "currency": ("Cur", True), "quantity": ("Number", True),
    }  # fmt: skip
    assert [each.behaviour for each in model.services] == [
        Behaviour(BehaviourKind.STEP, 1500, 1),
        Behaviour(BehaviourKind.VARIABLE, None, 2),
        Behaviour(BehaviourKind.FIXED, None, 0),
    ]
    assert model.accounts[0].cls is Class.TRANSFORM
    assert model.accounts[0].own_consumer
    payments, boxes = model.drivers
    assert (payments.months, payments.shares_only) == (12, True)
    assert payments.when_missing is Missing.PREVIOUS
    assert boxes.column == "boxes"
    parts = model.allocations[0].parts
    assert [(part.percent, part.amount, part.rest) for part in parts] == [
        (Fraction(333, 1000), None, False), (None, Decimal("1000.50"), False), (None, None, True),
    ]  # fmt: skip
    assert model.between_services is Between.STEP_DOWN


def test_without_lists_the_taxonomy_holds(model: Model) -> None:
    assert model.pools == tbm().pools
    assert model.towers == tbm().towers
    assert (len(tbm().pools), len(tbm().towers)) == (40, 55)
    assert (len(tbm().solutions), len(tbm().consumers)) == (141, 4)


def test_columns_of_a_source(model: Model) -> None:
    assert columns_of(model.sources[0]) == ("account", "cost_centre", "account_group")


def test_what_holds_in_a_period(model: Model) -> None:
    before, after = resolve(model, BEFORE), resolve(model, AFTER)
    assert [each.id for each in before.services] == ["old", "base"]
    assert [each.id for each in after.services] == ["new", "base"]
    assert (before.step_order, after.step_order) == (("base", "old"), ("base", "new"))
    assert before.leaves == ("a", "b", "c", "d", "e")
    assert after.leaves == ("a", "e")
    assert [each.id for each in after.consumers] == ["a", "e"], "a sum of nothing is not there"
    assert [rule.sources for rule in after.allocations] == [(service("base"),), (service("new"),)]


def test_what_a_target_means(model: Model) -> None:
    before, after = resolve(model, BEFORE), resolve(model, AFTER)
    both = Target(HERE, groups=(Group.SERVICES, Group.CONSUMERS))
    assert [each.id for each in select(both, before)] == ["old", "base", "a", "b", "c", "d", "e"]
    assert [each.id for each in select(both, after)] == ["new", "base", "a", "e"]
    branch = Target(HERE, groups=(Group.CONSUMERS,), within="branch")
    assert select(branch, before) == (consumer("b"), consumer("c"), consumer("d"))
    assert select(branch, after) == ()
    named = Target(HERE, objects=(consumer("e"), service("base")))
    assert select(named, before) == (consumer("e"), service("base"))


def test_the_digest_is_of_content_only(model: Model, tmp_path: Path) -> None:
    moved = workspace(
        tmp_path / "elsewhere", {"model/services.yaml": ("base:", "\n\n# a remark\nbase:")}
    )
    assert moved.services[2].place != model.services[2].place
    assert moved == model
    assert resolve(moved, BEFORE).digest == resolve(model, BEFORE).digest
    assert resolve(model, BEFORE).digest != resolve(model, AFTER).digest
    assert resolve(model, BEFORE - 1).digest == resolve(model, BEFORE).digest


def test_an_end_set_later_leaves_the_past_as_it_was(model: Model, tmp_path: Path) -> None:
    ended = workspace(
        tmp_path / "later",
        {"model/allocations.yaml": ("  by: boxes\n", "  by: boxes\n  valid: { to: 2021-12 }\n")},
    )
    assert resolve(ended, BEFORE).digest == resolve(model, BEFORE).digest
    late = Period.of(2022, 1)
    assert resolve(ended, late).digest != resolve(model, late).digest


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("model/accounts.yaml", "transform", "run"),
        ("model/allocations.yaml", "33.3%", "33.4%"),
        ("model/allocations.yaml", "by: boxes", "split: evenly"),
        ("model/consumers.yaml", "name: E", "name: Ee"),
        ("truecost.yaml", "trim(account)", "upper(account)"),
        ("truecost.yaml", "organisation: 007", "organisation: 07"),
    ],
)
def test_any_change_of_content_changes_the_digest(
    model: Model, tmp_path: Path, file: str, before: str, after: str
) -> None:
    changed = workspace(tmp_path / "changed", {file: (before, after)})
    assert resolve(changed, BEFORE).digest != resolve(model, BEFORE).digest


def test_the_digest_is_the_same_on_every_machine(model: Model) -> None:
    assert resolve(model, BEFORE).digest == (
        "f12a3fcb8d3c4c672b3ad4714d050fadcf1c770ee0c2c819a8024751c222de74"
    )


def test_a_period_model_is_frozen(model: Model) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        resolve(model, BEFORE).currency = "EUR"  # type: ignore[misc]
