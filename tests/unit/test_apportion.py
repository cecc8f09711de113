from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.kernel.apportion import apportion, largest_remainder, tie_of
from truecost.kernel.periods import Period

WEIGHTS = st.lists(st.integers(0, 10**20), min_size=1, max_size=9).filter(any)


@pytest.mark.parametrize(
    ("total", "ratios", "parts"),
    [
        (5, [70, 30], [4, 1]),
        (5, [30, 70], [2, 3]),
        (800, [1, 1, 1], [267, 267, 266]),
        (0, [1, 2], [0, 0]),
        (1, [0, 1, 0], [0, 1, 0]),
        (-5, [1, 1], [-2, -3]),
        (1, [Fraction(1, 3), Fraction(2, 3)], [0, 1]),
    ],
)
def test_the_cases_of_the_moneyphp_documentation_and_their_neighbours(
    total: int, ratios: list[int | Fraction], parts: list[int]
) -> None:
    assert apportion(total, ratios) == parts


def test_equal_rests_go_by_tie_the_lowest_first() -> None:
    assert apportion(800, [1, 1, 1], tie=[2, 1, 3]) == [267, 267, 266]
    assert apportion(800, [1, 1, 1], tie=[3, 1, 2]) == [266, 267, 267]


def test_the_odd_unit_wanders_with_the_period() -> None:
    first = [
        apportion(100, [1, 1, 1], [tie_of(key, Period(month)) for key in "abc"]).index(34)
        for month in range(24)
    ]
    assert set(first) == {0, 1, 2}


def test_a_tie_is_the_same_on_every_machine() -> None:
    assert tie_of("service rosa", Period.of(2022, 2)) == 9065175205773137058


@given(st.integers(-(10**15), 10**15), WEIGHTS)
def test_parts_add_up_and_lie_within_a_unit(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert weight or not part


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 3]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="can't be split"):
        apportion(10, weights)


def test_amounts_that_are_no_rounding_of_the_total_are_refused() -> None:
    with pytest.raises(ValueError, match="7 is no rounding"):
        largest_remainder(7, [Fraction(1, 2), Fraction(5, 2)])
