"""Why a share of a dual rate, or of a capacity, changed."""

from __future__ import annotations

from fractions import Fraction

from truecost.engine.bridge_parts import in_parts, moved_in_parts
from truecost.engine.lineage import Edge

COST = Fraction(100_000)


def edge(weight: int, driver: str, quantity: int, total: int, target: str = "a") -> Edge:
    return Edge("service desk", f"consumer {target}", weight, 1000, driver, f"{quantity}",
                f"{total}", "hour", "model/allocations.yaml:2:5")  # fmt: skip


def test_each_driver_moves_its_own_part() -> None:
    before = [edge(180, "seats", 30, 100), edge(200, "hours", 600, 1200)]
    after = [edge(180, "seats", 30, 100), edge(250, "hours", 500, 800)]
    assert in_parts(before)
    own, others = moved_in_parts(before, after, COST)
    # 400.00 by hours: 500 of 1,100 instead of 600 of 1,200, then 500 of 800
    assert own == round(40_000 * (Fraction(500, 1100) - Fraction(1, 2)))
    assert own + others == 5_000


def test_what_is_taken_of_a_capacity_is_taken_from_nobody() -> None:
    # 60 % over 1,000 hours, 40 % over what was used
    before = [edge(240, "hours", 400, 1000), edge(200, "hours", 400, 800)]
    after = [edge(300, "hours", 500, 1000), edge(222, "hours", 500, 900)]
    own, others = moved_in_parts(before, after, COST)
    assert own == round(60_000 * Fraction(1, 10) + 40_000 * (Fraction(5, 9) - Fraction(1, 2)))
    assert others == 0


def test_a_branch_with_one_driver_is_no_case_of_it() -> None:
    assert not in_parts([edge(1, "hours", 1, 10), edge(2, "hours", 2, 20, "b")])
    assert not in_parts([])
