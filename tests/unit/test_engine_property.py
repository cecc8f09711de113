"""Arbitrary graphs: the engine against dense fractions, cent by cent."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings
from tests.unit.engine_cases import Drawn, drawn, period_model, quantities
from tests.unit.engine_reference import RefusedError, gross_costs

from truecost.engine.allocate import Allocated, allocate
from truecost.kernel.findings import AllocationError

if TYPE_CHECKING:
    from tests.unit.engine_reference import Shares

Key = tuple[str, str, str]


def run(case: Drawn) -> Allocated:
    entries = {name: dict(by_class) for name, by_class in case.case.entries.items()}
    model = period_model(case)
    return allocate(model, case.case.currency, entries, lambda _: quantities(case))


def expected_lines(
    case: Drawn, shares: dict[str, Shares], costs: dict[str, dict[str, Fraction]]
) -> dict[Key, Fraction]:
    """Give every amount that reaches an end: (class, what it comes from, where it goes)."""
    ends = {
        (cls, source, target): cost.get(source, Fraction(0)) * share
        for cls, cost in costs.items()
        for source, targets in shares.items()
        for target, share in targets.items()
        if target not in shares
    }
    for name, by_class in case.case.entries.items():
        if name not in shares:
            ends |= {(cls, "", name): Fraction(amount) for cls, amount in by_class.items()}
    return ends


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn())
def test_every_line_is_within_a_cent_of_its_exact_share(case: Drawn) -> None:
    try:
        shares, costs = gross_costs(case.case)
    except RefusedError:
        event("refused")
        with pytest.raises(AllocationError):
            run(case)
        return
    event(f"settled, {case.between.strip('{ ').split(':')[0]}")
    exact = expected_lines(case, shares, costs)
    result = run(case)
    settled = {
        (each.cls, each.source, each.target.split(":")[0]): each.amount
        for each in (*result.lines, *result.remainders)
    }
    assert len(settled) == len(result.lines) + len(result.remainders)
    assert all(settled.values())
    assert {key for key in settled if not exact.get(key)} == set()
    for key, amount in exact.items():
        assert abs(settled.get(key, 0) - amount) < 1
    entered = case.case.entries.values()
    for cls in {cls for by_class in entered for cls in by_class}:
        total = sum(by_class.get(cls, 0) for by_class in entered)
        assert sum(settled[key] for key in settled if key[0] == cls) == total
    for (one, first), (other, second) in combinations(exact.items(), 2):
        if one[:2] == other[:2] and first == second:
            assert abs(settled.get(one, 0) - settled.get(other, 0)) <= 1
    for name, cost in result.gross.items():
        for cls, rounded in cost.items():
            assert rounded == round(costs.get(cls, {}).get(name, Fraction(0)))
    for flow in result.flows:
        assert Fraction(flow.weight, flow.whole) == shares[flow.source][flow.target.split(":")[0]]
