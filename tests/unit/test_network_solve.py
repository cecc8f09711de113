from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.network_cases import Case, cases, gross, on_grid, open_cases

from truecost.engine.network import ClosedLoopError, Limits, Network, solve
from truecost.engine.settle import rounded
from truecost.kernel.findings import AllocationError

# As usual; every loop swept; nothing by fractions; all swept as a whole.
WAYS = [Limits(), Limits(loop=1), Limits(digits=0), Limits(digits=0, edges=0)]


@given(open_cases, st.sampled_from(WAYS))
def test_the_truth_lies_within_the_bound(case: Case, way: Limits) -> None:
    solution = solve(case.network(), case.matrix(), way)
    truth = gross(case)
    for node, name in enumerate(case.names):
        bound = solution.bound[node, 0]
        if np.isfinite(bound):
            assert abs(Fraction(solution.approx[node, 0]) - truth[name]) <= Fraction(bound)


@given(open_cases)
def test_small_networks_are_solved_as_fractions(case: Case) -> None:
    solution = solve(case.network(), case.matrix())
    assert {name: solution.exact(i, 0) for i, name in enumerate(case.names)} == gross(case)


@given(open_cases, st.sampled_from(WAYS[1:]))
def test_others_come_to_the_same_grid_points(case: Case, way: Limits) -> None:
    solution = solve(case.network(), case.matrix(), way)
    truth = gross(case)
    for node, name in enumerate(case.names):
        try:
            found = solution.exact(node, 0)
        except AllocationError as error:
            assert "next to nothing leaves the loop" in str(error)  # noqa: PT017 - else it is right
            return
        assert on_grid(found) == on_grid(truth[name])


@given(cases())
def test_loops_that_nothing_leaves_are_named(case: Case) -> None:
    stuck = case.stuck()
    if not stuck:
        solve(case.network(), case.matrix())
        return
    with pytest.raises(ClosedLoopError) as error:
        solve(case.network(), case.matrix())
    assert {name for loop in error.value.loops for name in loop} <= stuck
    assert error.value.names == min(error.value.loops)


def test_a_closed_loop_is_a_fault_even_where_no_cost_reaches_it() -> None:
    case = Case(("a", "b", "p", "t"), {("b", "a"): 1, ("a", "b"): 2, ("p", "t"): 3}, {"p": 100})
    with pytest.raises(ClosedLoopError, match="nothing leaves the loop a, b:") as error:
        solve(case.network(), case.matrix())
    assert error.value.names == ("a", "b")


def test_an_edge_of_weight_0_lets_nothing_out() -> None:
    case = Case(("a", "t"), {("a", "a"): 1, ("a", "t"): 0}, {})
    with pytest.raises(ClosedLoopError, match="loop a:"):
        solve(case.network(), case.matrix())


@pytest.mark.parametrize(
    ("tail", "head", "weight", "whole", "said"),
    [
        ([0], [1], [2], [3, 0], "a passes 2 out of a whole of 3"),
        ([0, 0], [1, 1], [4, -1], [3, 0], "a passes a negative weight, -1"),
        ([0], [2], [3], [3, 0], "must lie in 0 to 1"),
        ([0], [1], [3, 4], [3, 0], "one weight per tail"),
        ([0, 0], [1, 1], [2**62] * 2, [2**63, 1], "b passes 0 out of a whole of 1"),
    ],
)
def test_numbers_that_describe_no_network_are_refused(
    tail: list[int], head: list[int], weight: list[int], whole: list[int], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Network("ab", tail, head, weight, whole)


def test_weights_are_whole_numbers() -> None:
    halves: Any = [0.5, 0.5]
    with pytest.raises(TypeError):
        Network("ab", [0, 0], [1, 1], halves, [1, 0])


def test_edges_of_one_pair_are_merged() -> None:
    network = Network("abt", [0, 0, 0, 1], [2, 1, 2, 2], [1, 1, 2, 5], [4, 5, 0])
    assert [list(network.received(node)) for node in range(3)] == [[], [(0, 1)], [(0, 3), (1, 5)]]
    huge = Network("abt", [0, 0, 0, 1], [2, 1, 2, 2], [1, 1, 2**70, 5], [2 + 2**70, 5, 0])
    assert [list(huge.received(node)) for node in range(3)] == [
        [], [(0, 1)], [(0, 1 + 2**70), (1, 5)]
    ]  # fmt: skip


def test_entries_beyond_what_a_double_holds() -> None:
    case = Case(("a", "b", "t"), {("a", "t"): 2, ("a", "b"): 1, ("b", "t"): 1}, {"a": 2**62 + 1})
    solution = solve(case.network(), case.matrix())
    assert solution.exact(2, 0) == 2**62 + 1
    assert rounded(solution, 0).tolist() == [2**62 + 1, (2**62 + 2) // 3, 2**62 + 1]


def ring(count: int, stays: int) -> Case:
    """`count` objects in a circle, each passing `stays` on and 1 out."""
    names = (*(f"n{i:03}" for i in range(count)), "t")
    edges = {(names[i], names[(i + 1) % count]): stays for i in range(count)}
    edges |= {(names[i], "t"): 1 for i in range(count)}
    return Case(names, edges, {"n000": 10**9})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stays", [1, 99, 10**6])
def test_a_long_ring_is_told_to_the_unit(way: Limits, stays: int) -> None:
    case = ring(45, stays)
    solution = solve(case.network(), case.matrix(), way)
    share = Fraction(stays, stays + 1)
    first = 10**9 / (1 - share**45)
    assert on_grid(solution.exact(0, 0)) == on_grid(first)
    assert abs(Fraction(solution.approx[0, 0]) - first) <= Fraction(solution.bound[0, 0])
    assert solution.bound[0, 0] < first * Fraction(1, 10**6)
    assert solution.exact(45, 0) == 10**9


def test_a_loop_that_next_to_nothing_leaves() -> None:
    small = ring(3, 10**18)
    assert solve(small.network(), small.matrix()).exact(3, 0) == 10**9
    large = ring(40, 10**18)
    solution = solve(large.network(), large.matrix())
    with pytest.raises(AllocationError, match=r"leaves the loop n000, n001, .* and 30 more"):
        solution.exact(40, 0)


def test_columns_are_problems_of_their_own() -> None:
    case = ring(5, 3)
    entries = np.hstack([case.matrix(), -2 * case.matrix(), 0 * case.matrix()])
    solution = solve(case.network(), entries)
    for node in range(6):
        assert solution.exact(node, 1) == -2 * solution.exact(node, 0)
        assert solution.exact(node, 2) == solution.bound[node, 2] == 0
    with pytest.raises(ValueError, match="one row of entries per node"):
        solve(case.network(), entries[:-1])


def test_many_nodes_with_a_large_loop() -> None:
    random = np.random.default_rng(20)
    count, leaves = 3000, 200
    inner = count - leaves
    tail = np.repeat(np.arange(inner), 8)
    head = random.integers(0, count, inner * 8)
    head[::8] = random.integers(inner, count, inner)
    weight = random.integers(0, 1000, inner * 8) + (head >= inner)
    whole = np.zeros(count, np.int64)
    np.add.at(whole, tail, weight)
    entries = random.integers(-(10**6), 10**9, (count, 1))
    solution = solve(Network(map(str, range(count)), tail, head, weight, whole), entries)
    exact = [solution.exact(node, 0) for node in range(count)]
    assert sum(exact[inner:]) == pytest.approx(int(entries.sum()), abs=1e-15)
    off = [abs(Fraction(a) - b) for a, b in zip(solution.approx[:, 0].tolist(), exact, strict=True)]
    assert all(a <= b + 1e-18 for a, b in zip(off, solution.bound[:, 0], strict=True))
    assert solution.bound.max() < 1e-3
