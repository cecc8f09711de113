"""What one currency is worth in another in a period: average, closing or budget, and from where.

Daily rates become those of a period so: the average is the exact mean of the days that have one,
the closing rate that of the last such day. Each is then rounded once, half to even, to 15
significant digits, as many as a spreadsheet holds: what is shown is what was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.likeness import meant
from truecost.model.money_types import ECB, RateType
from truecost.sources.currencies import CODES
from truecost.sources.rates_ecb import PACKAGE, reference_rates
from truecost.sources.rates_file import read_rates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from truecost.kernel.calendars import Calendar
    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Period
    from truecost.model.money_types import Currencies
    from truecost.sources.rates_ecb import ReferenceRates
    from truecost.sources.rates_file import RateFile

DIGITS = 15
_ROUND = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


class Rate(NamedTuple):
    """One unit of `base` is worth `value` of `quote` in a period.

    `of_date` is the day it was published on, of an average the last of the `days` that it is the
    mean of; for a rate that a file states for the whole period, the period. `source` is `ECB` or
    file:line:column. Statements are at rates that are `shown`, the books at those `booked`.
    """

    period: int
    base: str
    quote: str
    type: str
    value: Decimal
    of_date: str
    days: int
    source: str
    shown: bool = False
    booked: bool = False


@dataclass(frozen=True, slots=True)
class _OfDays:
    value: Fraction
    last: date
    days: int


def rounded(value: Fraction) -> Decimal:
    """Round an exact rate to 15 significant digits, half to even."""
    exact = _ROUND.divide(Decimal(value.numerator), Decimal(value.denominator))
    return exact.normalize(_ROUND)


def days_of(period: Period) -> tuple[date, date]:
    """Give the first and the last day of a period."""
    return period.first_day, period.last_day


class RateBook:
    """Gives the rates into one currency, `quote`; each file is read once.

    `data` gives the path of a file of the workspace.
    """

    def __init__(
        self,
        chosen: Currencies,
        quote: str,
        data: Callable[[str], Path],
        calendar: Calendar = CALENDAR_MONTHS,
    ) -> None:
        self._calendar = calendar
        self._chosen = chosen
        self._quote = quote
        self._data = data
        self._series: dict[str, Mapping[date, Fraction]] = {}
        self._found: dict[tuple[RateType, str, int], Rate] = {}

    @cached_property
    def _ecb(self) -> ReferenceRates:
        return reference_rates()

    @cached_property
    def _files(self) -> dict[str, RateFile]:
        names = {self._chosen.rates, self._chosen.budget_rates} - {ECB, ""}
        return {name: read_rates(self._data(name), name, self._calendar) for name in sorted(names)}

    @cached_property
    def _tokens(self) -> RateFile | None:
        name = self._chosen.tokens
        return read_rates(self._data(name), name, self._calendar, tokens=True) if name else None

    def rate(self, kind: RateType, base: str, period: Period) -> Rate:
        """Give a rate. Raise AllocationError where there is none, SourceError for a bad file."""
        key = (kind, base, period.index)
        if key not in self._found:
            self._found[key] = self._look_up(kind, base, period)
        return self._found[key]

    def _look_up(self, kind: RateType, base: str, period: Period) -> Rate:
        chosen = self._chosen
        if base not in CODES:
            return self._of_tokens(kind, base, period)
        budget = kind is RateType.BUDGET and chosen.budget_rates
        name = chosen.budget_rates if budget else chosen.rates
        if name == ECB:
            return self._published(kind, base, period)
        file = self._files[name]
        for of in (str(kind), ""):
            stated = file.months.get((base, self._quote, of), {}).get(period.index)
            if stated is not None:
                return Rate(
                    period.index, base, self._quote, str(kind), rounded(stated.rate), str(period),
                    1, str(stated.place),
                )  # fmt: skip
        days = file.days.get((base, self._quote), {})
        if not days or kind is RateType.BUDGET:
            raise AllocationError(self._not_in(file, kind, base, period))
        found = self._of(kind, {day: each.rate for day, each in days.items()}, period)
        if isinstance(found, str):
            hint = f"add the days that lack, or raise  last_known_for:  in {chosen.place.file}"
            what = f"{name} has no {kind} rate from {base} to {self._quote} for {period}: {found}"
            raise AllocationError(Finding(chosen.place, what, hint))
        source = str(days[found.last].place) if kind is RateType.CLOSING else name
        return self._made(kind, base, period, found, source)

    def _of_tokens(self, kind: RateType, base: str, period: Period) -> Rate:
        """Give what a token is worth: the last that is said of it, in money, and that money's rate.

        The product is rounded once more where the money is not the workspace's own.
        """
        chosen = self._chosen
        found = {
            (month, quote): stated
            for (one, quote, _), values in (self._tokens.months if self._tokens else {}).items()
            for month, stated in values.items()
            if one == base and month <= period.index
        }
        if not found:
            what = f'nothing says what one "{base}" is worth in {period}'
            name = chosen.tokens or "tokens: data/tokens.csv"
            hint = f"add a row to {name}:  {period},{base},{self._quote},…"
            if not chosen.tokens:
                hint = f"write  {name}  with  period,from,to,rate:  {period},{base},{self._quote},…"
            raise AllocationError(Finding(chosen.place, what, hint))
        month, quote = max(found)
        stated = found[month, quote]
        value, source = stated.rate, str(stated.place)
        if quote != self._quote:
            other = self.rate(kind, quote, period)
            value *= Fraction(other.value)
            source = f"{source}, {quote} by {other.source}"
        return Rate(
            period.index, base, self._quote, str(kind), rounded(value),
            str(self._calendar.period(month)), 1, source,
        )  # fmt: skip

    def _published(self, kind: RateType, base: str, period: Period) -> Rate:
        """Give a rate of the European Central Bank, through the euro."""
        place = self._chosen.rates_place
        for each in (base, self._quote):
            if each not in self._ecb.currencies:
                hint = "name a file of rates:  rates: data/rates.csv"
                what = f"the European Central Bank publishes no rates for {each}"
                raise AllocationError(Finding(place, what, hint))
        if base not in self._series:
            self._series[base] = self._ecb.daily(base, self._quote)
        found = self._of(kind, self._series[base], period)
        if isinstance(found, str):
            what = (
                f"the European Central Bank's rates have no {kind} rate from {base} to"
                f" {self._quote} for {period}: {found}"
            )
            hint = "name a file of rates:  rates: data/rates.csv  (or wait for the month to end)"
            if days_of(period)[1] > self._ecb.last_day:
                hint = (
                    f"the rates in {PACKAGE} {self._ecb.version} end on {self._ecb.last_day}:"
                    " install a later version, or name a file of rates"
                )
            raise AllocationError(Finding(place, what, hint))
        return self._made(kind, base, period, found, ECB)

    def _of(self, kind: RateType, days: Mapping[date, Fraction], period: Period) -> _OfDays | str:
        """Make the rate of a period from daily ones, or say why there is none."""
        first, last = days_of(period)
        limit = self._chosen.last_known_days
        if kind is RateType.CLOSING:
            known = max((day for day in days if day <= last), default=None)
            if known is None or last - known > timedelta(days=limit):
                return f"none is known of the last {limit} days"
            return _OfDays(days[known], known, 1)
        within = sorted(day for day in days if first <= day <= last)
        gap = _widest([first, *within, last])
        if not within or gap[1] - gap[0] > timedelta(days=limit):
            return f"none is published from {gap[0]} to {gap[1]}, more than {limit} days"
        mean = sum((days[day] for day in within), Fraction(0)) / len(within)
        return _OfDays(mean, within[-1], len(within))

    def _made(self, kind: RateType, base: str, period: Period, of: _OfDays, source: str) -> Rate:
        return Rate(
            period.index, base, self._quote, str(kind), rounded(of.value), str(of.last), of.days,
            source,
        )  # fmt: skip

    def _not_in(self, file: RateFile, kind: RateType, base: str, period: Period) -> Finding:
        """Say what a file lacks, and what it might be that it has instead."""
        what = f"{file.name} has no {kind} rate from {base} to {self._quote} for {period}"
        if (base, self._quote) in file.pairs:
            hint = f"add a row:  {period},{base},{self._quote},…"
        elif (self._quote, base) in file.pairs:
            hint = (
                f"it has rates from {self._quote} to {base}: turn them round, and say what one"
                f" {base} is worth in {self._quote}"
            )
        else:
            known = [f"{one} to {other}" for one, other in file.pairs]
            hint = meant(f"{base} to {self._quote}", known) or f"it has: {', '.join(known)}"
        place: Place = self._chosen.place
        return Finding(place, what, hint)


def _widest(days: list[date]) -> tuple[date, date]:
    """Give the widest gap between days that follow each other."""
    pairs = pairwise(days)
    return max(pairs, key=lambda pair: (pair[1] - pair[0], pair[0]))
