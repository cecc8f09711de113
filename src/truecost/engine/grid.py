"""The grid on which settled amounts are compared: multiples of 2⁻⁶⁴ of a minor unit.

An amount that is settled is its exact rational value rounded, half to even, to the grid. Rests
that differ by less count as equal, and whole amounts are met exactly. So a result that can only
be known to within 2⁻¹²⁸ has the same settled amount as the fraction itself: what lies within
that of the middle between two grid points counts as the middle.
"""

from __future__ import annotations

from fractions import Fraction

BITS = 64
STEP = 2.0**-BITS


def nearest(numerator: int, denominator: int, within: int = 0) -> Fraction:
    """Round a ratio to the grid, half to even; a half is met by `within` of the numerator."""
    steps, rest = divmod(numerator << BITS, denominator)
    past = 2 * rest - denominator
    if abs(past) <= 2 * within << BITS:
        steps += steps & 1
    elif past > 0:
        steps += 1
    return Fraction(steps, 1 << BITS)
