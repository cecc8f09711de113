"""Figures that explain: percents, unit costs. Exact until rounded; nothing here is settled."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.kernel.apportion import apportion

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXACT = Context(prec=100, traps=[Inexact])
_HUNDRED = 100
_FINE = 4  # digits after the point of a unit cost below one


def percent(part: int | Fraction, whole: int | Fraction, places: int = 1) -> Decimal | None:
    """Give `part` in percent of `whole`, rounded half to even; None unless `whole` is positive."""
    if whole <= 0:
        return None
    return rounded(Fraction(part) * _HUNDRED / Fraction(whole), places)


def share_percent(share: Fraction, places: int = 1) -> Decimal:
    """Give a share of one in percent, rounded half to even."""
    return rounded(share * _HUNDRED, places)


def rounded(value: Fraction, places: int) -> Decimal:
    """Round a fraction half to even to so many digits after the point."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def shortened(value: Decimal, places: int) -> Decimal:
    """Give the same value without zeros at its end, but with so many digits after the point."""
    needed = max(places, -int(value.normalize(_EXACT).as_tuple().exponent))
    return value.quantize(Decimal(1).scaleb(-needed), context=_EXACT)


def whole_percents(parts: Sequence[int]) -> tuple[int, ...] | None:
    """Give the parts in whole percents that add up to 100, by largest remainder.

    None where percents mean nothing: a negative part, or parts that do not add up to more than 0.
    """
    if sum(parts) <= 0 or min(parts) < 0:
        return None
    return tuple(apportion(_HUNDRED, parts))


def each(amount: int, quantity: Decimal, currency: str) -> Decimal | None:
    """Give what one unit costs, in major units; finer below one. None where it means nothing."""
    if amount <= 0 or quantity <= 0:
        return None
    digits = money.digits(currency)
    value = Fraction(money.to_major(amount, currency)) / Fraction(quantity)
    return rounded(value, digits if value >= 1 else max(digits, _FINE))
