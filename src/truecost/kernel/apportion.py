"""An integer total split by weights, exactly, by largest remainder.

Everybody first gets the whole units of an exact share; the units that are left go, one each, to
those whose rest is largest (Hamilton's method). Nobody is further than one unit from the exact
share, and the parts add up to the total. A negative total is split the same way: its whole units
are taken towards minus infinity, so the rests are never negative.
"""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period

_TIE_BYTES = 8


def tie_of(key: str, period: Period) -> int:
    """Give the rank that decides between equal rests in a period: 64 bits, the lowest goes first.

    It is a hash of key and period (BLAKE2b), so that the odd unit wanders from month to month and
    nobody always gets it.
    """
    text = digest.canonical([key, period.index])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_TIE_BYTES).digest(), "big")


def apportion(
    total: int, weights: Sequence[int | Fraction], tie: Sequence[int] | None = None
) -> list[int]:
    """Split `total` units by `weights`, in their order.

    Of equal rests the lowest `tie` goes first, then the first by position; without `tie`, the
    first by position. A weight of 0 gets nothing. Raise ValueError where a weight is negative
    or all are 0.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError(f"a total can't be split by a negative weight: {min(weights)}")
    whole = sum(weights)
    if not whole:
        raise ValueError("a total can't be split: all weights are 0")
    return largest_remainder(total, [Fraction(total) * weight / whole for weight in weights], tie)


def largest_remainder(
    total: int, amounts: Sequence[Fraction], tie: Sequence[int] | None = None
) -> list[int]:
    """Round exact amounts, together, to whole units that add up to `total`.

    Each becomes its floor or one more. Ties as in `apportion`. Raise ValueError where no such
    rounding adds up to `total`, which lies further than rounding from the sum of the amounts.
    """
    parts = [math.floor(amount) for amount in amounts]
    rests = [amount - part for amount, part in zip(amounts, parts, strict=True)]
    left = total - sum(parts)
    if not 0 <= left <= sum(1 for rest in rests if rest):
        raise ValueError(f"{total} is no rounding of amounts that add up to {sum(amounts)}")
    first = sorted(range(len(parts)), key=lambda i: (-rests[i], tie[i] if tie else i, i))
    for i in first[:left]:
        parts[i] += 1
    return parts
