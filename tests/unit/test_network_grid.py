from __future__ import annotations

from fractions import Fraction

import pytest

from truecost.engine.grid import nearest

STEP = Fraction(1, 2**64)


@pytest.mark.parametrize(
    ("value", "steps"),
    [
        (Fraction(7), 7 * 2**64),
        (Fraction(-7), -7 * 2**64),
        (STEP / 3, 0),
        (2 * STEP / 3, 1),
        (STEP / 2, 0),
        (3 * STEP / 2, 2),
        (-STEP / 2, 0),
        (-3 * STEP / 2, -2),
        (STEP / 2 + STEP / 2**64, 0),
        (STEP / 2 + STEP / 2**63, 1),
        (3 * STEP / 2 - STEP / 2**64, 2),
        (3 * STEP / 2 - STEP / 2**63, 1),
    ],
)
def test_a_middle_goes_to_the_even_point(value: Fraction, steps: int) -> None:
    assert nearest(*value.as_integer_ratio()) == steps * STEP
