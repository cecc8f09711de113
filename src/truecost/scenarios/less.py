"""What if one consumer used less: what falls on its bill, and what the organisation saves.

Two answers, for they are rarely the same. The *bill* falls from the next period: by the price where
a rate holds, and elsewhere because the share of a cost that stays as it is gets smaller (others pay
more then). What the organisation *saves* follows from how a service's cost behaves (`savings`): at
once, after a notice, in whole steps, or never.

The bill is answered by `what_if` and charged as a build charges (`engine.charges`), so it is what a
build would give to the minor unit; settlements of a year (true-ups) are left out on both sides.
What is answered first takes some tens of milliseconds, each further question about one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.charges import charge
from truecost.engine.lines import Costs, Line, Lines, costs_of
from truecost.model.charging import Treatment
from truecost.model.types import CostObject, Kind
from truecost.scenarios.savings import saving
from truecost.scenarios.what_if import WhatIf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.engine.drivers import Quantities
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.scenarios.base import Base
    from truecost.scenarios.savings import Saving

_SERVICE = f"{Kind.SERVICE} "
_PART = 10  # what is proposed is to give back one in so many


@dataclass(frozen=True, slots=True)
class Lever:
    """What a consumer uses by a driver, and the services (cost objects) that are charged by it."""

    driver: str
    unit: str
    quantity: Decimal
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Less:
    """Both answers to other quantities; minor units a period, negative where it falls.

    `bill` is by service (a cost object), only what changes; it adds up to `bill_change`. `savings`
    are of the services whose use changed; what is saved is positive.
    """

    bill: Mapping[str, int]
    savings: tuple[Saving, ...]

    @property
    def bill_change(self) -> int:
        """By how much the consumer's bill changes from the next period."""
        return sum(self.bill.values())

    @property
    def saved(self) -> int:
        """What the organisation saves once every notice has run out."""
        return sum(each.amount for each in self.savings)


class LessUse:
    """A month of a run in one currency, to be asked for one consumer after the other."""

    def __init__(self, base: Base, period: Period, currency: str) -> None:
        self._base = base
        self._period = period
        self._currency = currency
        self._model = base.model_of(period)
        self._here = base.slice(period, currency)
        self._what_if = WhatIf(base, period, currency)
        self._services = {service.id: service for service in self._model.services}
        self._costs: dict[str, dict[str, int]] = {}
        self._models: dict[str, PeriodModel] = {}

    def levers(self, consumer: str) -> tuple[Lever, ...]:
        """Give what a consumer can use less of, by driver; not what readers see as shares only."""
        target = f"{Kind.CONSUMER} {consumer}"
        found: dict[str, tuple[str, Decimal, list[str]]] = {}
        for source, flows in self._here.flows.items():
            mine = [flow for flow in flows if flow.target == target]
            names = {flow.driver for flow in mine}
            if len(names) != 1 or not source.startswith(_SERVICE):
                continue
            flow = mine[0]
            if not flow.driver or flow.driver in self._base.quiet or not flow.quantity:
                continue
            lever = found.setdefault(flow.driver, (flow.unit, flow.quantity, []))
            lever[2].append(source)
        return tuple(
            Lever(driver, unit, quantity, tuple(services))
            for driver, (unit, quantity, services) in sorted(found.items())
        )

    def ask(self, consumer: str, quantities: Mapping[str, Decimal]) -> Less:
        """Say what changes where a consumer uses other quantities of some drivers.

        Raise AllocationError where the model does not hold with them: nobody is left to share a
        cost.
        """
        me = CostObject(Kind.CONSUMER, consumer)
        changes = self._what_if.ask({name: {me: value} for name, value in quantities.items()})
        costs = dict(self._costs_of(consumer))
        for (service, who), amount in changes.changes.items():
            if who == consumer:
                costs[service] = costs.get(service, 0) + amount
        before = self._billed(consumer, self._costs_of(consumer), {})
        after = self._billed(consumer, costs, {name: (me, q) for name, q in quantities.items()})
        bill = {key: after.get(key, 0) - before.get(key, 0) for key in sorted({*before, *after})}
        return Less(
            {key: amount for key, amount in bill.items() if amount},
            tuple(self._savings(me, quantities)),
        )

    def proposals(self, consumer: str, count: int) -> list[tuple[Lever, Decimal, Less]]:
        """Give what would lower the bill most: a tenth less of something, at least one of it.

        Each with the quantity that would be left; the largest first, each asked by itself.
        """
        found = []
        for lever in self.levers(consumer):
            back = max(Decimal(1), (lever.quantity / _PART).to_integral_value())
            left = max(Decimal(0), lever.quantity - back)
            whole = self._here.volume(lever.services[0])
            if whole is not None and whole.quantity <= Fraction(lever.quantity - left):
                continue  # nobody else uses it
            answer = self.ask(consumer, {lever.driver: left})
            if answer.bill_change < 0:
                found.append((lever, left, answer))
        found.sort(key=lambda each: (each[2].bill_change, each[0].driver))
        return found[:count]

    def _costs_of(self, consumer: str) -> dict[str, int]:
        if not self._costs:
            made: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
            for (_, service, who), amount in self._here.lines.items():
                made[who][service] += amount
            self._costs = {who: dict(costs) for who, costs in made.items()}
        return self._costs.get(consumer, {})

    def _billed(
        self, consumer: str, costs: Mapping[str, int],
        others: Mapping[str, tuple[CostObject, Decimal]],
    ) -> dict[str, int]:  # fmt: skip
        """Give what a consumer is billed by service, of what its lines come to."""
        at = self._period.index
        lines = Lines.of(
            # charges look at all classes together
            Line(at, self._currency, "run", service, consumer, amount)
            for service, amount in costs.items()
        )

        def quantities(name: str) -> Quantities | None:
            known = self._base.quantities(name, self._period)
            if name not in others:
                return known
            target, quantity = others[name]
            return {**(known or {}), target: quantity}

        costs_of_month = costs_of(lines).get(at) or Costs.none(lines.book)
        made = charge(self._alone(consumer), costs_of_month, quantities)
        found: dict[str, int] = defaultdict(int)
        for _, service, who, amount in made.plain:
            if who == consumer:
                found[service] += amount
        for row in made.rows:
            charged = row.consumer == consumer and row.treatment == Treatment.CHARGE
            if charged and row.currency == self._currency:
                found[row.service] += row.amount
        return dict(found)

    def _alone(self, consumer: str) -> PeriodModel:
        """Give the model with a consumer alone, and what it stands under: others are not asked."""
        if consumer not in self._models:
            above, each = [], consumer
            parents = self._model.parents
            while each:
                above.append(each)
                each = parents.get(each) or ""
            kept = tuple(one for one in self._model.consumers if one.id in above)
            self._models[consumer] = replace(self._model, consumers=kept)
        return self._models[consumer]

    def _savings(self, me: CostObject, quantities: Mapping[str, Decimal]) -> list[Saving]:
        found = []
        since, calendar = self._period + 1, self._base.model.calendar
        for lever in self.levers(me.id):
            for source in lever.services if lever.driver in quantities else ():
                whole = self._here.volume(source)
                service = self._services.get(source.removeprefix(_SERVICE))
                if whole is None or whole.driver != lever.driver or service is None:
                    continue
                back = Fraction(lever.quantity) - Fraction(quantities[lever.driver])
                use = (whole.quantity, whole.quantity - back, whole.unit)
                found.append(
                    saving(service, self._here, self._period, self._currency, use, since, calendar)
                )
        return found
