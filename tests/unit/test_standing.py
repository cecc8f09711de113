"""A month asked again comes to what allocating it anew comes to, whenever it answers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from tests.unit.engine_cases import Drawn, drawn, period_model, quantities
from tests.unit.engine_reference import Part, Rule

from truecost.engine.allocate import Allocated, allocate
from truecost.engine.standing import Standing
from truecost.kernel.findings import AllocationError
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from truecost.engine.graph import Quantities
    from truecost.model.resolve import PeriodModel

Amounts = dict[tuple[str, str, str], int]
_QUANTITY = st.one_of(
    st.sampled_from([Decimal(0), Decimal(1), Decimal("0.5"), Decimal(-1)]),
    st.decimals(0, 10**4, places=3, allow_nan=False),
)


@st.composite
def split_last(draw: st.DrawFn) -> Drawn:
    """Draw a case in which some services pass all their cost to consumers, by the driver."""
    case = draw(drawn())
    charged = tuple(f"consumer {each}" for each in case.consumers)
    rules, written = dict(case.case.rules), dict(case.written)
    entries = dict(case.case.entries)
    for service in draw(st.lists(st.sampled_from(case.services), min_size=1, unique=True)):
        name = f"service {service}"
        rules[name] = Rule((Part(charged, group=True),), even=False, allowed=True)
        written[name] = (("consumers", "rest"),)
        entries.setdefault(name, {"run": draw(st.integers(-(10**6), 10**9))})
    given = dict(case.case.quantities or {})
    for name in charged:
        given.setdefault(name, abs(draw(_QUANTITY)))
    changed = replace(case.case, rules=rules, entries=entries, quantities=given)
    return replace(case, case=changed, written=written)


def allocated(case: Drawn, model: PeriodModel, values: Quantities | None) -> Allocated:
    entries = {name: dict(by_class) for name, by_class in case.case.entries.items()}
    return allocate(model, case.case.currency, entries, lambda _: values)


def amounts(result: Allocated) -> Amounts:
    rows = [*result.lines, *result.remainders]
    return {(row.cls, row.source, row.target): row.amount for row in rows}


def check(case: Drawn, model: PeriodModel, after: PeriodModel, new: Quantities) -> None:
    try:
        before = allocated(case, model, quantities(case))
    except AllocationError:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
    entries = {name: dict(by_class) for name, by_class in case.case.entries.items()}
    standing = Standing(model, case.case.currency, before.flows, entries)
    found = standing.changed(lambda _: new, ["people"])
    if found is None:
        event("to be allocated anew")
        return
    event("rounded again" if len(found) else "nothing is another")
    now = amounts(before)
    for line in found:
        key = (line.cls, line.source, line.target)
        assert now.get(key, 0) == line.was != line.now
        now[key] = line.now
    assert {key: amount for key, amount in now.items() if amount} == amounts(
        allocated(case, after, new)
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(split_last(), split_last(), drawn()), st.data())
def test_other_quantities_are_what_allocating_anew_comes_to(
    case: Drawn, data: st.DataObject
) -> None:
    new = dict(quantities(case) or {})
    consumers = [CostObject(Kind.CONSUMER, each) for each in case.consumers]
    services = [CostObject(Kind.SERVICE, each) for each in case.services]
    some = consumers if data.draw(st.integers(0, 3)) else [*consumers, *services]
    for each in data.draw(st.lists(st.sampled_from(some), min_size=1, unique=True)):
        new[each] = data.draw(_QUANTITY)
    model = period_model(case)
    check(case, model, model, new)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(split_last(), st.data())
def test_asking_twice_is_answered_alike(case: Drawn, data: st.DataObject) -> None:
    model = period_model(case)
    new = dict(quantities(case) or {})
    new[CostObject(Kind.CONSUMER, case.consumers[0])] = data.draw(_QUANTITY)
    try:
        before = allocated(case, model, quantities(case))
    except AllocationError:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
    entries = {name: dict(by_class) for name, by_class in case.case.entries.items()}
    standing = Standing(model, case.case.currency, before.flows, entries)
    first, second = (standing.changed(lambda _: new, ["people"]) for _ in range(2))
    assert (first is None) == (second is None)
    assert [*(first or ())] == [*(second or ())]
    same = standing.changed(lambda _: quantities(case), ["people"])
    assert same is None or len(same) == 0
