"""Capacity, several drivers and standard rates over arbitrary graphs: nothing is lost."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.unit.engine_cases import Drawn, drawn, period_model, quantities

from truecost.engine.allocate import Allocated, allocate
from truecost.engine.capacity import Held
from truecost.engine.flows import Register
from truecost.engine.spreads import Spread
from truecost.kernel.findings import AllocationError, Place
from truecost.model.types import Allocation, Between, Capacity, CostObject, Kind, OverUse, Part

if TYPE_CHECKING:
    from truecost.model.resolve import PeriodModel

_PLACE = Place("model/allocations.yaml", 1, 1)
_FIGURES = st.one_of(
    st.sampled_from([Decimal(1), Decimal("0.001"), Decimal(10**9)]),
    st.decimals(Decimal("0.5"), 10**4, places=2, allow_nan=False),
)
_SHARES = st.fractions(Fraction(1, 100), 1, max_denominator=100)


@st.composite
def capacities(draw: st.DrawFn, consumers: tuple[str, ...]) -> Capacity:
    own_cost = draw(st.integers(0, 4)) == 0
    to = draw(st.sampled_from([None, *consumers]))
    return Capacity(
        _PLACE,
        figure=None if own_cost else draw(_FIGURES),
        fixed=Fraction(1) if own_cost else draw(st.one_of(st.just(Fraction(1)), _SHARES)),
        unused_to=CostObject(Kind.CONSUMER, to) if to else None,
        keep_apart="" if to else "idle",
        owner="" if to else "somebody",
        over_use=OverUse.CHARGED if own_cost else draw(st.sampled_from(OverUse)),
        own_cost=own_cost,
    )


@st.composite
def models(draw: st.DrawFn) -> tuple[Drawn, PeriodModel]:
    """Draw a case, some of its rules with capacities and as parts with drivers of their own."""
    case = draw(drawn())
    model = period_model(case)
    rules = tuple(_changed(draw, rule, case) for rule in model.allocations)
    return case, dataclasses.replace(model, allocations=rules)


def _changed(draw: st.DrawFn, rule: Allocation, case: Drawn) -> Allocation:
    if draw(st.integers(0, 3)) == 0:
        return rule
    rule = dataclasses.replace(rule, evenly=False, by="people")
    if draw(st.booleans()):
        number = draw(st.integers(0, len(rule.parts) - 1))
        held = dataclasses.replace(rule.parts[number], capacity=draw(capacities(case.consumers)))
        parts = (*rule.parts[:number], held, *rule.parts[number + 1 :])
        return dataclasses.replace(rule, parts=parts)
    targets = [part.target for part in rule.parts]
    share = draw(_SHARES)
    held_by = draw(st.one_of(st.none(), capacities(case.consumers)))
    first = Part(targets[0], percent=share, own=True, by="people", capacity=held_by)
    rest = Part(targets[-1], rest=True, own=True, by="hours")
    return dataclasses.replace(rule, parts=(first, rest), by=None)


def run(case: Drawn, model: PeriodModel) -> Allocated:
    entries = {name: dict(by_class) for name, by_class in case.case.entries.items()}
    values = quantities(case)
    drivers = {"people": values, "hours": values and {k: v + 1 for k, v in values.items()}}
    return allocate(model, case.case.currency, entries, drivers.get)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(models())
def test_nothing_is_lost(drawn_: tuple[Drawn, PeriodModel]) -> None:
    case, model = drawn_
    try:
        result = run(case, model)
    except AllocationError:
        event("refused")
        return
    event("with capacity" if result.held else "without")
    entered: dict[str, int] = defaultdict(int)
    for by_class in case.case.entries.values():
        for cls, amount in by_class.items():
            entered[cls] += amount
    for each in (*result.lines, *result.remainders):
        entered[each.cls] -= each.amount
    assert not any(entered.values())
    passed: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for flow in result.flows:
        assert flow.weight >= 0
        passed[flow.source][0] += flow.weight
        passed[flow.source][1] = flow.whole
    assert all(weight == whole for weight, whole in passed.values())
    for held, cost, apart in result.held:
        check(held, result, reciprocal=model.between_services is Between.RECIPROCAL)
        assert abs(apart) <= abs(cost) + len(entered) or held.line == ""


def check(held: Held, result: Allocated, *, reciprocal: bool) -> None:
    """Hold a capacity's line to the share that the model's words mean."""
    assert held.practical + held.over == held.used + held.unused
    assert not (held.unused and held.over)
    to_line = [
        Fraction(flow.weight, flow.whole)
        for flow in result.flows
        if (flow.source, flow.target) == (held.source, held.line)
    ]
    unused = Fraction(held.unused) / Fraction(held.practical)
    over = Fraction(held.over) / Fraction(held.used) if held.over else Fraction(0)
    expected = held.on_capacity * (unused or (over if held.line else 0))
    lost = any(
        flow.source == held.source and flow.target.startswith("remainder ") for flow in result.flows
    )
    if expected and reciprocal and not lost:
        assert sum(to_line) == expected
        whose = {flow.target for flow in result.flows if flow.source == held.line}
        assert whose == {held.target}


@given(
    st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=5),
    st.decimals(Decimal("0.01"), 300, places=2),
    _SHARES,
    _SHARES,
    st.sampled_from(OverUse),
)
def test_shares_are_those_of_the_formula(
    used: list[Decimal], practical: Decimal, fixed: Fraction, share: Fraction, over_use: OverUse
) -> None:
    whole = sum(used, Decimal(0))
    if not whole:
        return
    register = Register()
    spread = Spread(
        register.nodes.codes(map(str, range(len(used)))),
        np.array([int(each * 100) for each in used]),
        register.measured(used),
        "hours",
        total=whole,
    )
    terms = Capacity(_PLACE, figure=practical, fixed=fixed, over_use=over_use)
    held = Held(
        "service desk", "service desk", terms, _PLACE, practical, whole, share, "hours", "hour",
        "somebody", "remainder idle",
    )  # fmt: skip
    got: dict[str, Fraction] = defaultdict(Fraction)
    for part in held.shares(spread, register, fixed=False):
        for node, weight in zip(part.spread.targets, part.spread.weights.tolist(), strict=True):
            target = register.nodes.texts[node]
            got[target] += part.share * Fraction(weight, part.spread.whole)
    assert sum(got.values()) == share
    capacity, all_used = Fraction(practical), Fraction(whole)
    for at, each in enumerate(used):
        q = Fraction(each)
        if all_used <= capacity:
            exact = fixed * q / capacity + (1 - fixed) * q / all_used
        elif over_use is OverUse.CHARGED:
            exact = q / all_used
        else:
            exact = (fixed * capacity / all_used + 1 - fixed) * q / all_used
        assert got[str(at)] == share * exact
