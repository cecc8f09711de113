"""A rate that was charged can only be given an end, unless the model says that nothing is final."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit import charging_workspace, engine_workspace

from truecost.kernel.findings import ModelError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

OLD = "  old: { service: api, price: 1.00, valid: { from: 2024-01 } }\n"
UNTIL = Period.parse("2024-02")


def build(folder: Path, rates: str, *, last: Period | None = None) -> Run:
    engine_workspace.write(folder, charging_workspace.files(f"rates:\n{rates}"))
    return engine_workspace.built(folder, last=last)


@pytest.fixture
def started(tmp_path: Path) -> Path:
    build(tmp_path, OLD, last=UNTIL)
    return tmp_path


@pytest.mark.parametrize(
    "rates",
    [
        OLD,
        OLD.replace("2024-01 }", "2024-01, to: 2024-02 }")
        + "  new: { service: api, price: 2.00, valid: { from: 2024-03-01 } }\n",
        OLD.replace("2024-01 }", "2024-01, to: 2024-03-15 }"),
        OLD + "  other: { service: net, price: 1.00 }\n",
        OLD.replace("price: 1.00,", "price: 1.00, reason: agreed,"),
        "# a comment moves it\n" + OLD,
        OLD.replace("1.00", "2.00") + "started_rates: may change\n",
    ],
)
def test_what_may_be_done(started: Path, rates: str) -> None:
    build(started, rates)


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (OLD.replace("1.00", "2.00"), 'rate "old" has begun, but its price changed'),
        (OLD.replace("price: 1.00", "price: 1.00, free: 5"), "but its free changed"),
        (OLD.replace("api,", "api, for: [sales],"), "but its for changed"),
        (OLD.replace("2024-01", "2024-02"), "changes days that were charged"),
        (OLD.replace("2024-01 }", "2024-01, to: 2024-02-28 }"), "changes days that were charged"),
        (OLD.replace("old", "new"), 'rate "old" is gone'),
        (
            OLD
            + "  new: { service: api, for: [sales], price: 2.00, valid: { from: 2024-02-29 } }\n",
            'rate "new" holds in 2024-02, which was charged without it',
        ),
    ],
)
def test_what_is_refused(started: Path, rates: str, said: str) -> None:
    before = Store.open(started / "store").ids()
    with pytest.raises(ModelError) as fault:
        build(started, rates)
    told = str(fault.value)
    assert said in told
    assert "started_rates: may change" in told
    (run,) = before
    assert run in told
    assert Store.open(started / "store").ids() == before


def test_a_changed_rate_is_told_with_both_places(started: Path) -> None:
    with pytest.raises(ModelError) as fault:
        build(started, "  # raised\n" + OLD.replace("1.00", "2.00"))
    (finding,) = fault.value.findings
    assert str(finding.place) == "model/rates.yaml:3:3"
    assert "charged in 2024-01 to 2024-02 as model/rates.yaml:2:3 said" in finding.detail[0]


def test_what_is_closed_may_not_even_change_so(started: Path) -> None:
    store = Store.open(started / "store")
    (run_id,) = store.ids()
    with store.lock(wait=True):
        store.closings.close(UNTIL.index, run_id, store.run(run_id).sha256, str(UNTIL))
    changed = OLD.replace("1.00", "2.00") + "started_rates: may change\n"
    with pytest.raises(ModelError) as fault:
        build(started, changed)
    assert "may change" not in str(fault.value)
    assert "end it, and begin a new one after it" in str(fault.value)
    new = "  new: { service: net, price: 1.00, valid: { from: 2024-02 } }\n"
    with pytest.raises(ModelError, match="charged without it"):
        build(started, OLD + new + "started_rates: may change\n")


def test_the_newest_run_of_a_month_counts(tmp_path: Path) -> None:
    build(tmp_path, OLD, last=UNTIL)
    second = OLD.replace("1.00", "2.00")
    build(tmp_path, second + "started_rates: may change\n", last=UNTIL)
    build(tmp_path, second)
    with pytest.raises(ModelError):
        build(tmp_path, OLD)


def test_a_correction_ends_the_rate_and_begins_another(started: Path) -> None:
    ended = OLD.replace("2024-01 }", "2024-01, to: 2024-02 }")
    run = build(
        started, ended + "  right: { service: api, price: 1.5, valid: { from: 2024-03 } }\n"
    )
    amounts = {
        (row["consumer"], row["rate"]): row["amount"]
        for row in run.table("charges").to_pylist()
        if row["period"] == (UNTIL + 1).index and row["rate"]
    }
    assert amounts["sales", "right"] == 75000
    assert ("sales", "old") not in amounts


def test_the_run_keeps_the_price_list(started: Path) -> None:
    run = Store.open(started / "store").need()
    rows = [row for row in run.table("model").to_pylist() if row["kind"] == "rates"]
    assert [(row["name"], row["place"]) for row in rows] == [("old", "model/rates.yaml:2:3")]
    assert json.loads(rows[0]["content"])["days"] == {"first": "2024-01-01", "last": None}
    assert load(started).rates[0].name == "old"
