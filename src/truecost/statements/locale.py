"""How money, quantities and months are written where the readers live.

The locale of a statement stands in its run's manifest, so that an old run reads as it did. It is
set around the drawing of a view and of a document with `speaking`, as a decimal context is; what is
drawn outside is plain English. Sentences are English in every locale for now.

Plain English needs no library and is what `kernel.money` writes; elsewhere Babel (Unicode CLDR)
says which marks are used and where. Nothing here rounds: every digit is given as it is.
"""

from __future__ import annotations

import copy
import re
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

from truecost.kernel import money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from decimal import Decimal

    from babel import Locale
    from babel.numbers import NumberPattern

    from truecost.kernel.periods import Period

PLAIN = "en"
_SPOKEN: ContextVar[str] = ContextVar("locale", default=PLAIN)
_MINUS = "−"
# Babel surrounds figures with direction marks; the alphabets do that themselves
_MARKS = re.compile("[\u200e\u200f\u061c]")


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Write figures and months by a locale such as `de_CH` until the block ends."""
    token = _SPOKEN.set(locale or PLAIN)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def language() -> str:
    """Give the language tag of figures and months: `en`, `en-GB`."""
    return _SPOKEN.get().replace("_", "-")


def shown(minor: int, currency: str, *, sign: bool = False) -> str:
    """Give minor units as people read them: `£1,234.50`, `−1.234,50 €`; with `sign`, `+£1,234.50`.

    The minus is U+2212, as wide as a digit.
    """
    spoken = _SPOKEN.get()
    if spoken == PLAIN:
        return money.shown(minor, currency, sign=sign)
    mark = _MINUS if minor < 0 else "+" if sign and minor > 0 else ""
    return mark + _currency(money.to_major(abs(minor), currency), currency, spoken)


def unit_cost(value: Decimal, currency: str) -> str:
    """Give a cost of one in major units with the digits that it has: `£0.0034`."""
    spoken = _SPOKEN.get()
    if spoken == PLAIN:
        lead = money.shown(0, currency).rstrip("0.,")
        return f"{lead}{value:,f}"
    return _currency(value, currency, spoken)


def number(value: Decimal) -> str:
    """Give a number with its digits grouped, and all the digits that it has: `1,204`, `0.50`."""
    spoken = _SPOKEN.get()
    mark = _MINUS if value < 0 else ""
    if spoken == PLAIN:
        return f"{mark}{abs(value):,f}"
    return mark + _applied(_pattern(spoken, None), abs(value), "", spoken)


def month(period: Period) -> str:
    """Give a period in words: `February 2022`, `février 2022`, `Period 3 of 2024-25`."""
    spoken = _SPOKEN.get()
    return period.words if spoken == PLAIN or not period.is_month else _month(period, spoken)


def day(date: dt.date) -> str:
    """Give a day in words: `7 April 2026`, `7 avril 2026`."""
    spoken = _SPOKEN.get()
    if spoken == PLAIN:
        return f"{date.day} {date:%B} {date.year}"
    from babel import dates  # noqa: PLC0415

    return _MARKS.sub("", dates.format_date(date, "long", locale=_locale(spoken)))


def dated(period: Period) -> str:
    """Give a period in words with its days, where the words don't say which."""
    spoken = _SPOKEN.get()
    if spoken == PLAIN or period.is_month:
        return period.dated if spoken == PLAIN else month(period)
    return f"{period.words} ({_days(period, spoken)})"


@cache
def _locale(spoken: str) -> Locale:
    from babel.core import Locale  # noqa: PLC0415  plain English does without

    return Locale.parse(spoken)


@cache
def _month(period: Period, spoken: str) -> str:
    from babel import dates  # noqa: PLC0415

    day = period.first_day
    return _MARKS.sub("", dates.format_skeleton("yMMMM", day, locale=_locale(spoken)))


def _days(period: Period, spoken: str) -> str:
    from babel import dates  # noqa: PLC0415

    first, last = period.first_day, period.last_day
    return _MARKS.sub("", dates.format_interval(first, last, "yMMMMd", locale=_locale(spoken)))


@cache
def _pattern(spoken: str, currency: str | None) -> NumberPattern:
    formats = _locale(spoken).currency_formats if currency else _locale(spoken).decimal_formats
    pattern: NumberPattern = formats["standard" if currency else None]
    return pattern


def _currency(value: Decimal, currency: str, spoken: str) -> str:
    return _applied(_pattern(spoken, currency), value, currency, spoken)


def _applied(pattern: NumberPattern, value: Decimal, currency: str, spoken: str) -> str:
    digits = max(0, -int(value.as_tuple().exponent))
    pattern = copy.copy(pattern)
    pattern.frac_prec = (digits, digits)
    locale = _locale(spoken)
    text = pattern.apply(value, locale, currency=currency or None, currency_digits=False)
    return _MARKS.sub("", text)
