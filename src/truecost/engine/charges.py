"""Charges: what consumers are billed, shown or funded for, at rates or at what it cost.

Two ledgers. The lines of a run are cost at actual, which services pass to each other and on to
consumers. Charges are another table: for a service at rates, what its rates make of the quantities
of those whom they are for; for all else, the cost. The difference, service by service, is recovery
(`recovery`).

A rate charges the part of a month on whose days it holds; days without a rate are charged at cost.
All parts of what a rate charges a consumer in a period are rounded together, half to even, and
their cents handed out by largest remainder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from truecost.engine.rating import Component, Measured, components
from truecost.kernel.apportion import largest_remainder
from truecost.kernel.days import length
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.money import digits, whole_minor
from truecost.model.charging import TRUE_COST, Form, Rate, Treatment
from truecost.model.resolve import select
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from truecost.engine.graph import Quantities
    from truecost.engine.lines import Costs
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Driver

COST, FUNDING, TRUE_UP = "cost", "funding", "true-up"
_UNUSED = "unused "
_SERVICE = f"{Kind.SERVICE} "


class Charge(NamedTuple):
    """A row of the run's table `charges`."""

    period: int
    currency: str
    consumer: str
    service: str
    treatment: str
    kind: str
    item: str
    rate: str
    quantity: str
    unit: str
    price: str
    amount: int


@dataclass(frozen=True, slots=True)
class Charged:
    """What one period comes to: all charges, and for each service at rates what recovery needs.

    `plain` are costs that are charged as they are, `rows` all other charges. `at_actual` is the
    part of a service's cost that was charged, or shown, as it is; `quantities` are what each rate
    measured, by its name (consumers, where it has a fee alone), and `rates` the rates that held, by
    service.
    """

    plain: Costs
    rows: list[Charge] = field(default_factory=list)
    at_actual: Counter[str] = field(default_factory=Counter)
    quantities: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    rates: dict[str, list[Rate]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charges:
    """All charges of a run: `plain` are costs that are charged as they are, by period index.

    Iteration gives all as rows.
    """

    plain: Mapping[int, Costs]
    rows: list[Charge]

    def __iter__(self) -> Iterator[Charge]:
        """Give the charges as rows."""
        for period, costs in self.plain.items():
            for currency, service, consumer, amount in costs:
                yield Charge(
                    period, currency, consumer, service, Treatment.CHARGE, COST,
                    "", "", "", "", "", amount,
                )  # fmt: skip
        yield from self.rows

    def sums(self) -> Iterator[tuple[int, str, str, int]]:
        """Give charges, some of them added up: period, currency, treatment, minor units."""
        for period, costs in self.plain.items():
            for (currency, _), amount in costs.by_service.items():
                yield period, currency, Treatment.CHARGE, amount
        for row in self.rows:
            yield row.period, row.currency, row.treatment, row.amount


def charge(
    model: PeriodModel, costs: Costs, quantities: Callable[[str], Quantities | None]
) -> Charged:
    """Charge one period. Raise AllocationError, with every fault, where a rate can't be applied."""
    return _Charger(model, costs, quantities).charged()


class _Charger:
    def __init__(
        self, model: PeriodModel, costs: Costs, quantities: Callable[[str], Quantities | None]
    ) -> None:
        self._model = model
        self._costs = costs
        self._quantities = quantities
        self._drivers: Mapping[str, Driver] = {each.name: each for each in model.drivers}
        self._services = {f"{_SERVICE}{each.id}": each for each in model.services}
        self._days = length(model.period)
        self._splits = {
            str(source): rule.drivers[0]
            for rule in reversed(model.allocations)
            if rule.drivers
            for source in rule.sources
        }
        self._faults: list[Finding] = []
        self._row = partial(Charge, model.period.index)
        self.made = Charged(costs)

    def charged(self) -> Charged:
        by_service: dict[str, list[Rate]] = defaultdict(list)
        for rate in self._model.rates:
            by_service[f"{_SERVICE}{rate.service}"].append(rate)
        shares: dict[tuple[str, str], Fraction] = {}
        for name, rates in by_service.items():
            if self._treated(name)[0] is Treatment.CHARGE:
                self.made.rates[name] = rates
                shares |= self._at_rates(name, rates)
        otherwise = self._otherwise()
        self.made = replace(self.made, plain=self._costs.some(~otherwise))
        for currency, service, consumer, amount in self._costs.some(otherwise):
            if (service, consumer) not in shares:
                self._at_cost(currency, service, consumer, amount)
            elif currency != self._model.currency:
                self._refuse_currency(currency, service)
            elif shares[service, consumer]:
                exact = amount * shares[service, consumer]
                self._at_cost(currency, service, consumer, round(exact), shares[service, consumer])
        if self._faults:
            raise AllocationError(list(dict.fromkeys(self._faults)))
        return self.made

    def _otherwise(self) -> NDArray[np.bool_]:
        """Say which costs (n) are not simply charged as they are."""
        names = {name for name in self._services if self._treated(name)[0] is not Treatment.CHARGE}
        names |= {f"{_UNUSED}{name}" for name in names} | self.made.rates.keys()
        return np.isin(self._costs.service, self._costs.book.codes(sorted(names)))

    def _treated(self, name: str) -> tuple[Treatment, str | None]:
        """Give how a service is treated, and who funds it."""
        service = self._services.get(name.removeprefix(_UNUSED))
        if service is None or not service.charging:
            return Treatment.CHARGE, None
        return service.charging[0].how, service.charging[0].funder

    def _at_cost(
        self, currency: str, service: str, consumer: str, amount: int, share: Fraction | None = None
    ) -> None:
        """Charge, show or fund a line as what it cost, or the part of it that no rate holds for."""
        how, funder = self._treated(service)
        item = "" if share is None else self._some_days(share)
        row = partial(self._row, currency)
        if how is Treatment.CENTRAL and funder == consumer:
            how = Treatment.CHARGE
        made = self.made.rows
        made.append(row(consumer, service, how, COST, item, "", "", "", "", amount))
        self.made.at_actual[service] += amount
        if how is Treatment.CENTRAL and funder is not None:
            given = f"funded by {funder}"
            made.append(row(consumer, service, how, FUNDING, given, "", "", "", "", -amount))
            taken = f"for {consumer}"
            billed = Treatment.CHARGE
            made.append(row(funder, service, billed, FUNDING, taken, "", "", "", "", amount))

    def _at_rates(self, name: str, rates: list[Rate]) -> dict[tuple[str, str], Fraction]:
        """Charge a service's consumers at its rates; give what part of each is left at cost."""
        days: dict[str, dict[str, int]] = defaultdict(Counter)
        held = {rate.name: rate.days.in_period(self._model.period) for rate in rates}
        whom = {rate.name: {each.id for each in select(rate.target, self._model)} for rate in rates}
        order = sorted(rates, key=self._precedence)
        for consumer in self._model.leaves:
            taken: frozenset[int] = frozenset()
            for rate in order:
                if consumer in whom[rate.name]:
                    left = held[rate.name] - taken
                    taken |= left
                    if left:
                        days[consumer][rate.name] = len(left)
        by_name = {rate.name: rate for rate in rates}
        left_over: dict[tuple[str, str], Fraction] = {}
        for consumer, counts in days.items():
            for rate_name, count in counts.items():
                share = Fraction(count, self._days)
                self._by_rate(name, by_name[rate_name], consumer, share, by_name)
            rest = self._days - sum(counts.values())
            left_over[name, consumer] = Fraction(rest, self._days)
        return left_over

    def _precedence(self, rate: Rate) -> tuple[bool, int]:
        """Give what goes first: a rate for a time, then one for fewer."""
        target = rate.target
        if not target.groups:
            return rate.instead_of is None, -1_000_000
        depth = 0
        above = target.within
        while above is not None:
            depth += 1
            above = self._model.parents.get(above)
        return rate.instead_of is None, -depth

    def _by_rate(
        self, service: str, rate: Rate, consumer: str, share: Fraction, rates: Mapping[str, Rate]
    ) -> None:
        measured = self._measured(rate, service, consumer)
        if measured is None or not self._uses(rate, service, consumer, measured):
            return
        counted = measured.quantity if rate.form is not Form.NONE else 1  # a fee: consumers
        self.made.quantities[rate.instead_of or rate.name] += counted * share
        settled = self._settled(components(rate, measured), share, rate)
        for made, amount in settled:
            self._take(consumer, service, rate, made, amount, share)
        if rate.instead_of is not None:
            full = rates.get(rate.instead_of)
            full_measured = self._measured(full, service, consumer) if full else None
            if full is None or full_measured is None:
                return
            would = sum(
                amount for _, amount in self._settled(components(full, full_measured), share, full)
            )
            self._fund(consumer, service, rate, would - sum(amount for _, amount in settled))

    def _take(
        self, consumer: str, service: str, rate: Rate, made: Component, amount: int, share: Fraction
    ) -> None:
        item = ", ".join(filter(None, (made.item, self._some_days(share))))
        self.made.rows.append(
            self._row(
                self._model.currency, consumer, service, Treatment.CHARGE, made.kind, item,
                rate.name, made.quantity, made.unit, made.price, amount,
            )
        )  # fmt: skip

    def _fund(self, consumer: str, service: str, rate: Rate, amount: int) -> None:
        """Let the funder bear what a rate charges less than the one that it goes before."""
        how = Treatment.CHARGE if rate.funder else Treatment.CENTRAL
        payer = rate.funder or consumer
        item = f"instead of {rate.instead_of}" + (f", for {consumer}" if rate.funder else "")
        self.made.rows.append(
            self._row(
                self._model.currency, payer, service, how, FUNDING, item, rate.name, "", "", "",
                amount,
            )
        )  # fmt: skip

    def _uses(self, rate: Rate, service: str, consumer: str, measured: Measured) -> bool:
        """Say whether a consumer has to do with a service, or was listed by its rate."""
        cost = self._costs.of(self._model.currency, service).get(consumer, 0)
        return bool(measured.quantity or measured.agreed or cost or not rate.target.groups)

    def _settled(
        self, made: list[Component], share: Fraction, rate: Rate
    ) -> list[tuple[Component, int]]:
        """Round all parts of a charge together."""
        unit = 10 ** digits(self._model.currency)
        exact = [each.amount * share * unit for each in made]
        try:
            total = whole_minor(sum(exact, Fraction(0)))
            for amount in exact:
                whole_minor(amount)
        except OverflowError:
            what = f'rate "{rate.name}" comes to more in {self._model.period} than can be held'
            self._faults.append(Finding(rate.place, what, "look for a figure with too many digits"))
            return []
        return list(zip(made, largest_remainder(total, exact), strict=True))

    def _measured(self, rate: Rate, service: str, consumer: str) -> Measured | None:
        """Give a consumer's quantities for a rate; None, with a fault, where they are not known."""
        quantity, unit = Fraction(0), ""
        agreed, agreed_unit = Fraction(0), ""
        if rate.by == TRUE_COST:
            cost = self._costs.of(self._model.currency, service).get(consumer, 0)
            quantity = Fraction(cost, 10 ** digits(self._model.currency))
            unit = self._model.currency
        elif rate.form is not Form.NONE:
            by = rate.by or self._splitting(rate)
            found = self._value(by, consumer, rate) if by else None
            if found is None:
                return None
            quantity, unit = found, self._drivers[by].unit if by else ""
        if rate.agreed_by is not None:
            found = self._value(rate.agreed_by, consumer, rate)
            if found is None:
                return None
            agreed, agreed_unit = found, self._drivers[rate.agreed_by].unit
        linear = rate.form is Form.PERCENTAGE and rate.free is None
        if agreed < 0 or (quantity < 0 and not linear):
            what = f'rate "{rate.name}" has a quantity below 0 for {consumer}'
            hint = "only a percentage can be taken of less than nothing: correct the quantity"
            where = rate.by_place or rate.place
            self._faults.append(Finding(where, f"{what} in {self._model.period}", hint))
            return None
        return Measured(quantity, unit, agreed, agreed_unit)

    def _splitting(self, rate: Rate) -> str | None:
        """Give the driver that splits the cost of a rate's service."""
        if (found := self._splits.get(f"{_SERVICE}{rate.service}")) is not None:
            return found
        what = f"nothing counts the units of {rate.service} in {self._model.period}"
        hint = f'write by: and a driver in rate "{rate.name}"'
        self._faults.append(Finding(rate.place, what, hint))
        return None

    def _value(self, driver: str, consumer: str, rate: Rate) -> Fraction | None:
        values = self._quantities(driver) if driver in self._drivers else None
        if values is None:
            what = f'driver "{driver}" has no value for {self._model.period}'
            unit = self._model.period.calendar.unit
            hint = f"give the values, or let the rate hold in other {unit}s"
            detail = (f'rate "{rate.name}" of {rate.service} can\'t be charged in that {unit}',)
            self._faults.append(Finding(rate.by_place or rate.place, what, hint, detail))
            return None
        return Fraction(values.get(CostObject(Kind.CONSUMER, consumer), 0))

    def _refuse_currency(self, currency: str, service: str) -> None:
        what = f"{service} has a cost in {currency} in {self._model.period}"
        hint = f"its rates are in {self._model.currency}: bring its cost to that currency too"
        rate = self.made.rates[service][0]
        self._faults.append(Finding(rate.place, what, hint))

    def _some_days(self, share: Fraction) -> str:
        """Say for how many days of the period something holds, unless for all."""
        if share == 1:
            return ""
        return f"{share * self._days} of {self._days} days"
