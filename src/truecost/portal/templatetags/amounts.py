"""How templates write figures: as readers write them, minus signs and all.

They go by the locale that is spoken (`statements.locale.speaking`), which `portal.shown` sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from truecost.statements import locale, words

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from truecost.kernel.periods import Period

register = template.Library()


@register.filter
def money(minor: int | str | None, currency: str) -> str:
    """Give minor units: `£1,234.50`; nothing for what is not there, None or the "" of templates."""
    return locale.shown(minor, currency) if isinstance(minor, int) else ""


@register.filter
def signed(minor: int | str | None, currency: str) -> str:
    """Give a change in minor units: `+£1,234.50`."""
    return locale.shown(minor, currency, sign=True) if isinstance(minor, int) else ""


@register.filter
def unit_cost(each: Decimal | None, currency: str) -> str:
    """Give what one unit costs: `£0.0034`."""
    return "" if each is None else locale.unit_cost(each, currency)


@register.filter
def month(period: Period) -> str:
    """Give a month in words."""
    return locale.month(period)


@register.filter
def day(date: dt.date) -> str:
    """Give a day in words."""
    return locale.day(date)


@register.filter
def percent(value: Decimal | None) -> str:
    """Give a change in percent: `+4.6 %`."""
    return "" if value is None else words.percent(value, sign=True)


@register.filter
def quantity(value: Decimal | None) -> str:
    """Give a quantity: `1,204`."""
    return "" if value is None else words.number(value)
