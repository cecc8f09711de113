"""The grid on which settled amounts are compared: multiples of 2⁻⁶⁴ of a minor unit.

An amount that is settled is its exact rational value rounded to the grid, half to even; what lies
within 2⁻¹²⁸ of the middle between two points counts as the middle. Amounts that differ by less
than the grid shows count as equal, and whole amounts are met exactly. So it makes no difference
whether an amount is known as a fraction or to 2⁻¹²⁸.
"""

from __future__ import annotations

from fractions import Fraction

BITS = 64
STEP = 2.0**-BITS


def nearest(numerator: int, denominator: int) -> Fraction:
    """Round a ratio to the grid; the denominator must be positive."""
    steps, rest = divmod(numerator << BITS, denominator)
    past = 2 * rest - denominator
    if abs(past) << BITS - 1 <= denominator:
        steps += steps & 1
    elif past > 0:
        steps += 1
    return Fraction(steps, 1 << BITS)
