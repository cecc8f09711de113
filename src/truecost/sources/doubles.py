"""Binary numbers become decimals: the shortest that means the same number, never a guess."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

from truecost.sources.values import DECIMALS

_STEP = Decimal(1).scaleb(-DECIMALS)
_LARGEST = 1e25
_ENOUGH = Context(prec=60, rounding=ROUND_HALF_EVEN)


def shortest(number: float) -> tuple[str, bool]:
    """Write a double by the shortest decimal that is read as the same double.

    Also say whether it was rounded: one with more than 12 decimals is rounded at the twelfth, half
    to even, since that is where amounts end (0.30000000000000004 is what a computer makes of
    0.1 + 0.2).
    """
    if not math.isfinite(number) or abs(number) > _LARGEST:
        return repr(number), False
    text = repr(number)
    if "e" not in text and len(text) - text.find(".") - 1 <= DECIMALS:
        return text.removesuffix(".0"), False
    exact = Decimal(text)
    rounded = exact.quantize(_STEP, context=_ENOUGH)
    written = f"{rounded:f}".rstrip("0").rstrip(".")
    return ("0" if written in {"", "-0"} else written), rounded != exact
