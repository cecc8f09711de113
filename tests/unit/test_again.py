from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.engine.again import Amounts, Settlement
from truecost.engine.settle import settle

SOME = st.one_of(
    st.integers(-5, 5).map(Fraction),
    st.fractions(-100, 100, max_denominator=6),
    st.fractions(-(10**13), 10**13, max_denominator=10**6),
    st.integers(-(2**60), 2**60).map(Fraction),
)
WIDTHS = st.sampled_from([0.0, 1e-15, 1e-9, 1e-5, 0.4, 7.0, float("inf")])


def given_as(
    exact: list[Fraction], ties: list[int], data: st.DataObject
) -> tuple[Amounts, list[tuple[float, float]]]:
    """Give amounts in doubles that are as wrong as drawn, within a certificate."""
    bound = np.array([data.draw(WIDTHS) for _ in exact])
    off = np.array([data.draw(st.floats(-0.9, 0.9)) for _ in exact])
    approx = np.array([float(amount) for amount in exact])
    whole = np.array([each == floor(each) and abs(each) < 2**53 for each in exact], np.bool_)
    bound = np.where(whole, bound, np.maximum(bound, np.abs(approx) * 2**-50))
    approx += np.where(np.isfinite(bound), bound, 0) * off / (1 + 2**-30)
    bound = np.where(bound > 0, bound + np.abs(approx) * 2**-50, 0)
    made = Amounts(approx, bound, exact.__getitem__, lambda i: (ties[i],))
    return made, list(zip(approx.tolist(), bound.tolist(), strict=True))


def settled(total: int, exact: list[Fraction], ties: list[int]) -> list[int]:
    approx = np.array([float(amount) for amount in exact])
    bound = np.full(len(exact), np.inf)
    found = settle(total, approx, bound, exact.__getitem__, ties.__getitem__)
    return [int(amount) for amount in found]


@settings(max_examples=400)
@given(st.lists(SOME, max_size=14), st.lists(SOME, max_size=6), st.data())
def test_rounding_again_is_rounding_all_anew(
    before: list[Fraction], come: list[Fraction], data: st.DataObject
) -> None:
    before.append(-sum(before, Fraction()) % 1)
    total = int(sum(before))
    ties = data.draw(st.permutations(range(len(before) + len(come) + 1)))
    standing, _ = given_as(before, ties, data)
    kept = Settlement(total, standing)
    assert kept.amounts.tolist() == settled(total, before, ties)
    gone = sorted(data.draw(st.sets(st.integers(0, len(before) - 1)))) if before else []
    here = [i for i in range(len(before)) if i not in gone]
    come.append(total - sum((before[i] for i in here), Fraction()) - sum(come, Fraction()))
    new, _ = given_as(come, ties[len(before) :], data)
    moved = kept.again(np.array(gone, np.int64), new)
    now = kept.amounts
    now[moved.places] = moved.amounts
    truth = settled(
        total, [before[i] for i in here] + come, [ties[i] for i in here] + ties[len(before) :]
    )
    assert [*now[here].tolist(), *moved.come.tolist()] == truth
    assert not set(gone) & set(moved.places.tolist())
    assert kept.amounts.tolist() == settled(total, before, ties)  # nothing was changed by it


def test_few_amounts_are_looked_up_exactly() -> None:
    dice = np.random.default_rng(5)
    asked: list[int] = []
    shares = dice.integers(1, 10**6, 20_000)
    exact = [Fraction(10**9 * int(share), int(shares.sum())) for share in shares]

    def look(i: int) -> Fraction:
        asked.append(i)
        return exact[i]

    approx = np.array([float(amount) for amount in exact])
    kept = Settlement(10**9, Amounts(approx, np.full(20_000, 1e-9), look, lambda i: (i,)))
    assert kept.amounts.sum() == 10**9
    gone = np.arange(100)
    other = [*(exact[i] * 2 for i in range(50)), *(Fraction(0) for _ in range(49))]
    other.append(sum(exact[:100], Fraction()) - sum(other, Fraction()))

    def look_new(i: int) -> Fraction:
        asked.append(i)
        return other[i]

    new = Amounts(
        np.array([float(each) for each in other]), np.full(100, 1e-9), look_new, lambda i: (-i,)
    )
    moved = kept.again(gone, new)
    now = kept.amounts
    now[moved.places] = moved.amounts
    assert now[100:].sum() + moved.come.sum() == 10**9
    ties = [*range(20_000)]
    assert [*now[100:].tolist(), *moved.come.tolist()] == settled(
        10**9, exact[100:] + other, ties[100:] + [-i for i in range(100)]
    )
    assert len(moved.places) < 100
    assert len(asked) < 200


def test_amounts_that_can_not_add_up_are_refused() -> None:
    half = Amounts(
        np.array([0.5, 0.5]), np.zeros(2) + 0.1, lambda _: Fraction(1, 2), lambda i: (i,)
    )
    kept = Settlement(1, half)
    assert kept.amounts.tolist() == [1, 0]
    nothing = Amounts(np.empty(0), np.empty(0), lambda _: Fraction(), lambda i: (i,))
    with pytest.raises(ValueError, match="do not add up to 1"):
        kept.again(np.array([0]), nothing)
    assert Settlement(0, nothing).amounts.tolist() == []
