"""What is coming: rates that begin or end, what was of one month only, where the year may end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from truecost.kernel.days import first_day
from truecost.statements import locale, words
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from truecost.kernel.periods import Period
    from truecost.model.charging import Rate
    from truecost.statements.views import StatementView

_AHEAD = dt.timedelta(days=366)
_LOOKED_AT = 6
_TRUE_UP = "true-up"
_ONE_OFF = "one_off"


#: By service the days on which a rate begins (True), or the last that is known ends.
RateDays: TypeAlias = "Mapping[str, tuple[tuple[dt.date, bool], ...]]"


@dataclass(frozen=True, slots=True)
class YearEnd:
    """Where a fiscal year may end, in minor units, if the months left are like the last ones.

    `least` and `most` are what it comes to where each month left costs what the cheapest, or the
    dearest, of the last `months` did. `left` months are to come; none, and both are what it was.
    """

    label: str
    left: int
    months: int
    least: int
    most: int


def year_end(view: StatementView) -> YearEnd | None:
    """Say where the year may end; None where months of it are missing, or too few are known."""
    calendar = view.period.calendar
    if view.year_to_date is None:
        return None
    last = view.year_first + (calendar.per_year - 1)
    left = last.index - view.period.index
    recent = [total for _, total in view.history[-_LOOKED_AT:]]
    if left and len(recent) < _LOOKED_AT // 2:
        return None
    return YearEnd(
        view.year_label,
        left,
        len(recent),
        view.year_to_date + left * min(recent, default=0),
        view.year_to_date + left * max(recent, default=0),
    )


def rates(view: StatementView, known: Iterable[Rate]) -> tuple[str, ...]:
    """Say in sentences which rates of a statement's services begin or end within a year."""
    services = {line.object.removeprefix("service "): line.name for line in view.lines}
    today, until = view.period.last_day, view.period.last_day + _AHEAD
    found: list[tuple[dt.date, str]] = []
    by_service: dict[str, list[Rate]] = {}
    for rate in known:
        if rate.service in services:
            by_service.setdefault(rate.service, []).append(rate)
    for service, some in by_service.items():
        held = [rate for rate in some if rate.days.in_period(view.period)]
        later = [rate for rate in some if rate.days.first and today < rate.days.first <= until]
        name = services[service]
        for rate in later:
            if rate.days.first is not None:
                was = next((_price(each) for each in held), None)
                found.append((rate.days.first, _begins(name, rate, was, view.currency)))
        for rate in held:
            ends = rate.days.last
            if ends is not None and ends <= until and not later:
                what = f"{name}: its rate ends on {_day(ends)}; no later one is agreed yet."
                found.append((ends, what))
    return tuple(str(visible(text)) for _, text in sorted(dict.fromkeys(found)))


def rate_days(period: Period, known: Iterable[Rate]) -> RateDays:
    """Give by service the days within a year on which a rate begins (True), or the last one ends.

    Rates that began in the period itself are among them: they may have had no notice.
    """
    begun, until = first_day(period), period.last_day + _AHEAD
    by_service: dict[str, list[Rate]] = {}
    for rate in known:
        by_service.setdefault(rate.service, []).append(rate)
    found = {}
    for service, some in by_service.items():
        firsts = [each.days.first for each in some if each.days.first]
        begins = {day for day in firsts if begun <= day <= until}
        lasts = [each.days.last for each in some]
        ends = {day for day in lasts if day and begun <= day <= until and None not in lasts}
        last = {day for day in ends if day == max(filter(None, lasts))}
        days = [*((day, True) for day in begins), *((day, False) for day in last)]
        if days:
            found[service] = tuple(sorted(days))
    return found


def _begins(name: str, rate: Rate, was: Decimal | None, currency: str) -> str:
    price = _price(rate)
    begins = f"from {_day(rate.days.first)}" if rate.days.first else "soon"
    if price is None:
        return f"{name}: another rate holds {begins}."
    before = f", {words.unit_cost(was, currency)} now" if was is not None else ""
    return f"{name}: {words.unit_cost(price, currency)} each {begins}{before}."


def _price(rate: Rate) -> Decimal | None:
    return rate.tiers[0].price if len(rate.tiers) == 1 else None


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def once(view: StatementView) -> tuple[str, ...]:
    """Say in sentences what is of this period only, and not to be expected in the next."""
    found = []
    for line in view.lines:
        for part in line.charged.parts:
            if part.kind == _TRUE_UP and part.amount:
                amount = locale.shown(part.amount, view.currency, sign=True)
                found.append(f"{line.name}: {amount}, settled once for {part.item}.")
    for reason in view.reasons:
        if reason.part == _ONE_OFF and reason.amount:
            amount = locale.shown(reason.amount, view.currency, sign=True)
            found.append(f"{words.capital(reason.text)}: {amount} of the change.")
    return tuple(found)
