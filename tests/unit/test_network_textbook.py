"""Allocations of support departments as textbooks print them, in cents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.network_cases import Case, bills

from truecost.engine.network import solve
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Uses = dict[str, dict[str, int]]

# Bhimani, Horngren and others, Management and Cost Accounting, exercise 5.18.
SPORT_COST = {"A/HR": 600_000, "IS": 2_400_000}
SPORT_USE = {
    "A/HR": {"IS": 25, "GOVT": 40, "CORP": 35},
    "IS": {"A/HR": 10, "GOVT": 30, "CORP": 60},
}
# expertsmind.com, question 30131914; its reciprocal figures recomputed exactly.
PLANT_COST = {"S1": 92_400, "S2": 184_800, "S3": 138_600, "P1": 400_000, "P2": 500_000}
PLANT_USE = {
    "S1": {"S2": 1000, "S3": 2000, "P1": 4000, "P2": 3000},
    "S2": {"S1": 2000, "S3": 4000, "P1": 10000, "P2": 4000},
    "S3": {"S1": 4500, "P1": 1500, "P2": 9000},
}
# University of Regina, BUS 388, chapter 10.4, which prints a rounding error of a dollar.
CLINIC_COST = {"HR": 80_000, "DP": 120_000, "RM": 40_000}
CLINIC_USE = {
    "HR": {"DP": 20, "RM": 10, "M": 40, "A": 30},
    "DP": {"HR": 8, "RM": 7, "M": 30, "A": 55},
    "RM": {"M": 50, "A": 50},
}


def case(cost: Mapping[str, int], use: Uses, scale: int = 100) -> Case:
    names = tuple(dict.fromkeys([*use, *cost, *(head for heads in use.values() for head in heads)]))
    edges = {(tail, head): units for tail, heads in use.items() for head, units in heads.items()}
    return Case(names, edges, {name: amount * scale for name, amount in cost.items()})


def direct(use: Uses) -> Uses:
    return step_down(use, [], *use)


def step_down(use: Uses, order: Sequence[str], *never: str) -> Uses:
    """Leave out what goes back to departments that are closed already, or to `never`."""
    return {
        tail: {
            head: units
            for head, units in heads.items()
            if head not in (*order[: order.index(tail) if tail in order else None], *never)
        }
        for tail, heads in use.items()
    }


def billed(cost: Mapping[str, int], use: Uses, scale: int = 100) -> dict[str, int]:
    chosen = case(cost, use, scale)
    bill: dict[str, int] = {}
    lines = bills(solve(chosen.network(), chosen.matrix()), "run", Period.of(2020, 4))
    for (_, head), amount in lines.items():
        bill[head] = bill.get(head, 0) + amount
    assert sum(bill.values()) == scale * sum(cost.values())
    return bill


@pytest.mark.parametrize(
    ("cost", "use", "bill"),
    [
        (SPORT_COST, direct(SPORT_USE), {"GOVT": 1_120_000, "CORP": 1_880_000}),
        (SPORT_COST, step_down(SPORT_USE, ["A/HR", "IS"]), {"GOVT": 1_090_000, "CORP": 1_910_000}),
        (SPORT_COST, step_down(SPORT_USE, ["IS", "A/HR"]), {"GOVT": 1_168_000, "CORP": 1_832_000}),
        (PLANT_COST, direct(PLANT_USE), {"P1": 604_600, "P2": 711_200}),
        (PLANT_COST, step_down(PLANT_USE, ["S1", "S2", "S3"]), {"P1": 573_360, "P2": 742_440}),
        (PLANT_COST, PLANT_USE, {"P1": 593_500, "P2": 722_300}),
    ],
)
def test_bills_are_those_of_the_book_to_the_cent(
    cost: Mapping[str, int], use: Uses, bill: dict[str, int]
) -> None:
    assert billed(cost, use) == {name: 100 * amount for name, amount in bill.items()}


def gross(cost: Mapping[str, int], use: Uses) -> dict[str, int]:
    chosen = case(cost, use, 1)
    solution = solve(chosen.network(), chosen.matrix())
    return {name: round(solution.exact(i, 0)) for i, name in enumerate(chosen.names)}


def test_gross_costs_are_those_of_the_book() -> None:
    found = gross(PLANT_COST, PLANT_USE)
    assert (found["S1"], found["S2"], found["S3"]) == (177_000, 202_500, 214_500)


def test_a_book_that_rounds_on_the_way_is_met_to_a_dollar() -> None:
    printed = {"HR": 91_057, "DP": 138_211, "RM": 58_781, "M": 107_276, "A": 132_724}
    found = gross(CLINIC_COST, CLINIC_USE)
    assert {name: abs(found[name] - printed[name]) <= 1 for name in printed} == dict.fromkeys(
        printed, True
    )
    assert sum(billed(CLINIC_COST, CLINIC_USE).values()) == 24_000_000
