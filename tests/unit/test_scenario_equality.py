"""A scenario is what a full build of the changed workspace gives, to the bit."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from tests.unit.engine_workspace import built, write
from tests.unit.scenario_workspace import (
    MONTHS,
    TOWER,
    Firm,
    NotWrittenError,
    changed,
    files,
    firms,
    scenario_text,
    scenarios,
)

from truecost.engine.bridge_sides import need
from truecost.kernel.findings import AllocationError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.model.scenario_reading import parse_scenario
from truecost.model.types import CostObject, Kind
from truecost.scenarios import rewrite
from truecost.scenarios.base import Base
from truecost.scenarios.compute import compute, minus
from truecost.scenarios.further import Further
from truecost.scenarios.what_if import WhatIf
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from truecost.scenarios.compute import Computed
    from truecost.store.run import Run

Amounts = dict[tuple[Any, ...], int]


def base_of(folder: Path) -> Base:
    run = built(folder)
    further = Further(load(folder), Store.open(folder / "store"))
    return Base(need(run).model, run, further)


def computed(base: Base, said: dict[str, Any]) -> Computed | None:
    found: list[Any] = []
    scenario = parse_scenario(
        base.model, scenario_text(said).encode(), "trial", "scenarios/trial.yaml", found
    )
    assert scenario is not None, found
    try:
        (made,) = compute(base, scenario, base.periods, detail=True)
    except AllocationError:
        return None
    return made


def stored(run: Run) -> tuple[Amounts, Amounts, Amounts]:
    lines = {
        (row["period"], row["class"], row["service"], row["consumer"]): row["amount"]
        for row in run.table("lines").to_pylist()
    }
    remainders: Amounts = defaultdict(int)
    for row in run.table("remainders").to_pylist():
        remainders[row["period"], row["class"], row["object"]] += row["amount"]
    objects = {
        (row["period"], row["class"], row["object"]): row["amount"]
        for row in run.table("objects").to_pylist()
    }
    return lines, dict(remainders), objects


def told(base: Base, made: Computed) -> tuple[Amounts, Amounts, Amounts]:
    lines: Amounts = {}
    remainders: Amounts = defaultdict(int)
    objects: Amounts = {}
    held = {month.period: month for month in made.months}
    for period in base.periods:
        month = held.get(period) or base.slice(period, "GBP")
        for key, amount in month.lines.items():
            lines[period.index, *key] = amount
        for (cls, _, object_, _), amount in month.remainders.items():
            remainders[period.index, cls, object_] += amount
        for name, by_class in month.gross.items():
            for cls, amount in by_class.items():
                if amount:
                    objects[period.index, cls, name] = amount
    return lines, dict(remainders), objects


def by_hand(firm: Firm, said: dict[str, Any], base: Base, made: Computed) -> Firm:
    """Do the scenario to the workspace; months before it begins stay, savings are ledger lines."""
    gross = {month: dict(base.slice(Period.parse(month), "GBP").gross[TOWER]) for month in MONTHS}
    now = changed(firm, said, gross)
    for month in made.months:
        for saving in month.savings:
            for cls, amount in saving.full.items() if saving.counted else ():
                if not amount:
                    continue
                line = (str(month.period), f"service {saving.service.id}", cls, -amount)
                now.lines.append(line)
    return now


@pytest.fixture(scope="module", autouse=True)
def _named_alike() -> Iterator[None]:
    """Call what is stranded as a build calls what no rule takes: equal rests go by the name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewrite, "ENDED", "no rule")
        patch.setattr(rewrite, "UNUSED", "no rule")
        yield


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(firms(), scenarios())
def test_a_scenario_is_a_full_build_of_the_changed_workspace(
    tmp_path_factory: pytest.TempPathFactory, firm: Firm, said: dict[str, Any]
) -> None:
    folder: Path = tmp_path_factory.mktemp("firm")
    try:
        base = base_of(write(folder / "base", files(firm)))
    except AllocationError:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
    made = computed(base, said)
    if made is None:
        event("refused")
        return
    months = sum(made.after.values()) + made.total.named
    assert months == (
        sum(made.before.values())
        + made.named_before
        + made.total.added
        - made.total.saved
        - made.total.taken
    )
    effects: dict[tuple[str, str], int] = defaultdict(int)
    for effect in made.effects:
        for key, amount in effect.bills.items():
            effects[key] += amount
    assert {key: amount for key, amount in effects.items() if amount} == minus(
        made.after, made.before
    )
    try:
        now = by_hand(firm, said, base, made)
    except NotWrittenError:
        event("can't be written down")
        return
    event(f"compared: {sorted(said.keys() - {'description'})}")
    full = built(write(folder / "changed", files(now)))
    first = made.periods[0].index
    for there, here in zip(stored(full), told(base, made), strict=True):
        assert since(there, first) == since(here, first)


def since(amounts: Amounts, first: int) -> Amounts:
    return {key: amount for key, amount in amounts.items() if key[0] >= first and amount}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(firms(), st.data())
def test_what_if_is_a_scenario_without_cost_behaviour(
    tmp_path_factory: pytest.TempPathFactory, firm: Firm, data: st.DataObject
) -> None:
    folder: Path = tmp_path_factory.mktemp("firm")
    try:
        base = base_of(write(folder / "base", files(firm)))
    except AllocationError:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
    driver = data.draw(st.sampled_from(sorted(firm.quantities)))
    target = data.draw(st.sampled_from(firm.consumers))
    quantity = data.draw(st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(300)]))
    period = base.periods[0]
    what_if = WhatIf(base, period, "GBP")
    answer = what_if.ask({driver: {CostObject(Kind.CONSUMER, target): quantity}})
    event("last tier" if answer.last_tier else "upstream")
    for month in firm.quantities[driver].values():
        month[target] = quantity
    after = base_of(write(folder / "after", files(firm))).slice(period, "GBP")
    assert answer.changes == base.slice(period, "GBP").lines.differences(after.lines)
    assert what_if.ask({driver: {}}).changes == {}
    assert sum(answer.by_consumer.values()) == sum(answer.changes.values())
