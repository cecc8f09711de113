"""The bridge of change: its formulas by hand, and that it sums exactly whatever is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.lineage_workspace import drawn

from truecost.engine.bridge import PARTS, Bridge, Bridges
from truecost.engine.build import build
from truecost.engine.lineage_lines import frozen_of
from truecost.engine.model_changes import model_changes
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.statements.book import Book
from truecost.statements.explain_bridge import bridge_view, sentences
from truecost.statements.explain_model import model_view
from truecost.statements.text import statement_text
from truecost.statements.views import statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

JANUARY, FEBRUARY = Period.of(2026, 1), Period.of(2026, 2)
_SETTINGS = """
truecost: 1
organisation: By hand
currency: EUR
default_class: run
sources:
  ledger:
    kind: ledger
    files: ledger.csv
    layouts: [ { date: Date, amount: Amount, account: Account } ]
    rejects: stop
"""
_RULE = "- { from: service rosa, to: consumers, by: devices }"


def written(
    folder: Path,
    ledger: str,
    drivers: str,
    rules: str = _RULE,
    accounts: str = '- { name: all, where: "TRUE", pool: Software & SaaS / Licensing }',
) -> tuple[Store, Run]:
    """Write and build a workspace of one service, rosa, and two consumers, a and b."""
    (folder / "model").mkdir(parents=True)
    for name, text in {
        "truecost.yaml": _SETTINGS,
        "ledger.csv": f"Date,Amount,Account\n{ledger}",
        "drivers.csv": f"period,target,devices,people\n{drivers}",
        "model/accounts.yaml": accounts,
        "model/cost_centres.yaml": '- { name: all, where: "TRUE", to: service rosa }',
        "model/towers.yaml": "- Network / LAN",
        "model/services.yaml": "rosa: { name: Rosa, owner: Somebody, behaviour: fixed }",
        "model/consumers.yaml": "all: { name: All, consumers: { a: { name: A }, b: { name: B } } }",
        "model/drivers.yaml": "devices: { unit: device, file: drivers.csv, column: devices }\n"
        "people: { unit: person, file: drivers.csv, column: people }",
        "model/allocations.yaml": f"rules:\n{rules}",
    }.items():
        (folder / name).write_text(f"{text.strip()}\n", encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        return store, build(load(folder), store).run


LEDGER = "2026-01-05,1000.00,1\n2026-02-05,1200.00,1\n"
DRIVERS = "2026-01,a,10,3\n2026-01,b,30,1\n2026-02,a,20,2\n2026-02,b,40,2\n"


def of(built: tuple[Store, Run], consumer: str = "a") -> Bridge:
    store, run = built
    return Bridges(store, run, FEBRUARY, JANUARY, "EUR").of(consumer, [consumer], [consumer])


def test_own_use_others_use_and_cost_by_hand(tmp_path: Path) -> None:
    """C₀ = 1000, q₀ = 10 of 40; C₁ = 1200, q₁ = 20 of 60.

    Own use 1000·20/50 − 1000·10/40 = 150.00; others 1000·20/60 − 400 = −66.67; cost 200/3 = 66.67.
    """
    bridge = of(written(tmp_path, LEDGER, DRIVERS))
    assert (bridge.before, bridge.after) == (25000, 40000)
    assert bridge.parts == (0, 15000, -6667, 6667, 0, 0, 0)


def test_a_consumer_that_stops_and_one_that_is_left(tmp_path: Path) -> None:
    drivers = "2026-01,a,10,3\n2026-01,b,30,1\n2026-02,a,0,2\n2026-02,b,30,2\n"
    built = written(tmp_path, LEDGER, drivers)
    assert of(built).parts == (0, -25000, 0, 0, 0, 0, 0)
    # b: others 1000·30/30 − 1000·30/40 = 250.00; cost (1200 − 1000)·30/30
    assert of(built, "b").parts == (0, 0, 25000, 20000, 0, 0, 0)


def test_the_model_first_on_the_earlier_data(tmp_path: Path) -> None:
    """From February cost is shared by people: January's would have been 750.00, not 250.00."""
    rules = (
        "- { from: service rosa, to: consumers, by: devices, valid: { to: 2026-01 } }\n"
        "- { from: service rosa, to: consumers, by: people, valid: { from: 2026-02 },"
        " reason: agreed 12 January }"
    )
    store, run = written(tmp_path, LEDGER, DRIVERS, rules)
    bridge = of((store, run))
    assert bridge.model_applied
    # then by people: own 1000·2/(4−1) − 750 = −83.33, others 1000·2/4 − 666.67, cost 200·2/4
    assert bridge.parts == (50000, -8333, -16667, 10000, 0, 0, 0)
    view = model_view(store, run, Book.of(run), FEBRUARY, JANUARY)
    assert [(leaf, effect) for leaf, _, effect in view.effects] == [("a", 50000), ("b", -50000)]
    (change,) = view.changes
    assert (change.kind, change.what, change.reason) == (
        "allocations", "changed", "agreed 12 January",
    )  # fmt: skip
    assert set(change.fields) == {"by", "reason"}
    assert change.place.startswith("model/allocations.yaml:3")


def test_a_changed_rule_sends_the_earlier_lines_elsewhere(tmp_path: Path) -> None:
    accounts = (
        "- { name: rent, where: account = '2', ignore: no technology, valid: { from: 2026-02 } }\n"
        '- { name: all, where: "TRUE", pool: Software & SaaS / Licensing }'
    )
    ledger = LEDGER + "2026-01-06,400.00,2\n2026-02-06,500.00,2\n"
    bridge = of(written(tmp_path, ledger, DRIVERS, accounts=accounts))
    assert (bridge.before, bridge.after) == (35000, 40000)
    assert bridge.parts == (-10000, 15000, -6667, 6667, 0, 0, 0)


def test_one_offs_stand_apart(tmp_path: Path) -> None:
    accounts = (
        "- { name: credit notes, where: amount < 0, pool: Software & SaaS / Licensing,"
        " one_off: yes }\n"
        '- { name: all, where: "TRUE", pool: Software & SaaS / Licensing }'
    )
    ledger = LEDGER + "2026-02-20,-90.00,1\n"
    bridge = of(written(tmp_path, ledger, DRIVERS, accounts=accounts))
    assert bridge.parts == (0, 15000, -6667, 6667, 0, -3000, 0)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "80.00", "some technology was bought for you alone, and none before"),
        ("80.00", "", "what was bought for you alone costs nothing any more"),
        ("80.00", "100.00", "what was bought for you alone costs 25.0\u00a0% more"),
        ("-80.00", "100.00", "what was bought for you alone costs more"),
    ],
)
def test_what_is_bought_directly_has_its_sentence(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    accounts = (
        "- { name: own, where: account = '2', pool: Software & SaaS / Licensing, to: consumer a }\n"
        '- { name: all, where: "TRUE", pool: Software & SaaS / Licensing }'
    )
    months = (("2026-01", before), ("2026-02", after))
    rows = (f"{month}-07,{amount},2\n" for month, amount in months if amount)
    same = "2026-01-05,1000.00,1\n2026-02-05,1000.00,1\n"
    drivers = "2026-01,a,10,3\n2026-01,b,30,1\n2026-02,a,10,2\n2026-02,b,30,2\n"
    store, run = written(tmp_path, same + "".join(rows), drivers, accounts=accounts)
    view = bridge_view(store, run, Book.of(run), "a", FEBRUARY, JANUARY)
    assert [text for _, text in sentences(view)] == [f"IT's cost: {said}"]


def test_a_statement_says_the_parts_where_its_store_is_at_hand(tmp_path: Path) -> None:
    rules = (
        "- { from: service rosa, to: consumers, by: devices, valid: { to: 2026-01 } }\n"
        "- { from: service rosa, to: consumers, by: people, valid: { from: 2026-02 },"
        " reason: agreed 12 January }"
    )
    store, run = written(tmp_path, LEDGER, DRIVERS, rules)
    view = statement_view(Book.of(run, store), "a", FEBRUARY)
    parts = {reason.part: reason.amount for reason in view.reasons}
    assert parts == {"model": 50000, "own_use": -8333, "others_use": -16667, "cost": 10000}
    assert view.reasons[0].text == "the model: Rosa is charged in another way (agreed 12 January)"
    assert view.reasons_note == ""
    alone = statement_view(Book.of(run), "a", FEBRUARY)
    assert [reason.part for reason in alone.reasons] == [""]


def test_a_statement_says_what_can_not_be_told_apart(tmp_path: Path) -> None:
    rules = (
        "- { from: service rosa, to: consumers, by: devices, valid: { to: 2026-01 } }\n"
        "- { from: service rosa, to: consumers, by: people, valid: { from: 2026-02 } }"
    )
    drivers = "2026-01,a,10,0\n2026-01,b,30,0\n2026-02,a,20,2\n2026-02,b,40,2\n"
    store, run = written(tmp_path, LEDGER, drivers, rules)
    view = statement_view(Book.of(run, store), "a", FEBRUARY)
    assert view.previous is not None
    assert sum(reason.amount for reason in view.reasons) == view.previous.change
    assert view.reasons_note in statement_text(view).replace("\n  ", " ")
    assert "can't be told apart" in view.reasons_note


def test_a_model_that_the_earlier_data_can_not_carry_is_said(tmp_path: Path) -> None:
    rules = (
        "- { from: service rosa, to: consumers, by: devices, valid: { to: 2026-01 } }\n"
        "- { from: service rosa, to: consumers, by: people, valid: { from: 2026-02 } }"
    )
    drivers = "2026-01,a,10,0\n2026-01,b,30,0\n2026-02,a,20,2\n2026-02,b,40,2\n"
    bridge = of(written(tmp_path, LEDGER, drivers, rules))
    assert not bridge.model_applied
    assert "people" in bridge.reason
    assert bridge.before + sum(bridge.parts) == bridge.after
    assert bridge.parts[0] == 0


@pytest.mark.parametrize("seed", range(4))
def test_every_bridge_sums_exactly(tmp_path: Path, seed: int) -> None:
    store, run = drawn(tmp_path / "workspace", seed)
    book = Book.of(run)
    for consumer in ("all", "north", "south", "east", "west", "head-office"):
        view = bridge_view(store, run, book, consumer, FEBRUARY, JANUARY)
        for line in view.bridge.lines:
            assert line.before + sum(line.parts) == line.after
        leaves = set(book.leaves(consumer, FEBRUARY))
        for month, total in ((JANUARY, view.bridge.before), (FEBRUARY, view.bridge.after)):
            rows = run.part("lines", month.index).to_pylist()
            assert total == sum(
                row["amount"]
                for row in rows
                if row["consumer"] in leaves and row["currency"] == "EUR"
            )
        change = view.bridge.after - view.bridge.before
        assert sum(amount for amount, _ in sentences(view)) == change
        assert view.bridge.parts[PARTS.index("model")] == 0


def test_a_model_compared_with_itself_has_not_changed(tmp_path: Path) -> None:
    _, run = written(tmp_path, LEDGER, DRIVERS)
    frozen = frozen_of(run, conditions_only=False)
    assert frozen is not None
    assert model_changes(frozen, FEBRUARY, frozen, JANUARY) == ()


def test_a_bill_is_bridged_to_another_run(tmp_path: Path) -> None:
    """The earlier month was built with other rules: that difference is the model's."""
    rules = "- { from: service rosa, to: consumers, split: evenly }"
    store, earlier = written(tmp_path, LEDGER, DRIVERS, rules)
    (tmp_path / "model" / "allocations.yaml").write_text(f"rules:\n{_RULE}\n", encoding="utf-8")
    with store.lock(wait=False):
        run = build(load(tmp_path), store).run
    bridge = Bridges(store, run, FEBRUARY, JANUARY, "EUR", earlier).of("a", ["a"], ["a"])
    assert bridge.before == 50000
    assert bridge.parts == (-25000, 15000, -6667, 6667, 0, 0, 0)
