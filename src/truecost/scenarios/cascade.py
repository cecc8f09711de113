"""Who leaves next: a service's unit cost as consumers leave it, until nobody has a better offer.

The unit cost of a service is what it comes to in a month over the quantity by which it is shared.
Whoever leaves takes the quantity along; what stays of the cost (all of it where it is fixed) is
shared by fewer, so that the unit cost rises for those who stay: the death spiral of full-cost
charging. Of those who have an offer below the unit cost, the one whose offer is furthest below it
leaves first (of equal ones, the first in the tree); then everything is computed again. Savings
count as if every notice had run out, which is the case that is kindest to the service.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel.findings import AllocationError
from truecost.kernel.money import digits
from truecost.model.scenario import Leave
from truecost.model.types import Kind
from truecost.scenarios.base import Base, volume
from truecost.scenarios.month import (
    ALL,
    REFERENCE,
    Month,
    Patch,
    month_of,
    reference_of,
)
from truecost.scenarios.uses import savings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.kernel.periods import Period
    from truecost.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Unit:
    """What a service costs in a month, and the quantity that shares it, by consumer.

    `cost` is minor units. `bills` are what its consumers pay for it, `quantities` what they use.
    """

    service: str
    driver: str
    unit: str
    cost: int
    quantity: Fraction
    quantities: Mapping[str, Fraction]
    bills: Mapping[str, int]

    @property
    def rate(self) -> Fraction | None:
        """The unit cost, in minor units; None where nothing is used."""
        return Fraction(self.cost) / self.quantity if self.quantity else None


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody who leaves: at which unit cost, for which offer (minor units), and what follows."""

    consumer: str
    rate: Fraction
    offer: Fraction
    saved: int
    then: Unit


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who stays: what a unit costs them, and what leaving would save all, per unit.

    An offer below `rate` is one to leave for; one between `avoided` and `rate` would cost the
    organisation more than it saves. Both are minor units per unit.
    """

    consumer: str
    quantity: Fraction
    rate: Fraction
    avoided: Fraction
    offer: Fraction | None


@dataclass(frozen=True, slots=True)
class Beyond:
    """Somebody without whom the service can't be computed as the model says, and why."""

    consumer: str
    why: str


@dataclass(frozen=True, slots=True)
class Cascade:
    """A service in the last month of a scenario: before it, with it, and who leaves after that.

    `beyond` are those after whom the model's rules don't say how to go on.
    """

    period: Period
    currency: str
    before: Unit
    after: Unit
    going: tuple[Going, ...]
    standing: tuple[Standing, ...]
    beyond: tuple[Beyond, ...] = ()


def cascades(base: Base, scenario: Scenario, period: Period) -> tuple[Cascade, ...]:
    """Follow the services that consumers leave, or have offers for, in the workspace's currency."""
    currency = base.model.currency
    names = {each for leave in scenario.leaves for each in leave.services}
    names |= {offer.service for offer in scenario.offers}
    names -= {each.service for each in scenario.ends}
    if currency not in base.currencies.get(period, ()):
        return ()
    known = {service.id for service in base.model_of(period).services}
    made = (_Follower(base, scenario, period, name).cascade() for name in sorted(names & known))
    return tuple(each for each in made if each is not None)


class _Follower:
    """Follows one service."""

    def __init__(self, base: Base, scenario: Scenario, period: Period, service: str) -> None:
        self._base = base
        self._scenario = dataclasses.replace(scenario, savings=True)
        self._period = period
        self._service = service
        self._currency = base.model.currency
        scale = 10 ** digits(self._currency)
        self._offers = {
            offer.consumer: Fraction(offer.price) * scale
            for offer in scenario.offers
            if offer.service == service
        }
        order = base.model_of(period).leaves
        self._rank = {consumer: rank for rank, consumer in enumerate(order)}
        self._beyond: dict[str, str] = {}

    def cascade(self) -> Cascade | None:
        """Give what happens, None where no driver shares the service, or one that is not shown."""
        nothing = dataclasses.replace(
            self._scenario, costs=(), rules=(), drivers=(), leaves=(), merges=(), ends=()
        )
        before = self._unit(self._month(nothing, ()))
        now = self._month(self._scenario, ())
        after = self._unit(now)
        if before is None or after is None or after.driver in self._base.quiet:
            return None
        going: list[Going] = []
        left: tuple[str, ...] = ()
        unit = after
        while (leaver := self._next(unit)) is not None:
            consumer, rate, offer = leaver
            then = self._without((*left, consumer))
            if then is None:
                break
            left = (*left, consumer)
            following = self._unit(then) or dataclasses.replace(
                unit, cost=_cost(then, self._service), quantity=Fraction(0), quantities={}, bills={}
            )
            saved = then.saved - now.saved
            going.append(Going(consumer, rate, offer, saved, following))
            unit, now = following, then
        standing = [self._standing(unit, left, now, each) for each in self._staying(unit)]
        stays = tuple(each for each in standing if each is not None)
        beyond = tuple(Beyond(*each) for each in self._beyond.items())
        return Cascade(self._period, self._currency, before, after, tuple(going), stays, beyond)

    def _next(self, unit: Unit) -> tuple[str, Fraction, Fraction] | None:
        """Give who leaves next, at which unit cost and for which offer."""
        rate = unit.rate
        if rate is None:
            return None
        better = [
            (offer, self._rank.get(consumer, 0), consumer)
            for consumer, offer in self._offers.items()
            if unit.quantities.get(consumer) and offer < rate
        ]
        if not better:
            return None
        offer, _, consumer = min(better)
        return consumer, rate, offer

    def _staying(self, unit: Unit) -> list[str]:
        some = [consumer for consumer, quantity in unit.quantities.items() if quantity]
        return sorted(some, key=lambda each: self._rank.get(each, 0))

    def _standing(
        self, unit: Unit, left: tuple[str, ...], now: Month, consumer: str
    ) -> Standing | None:
        quantity = unit.quantities[consumer]
        rate = Fraction(unit.bills.get(consumer, 0)) / quantity
        without = self._without((*left, consumer))
        if without is None:
            return None
        avoided = Fraction(without.saved - now.saved) / quantity
        return Standing(consumer, quantity, rate, avoided, self._offers.get(consumer))

    def _without(self, left: tuple[str, ...]) -> Month | None:
        """Compute the month with further consumers gone; None, noted, where the rules don't say."""
        try:
            return self._month(self._scenario, left)
        except AllocationError as fault:
            self._beyond.setdefault(left[-1], fault.findings[0].what)
            return None

    def _month(self, scenario: Scenario, left: tuple[str, ...]) -> Month:
        """Compute the month with further consumers gone from the service, every notice run out."""
        place = scenario.place
        leaves = tuple(Leave(place, consumer, (self._service,)) for consumer in left)
        made = dataclasses.replace(scenario, leaves=(*scenario.leaves, *leaves))
        patch = Patch(self._base, made, self._period, ALL)
        reference = Patch(self._base, made, self._period, REFERENCE)
        old = reference_of(self._base, made, reference, self._currency)
        patches = (reference, patch)
        savings = savings_of(self._base, made, old, patches, self._currency, {}, self._period)
        run_out = tuple(
            dataclasses.replace(each, counted=each.start is not None) for each in savings
        )
        return month_of(self._base, made, patch, self._currency, steps=ALL, savings=run_out)

    def _unit(self, month: Month) -> Unit | None:
        name = f"{Kind.SERVICE} {self._service}"
        flows = [flow for flow in month.flows if flow.source == name]
        used = volume(flows)
        if used is None:
            return None
        driver, unit, quantity = used
        lead = f"{Kind.CONSUMER} "
        quantities = {
            flow.target.removeprefix(lead): Fraction(flow.quantity)
            for flow in flows
            if flow.target.startswith(lead) and flow.quantity is not None
        }
        bills: dict[str, int] = {}
        for (_, service, consumer), amount in month.lines.items():
            if service == name:
                bills[consumer] = bills.get(consumer, 0) + amount
        cost = _cost(month, self._service)
        return Unit(self._service, driver, unit, cost, quantity, quantities, bills)


def _cost(month: Month, service: str) -> int:
    return sum(month.gross.get(f"{Kind.SERVICE} {service}", {}).values())
