"""What a rate makes of a quantity, exactly: the arithmetic of a price list.

Kinds of tiers as the billing systems have them: *graduated*, each unit at the price of the tier
that it falls into; *volume*, all units at the price of the tier that the whole falls into;
*packages*, each that is started. Tiers are chosen on the quantity of the whole period.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from truecost.model.charging import Form

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from truecost.model.charging import Rate, Tier

RATE, FEE, MINIMUM = "rate", "fee", "minimum"


class Component(NamedTuple):
    """A part of a charge. `amount` is exact, in major units; the texts say how it came about."""

    kind: str
    item: str
    quantity: str
    unit: str
    price: str
    amount: Fraction


class Measured(NamedTuple):
    """What a rate is applied to: quantities and the names of their units."""

    quantity: Fraction
    unit: str
    agreed: Fraction = Fraction(0)
    agreed_unit: str = ""


def components(rate: Rate, measured: Measured) -> list[Component]:
    """Give the parts of what a rate charges for a whole period, in the order of a price list."""
    made = list(_by_quantity(rate, measured)) if rate.form is not Form.NONE else []
    if rate.agreed_price is not None and measured.agreed:
        amount = measured.agreed * Fraction(rate.agreed_price)
        made.append(
            Component(
                RATE, "agreed", number(measured.agreed), measured.agreed_unit,
                number(Fraction(rate.agreed_price)), amount,
            )
        )  # fmt: skip
    if rate.fee is not None:
        made.append(_fee("fee", rate.fee))
    least = Fraction(rate.minimum or 0)
    if (lacking := least - sum(part.amount for part in made)) > 0:
        item = f"up to the minimum of {grouped(least)}"
        made.append(Component(MINIMUM, item, "", "", "", lacking))
    return made


def _by_quantity(rate: Rate, measured: Measured) -> Iterator[Component]:
    """Give what the quantity costs, tier by tier."""
    if not measured.quantity:
        return
    free = min(Fraction(rate.free or 0), max(measured.quantity, Fraction(0)))
    quantity = measured.quantity - free
    note = f"after {grouped(free)} free" if free else ""
    if rate.form is Form.PACKAGES:
        size = Fraction(rate.package or 1)
        packages = Fraction(math.ceil(quantity / size))
        yield _priced(rate.tiers[0], note, packages, f"package of {grouped(size)}")
        return
    if rate.form is Form.VOLUME:
        number_of, low, tier = next(
            (position, low, tier)
            for position, (low, tier) in enumerate(_lows(rate.tiers), 1)
            if tier.up_to is None or quantity <= tier.up_to
        )
        item = _joined(_range(number_of, low, tier), note)
        yield from _tier(tier, item, quantity, measured.unit)
        return
    for position, (begins, each) in enumerate(_lows(rate.tiers), 1):
        if position > 1 and quantity <= begins:
            break
        top = quantity if each.up_to is None else min(quantity, Fraction(each.up_to))
        item = _range(position, begins, each) if len(rate.tiers) > 1 else ""
        yield from _tier(each, _joined(item, note), top - begins, measured.unit)


def _lows(tiers: tuple[Tier, ...]) -> Iterator[tuple[Fraction, Tier]]:
    """Give each tier with the quantity after which it begins."""
    low = Fraction(0)
    for tier in tiers:
        yield low, tier
        low = Fraction(tier.up_to or 0)


def _tier(tier: Tier, item: str, quantity: Fraction, unit: str) -> Iterator[Component]:
    if tier.price or tier.percent or tier.fee is None:  # a tier may have a fee alone
        yield _priced(tier, item, quantity, unit)
    if tier.fee is not None and quantity:
        yield _fee(f"fee of {item}" if item else "fee", tier.fee)


def _priced(tier: Tier, item: str, quantity: Fraction, unit: str) -> Component:
    if tier.percent is not None:
        percent = f"{number(tier.percent * 100)}%"
        return Component(RATE, item, number(quantity), unit, percent, quantity * tier.percent)
    price = Fraction(tier.price or 0)
    return Component(RATE, item, number(quantity), unit, number(price), quantity * price)


def _fee(item: str, fee: Decimal) -> Component:
    return Component(FEE, item, "", "", number(Fraction(fee)), Fraction(fee))


def _range(position: int, low: Fraction, tier: Tier) -> str:
    """Give a tier in words."""
    begins = f"over {grouped(low)}" if low else ""
    ends = f"up to {grouped(Fraction(tier.up_to))}" if tier.up_to is not None else ""
    words = " ".join(filter(None, (begins, ends)))
    return f"tier {position}: {words or 'all'}"


def _joined(*texts: str) -> str:
    return ", ".join(filter(None, texts))


@lru_cache(1 << 16)
def number(value: Fraction) -> str:
    """Write an exact number: a decimal where it is one, else a fraction."""
    scaled, places = value, 0
    while scaled.denominator % 2 == 0 or scaled.denominator % 5 == 0:
        scaled, places = scaled * 10, places + 1
    if scaled.denominator != 1:
        return str(value)
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def grouped(value: Fraction) -> str:
    """Write a number as people read it: `1,000`."""
    whole, point, rest = number(value).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdecimal() else whole
