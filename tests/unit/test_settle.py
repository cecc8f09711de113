from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.network_cases import Case, bills, flows, gross, largest_remainder, open_cases

from truecost.engine.grid import nearest
from truecost.engine.network import Limits, solve
from truecost.engine.settle import rounded, settle
from truecost.kernel import digest
from truecost.kernel.apportion import tie_of
from truecost.kernel.findings import AllocationError
from truecost.kernel.periods import Period

MAY = Period.of(2021, 5)
WAYS = [Limits(), Limits(loop=1), Limits(digits=0)]
AMOUNTS = st.one_of(
    st.integers(-5, 5).map(Fraction),
    st.fractions(-100, 100, max_denominator=6),
    st.fractions(-(10**13), 10**13, max_denominator=10**6),
    st.integers(-(2**60), 2**60).map(Fraction),
)


def tie(key: tuple[str, str]) -> int:
    return tie_of(digest.canonical([*key, "run"]), MAY)


@given(open_cases, st.sampled_from(WAYS))
def test_bills_are_the_largest_remainder_of_the_fractions(case: Case, way: Limits) -> None:
    exact = flows(case)
    total = sum(case.entries.values())
    try:
        found = bills(solve(case.network(), case.matrix(), way), "run", MAY)
    except AllocationError:  # a loop too tight for anything but fractions
        assert way != Limits()
        return
    assert sum(found.values()) == total
    assert all(abs(found[key] - amount) < 1 for key, amount in exact.items())
    assert found == largest_remainder(exact, total, tie)


@given(open_cases, st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_edges_does_not_matter(case: Case, random: object) -> None:
    names, edges = list(case.names), list(case.edges.items())
    shuffle = getattr(random, "shuffle")  # noqa: B009 - hypothesis gives its own kind of Random
    shuffle(names)
    shuffle(edges)
    other = Case(tuple(names), dict(edges), case.entries)
    first = bills(solve(case.network(), case.matrix()), "run", MAY)
    assert bills(solve(other.network(), other.matrix()), "run", MAY) == first


@given(st.integers(-200, 10**9), st.integers(1, 30), st.integers(1, 10**6))
def test_identical_consumers_differ_by_a_cent_at_most(cost: int, count: int, weight: int) -> None:
    names = ("s", "t", *(f"c{i}" for i in range(count)))
    edges = {(tail, head): weight for tail in "st" for head in names[2:]} | {("s", "t"): weight}
    found = bills(solve(Case(names, edges, {"s": cost}).network(), column(cost, names)), "run", MAY)
    for service in "st":
        parts = [amount for (tail, _), amount in found.items() if tail == service]
        assert max(parts) - min(parts) <= 1


def column(cost: int, names: tuple[str, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([[cost]] + [[0]] * (len(names) - 1), np.int64)


@given(st.lists(AMOUNTS, min_size=1, max_size=12), st.data())
def test_what_doubles_believe_changes_nothing(amounts: list[Fraction], data: st.DataObject) -> None:
    amounts.append(-sum(amounts, Fraction()) % 1)
    total = int(sum(amounts))
    ties = data.draw(st.permutations(range(len(amounts))))
    widths = st.sampled_from([0.0, 1e-15, 1e-9, 0.4, 7.0, float("inf")])
    bound = np.array([data.draw(widths) for _ in amounts])
    off = np.array([data.draw(st.floats(-0.9, 0.9)) for _ in amounts])
    approx = np.array([float(amount) for amount in amounts])
    # a bound of 0 promises a whole number that a double holds; others hold the conversion too
    whole = np.array([amount == floor(amount) and abs(amount) < 2**53 for amount in amounts])
    bound = np.where(whole, bound, np.maximum(bound, np.abs(approx) * 2**-50))
    approx += np.where(np.isfinite(bound), bound, 0) * off / (1 + 2**-30)
    bound = np.where(bound > 0, bound + np.abs(approx) * 2**-50, 0)
    found = settle(total, approx, bound, amounts.__getitem__, ties.__getitem__)
    keys = [(str(i), "") for i in range(len(amounts))]
    truth = largest_remainder(
        dict(zip(keys, amounts, strict=True)), total, lambda k: ties[int(k[0])]
    )
    assert found.tolist() == list(truth.values())


def test_exact_values_are_asked_for_only_in_doubt() -> None:
    asked: list[int] = []
    amounts = [Fraction(10, 3), Fraction(10, 3), Fraction(10, 3), Fraction(7), Fraction(1, 2)]
    amounts.append(Fraction(1, 2))

    def exact(i: int) -> Fraction:
        asked.append(i)
        return amounts[i]

    approx = np.array([float(amount) for amount in amounts])
    found = settle(18, approx, np.full(6, 1e-12), exact, [2, 0, 1, 5, 4, 3].__getitem__)
    assert found.tolist() == [3, 3, 3, 7, 1, 1]
    assert asked == [3]


def test_amounts_that_can_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up to 9"):
        settle(9, np.array([0.5]), np.array([0.1]), lambda _: Fraction(1, 2), lambda i: i)
    assert settle(0, np.array([]), np.array([]), Fraction, int).tolist() == []


@pytest.mark.parametrize("way", WAYS)
def test_equal_rests_from_a_large_loop_are_decided_by_their_ties(way: Limits) -> None:
    loop = [f"n{i:02}" for i in range(34)]
    consumers = ["x", "y", "z"]
    edges = {(tail, loop[i - 1]): 4 for i, tail in enumerate(loop)}
    edges |= {(tail, head): 1 for tail in loop for head in consumers}
    case = Case((*loop, *consumers), edges, dict.fromkeys(loop, 1000) | {"n00": 1001})
    found = bills(solve(case.network(), case.matrix(), way), "run", MAY)
    assert found == largest_remainder(flows(case), 34_001, tie)


def test_nothing_and_one_cent() -> None:
    case = Case(("s", "a", "b"), {("s", "a"): 1, ("s", "b"): 1}, {"s": 1})
    assert sorted(bills(solve(case.network(), case.matrix()), "run", MAY).values()) == [0, 1]
    assert set(bills(solve(case.network(), 0 * case.matrix()), "run", MAY).values()) == {0}


def test_cost_that_lands_on_a_consumer_is_its_own_line() -> None:
    case = Case(("s", "a"), {("s", "a"): 1}, {"s": 5, "a": -7})
    found = bills(solve(case.network(), case.matrix()), "run", MAY)
    assert found == {("s", "a"): 5, ("a", "a"): -7}


@given(open_cases, st.sampled_from(WAYS[:2]))
def test_gross_costs_are_rounded_half_to_even(case: Case, way: Limits) -> None:
    solution = solve(case.network(), case.matrix(), way)
    try:
        truth = [round(solution.exact(node, 0)) for node in range(len(case.names))]
        assert rounded(solution, 0).tolist() == truth
    except (AllocationError, OverflowError):
        return


@given(open_cases, st.sampled_from(WAYS), st.integers(1, 99), st.integers(1, 10**20))
def test_what_a_node_would_pass_out_of_another_whole(
    case: Case, way: Limits, weight: int, whole: int
) -> None:
    try:
        solution = solve(case.network(), case.matrix(), way)
        for node, name in enumerate(case.names):
            share = gross(case)[name] * weight / whole
            assert solution.passed(node, weight, 0, whole) == nearest(*share.as_integer_ratio())
    except AllocationError:  # a loop too tight for anything but fractions
        assert way != Limits()
