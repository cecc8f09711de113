"""What bills would be if a driver had other quantities: an answer to each move of a slider.

Over a run that is opened once. A change of the last tier is answered in milliseconds by the month
that stands; any other is allocated, with the flows that are still the run's. Both are what a full
build would settle, to the minor unit. Cost behaviour is left out: what is really saved is a
scenario's question (`compute`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.engine.allocate import allocate
from truecost.kernel.findings import AllocationError, Finding
from truecost.model.types import Kind
from truecost.scenarios.lines import MonthLines
from truecost.scenarios.month import of_cost

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from truecost.engine.drivers import Quantities
    from truecost.kernel.periods import Period
    from truecost.model.types import CostObject
    from truecost.scenarios.base import Base
    from truecost.scenarios.lines import Bills

_CONSUMER = f"{Kind.CONSUMER} "


@dataclass(frozen=True, slots=True)
class Answer:
    """By how much bills change, by service and consumer, in minor units; those that do.

    `last_tier` says that nothing but the split of services among consumers is another.
    """

    changes: Bills
    last_tier: bool

    @property
    def by_consumer(self) -> dict[str, int]:
        """By how much each consumer's bills change in all."""
        found: dict[str, int] = defaultdict(int)
        for (_, consumer), amount in self.changes.items():
            found[consumer] += amount
        return {consumer: amount for consumer, amount in found.items() if amount}


class WhatIf:
    """One month of a run in one currency, to be asked again and again."""

    def __init__(self, base: Base, period: Period, currency: str) -> None:
        self._base = base
        self._period = period
        self._currency = currency
        self._model = base.model_of(period)
        self._here = base.slice(period, currency)

    def ask(self, others: Mapping[str, Mapping[CostObject, Decimal]]) -> Answer:
        """Say what changes where drivers have other quantities of some targets.

        Targets that are not named keep theirs. Raise AllocationError where a driver is unknown or
        the model does not hold with these quantities.
        """
        said = {name: self._with(name, values) for name, values in others.items()}

        def quantities(name: str) -> Quantities | None:
            return said[name] if name in said else self._base.quantities(name, self._period)

        standing = self._here.standing(self._model, self._currency)
        found = standing.changed(quantities, said)
        if found is not None:
            changes: Bills = defaultdict(int)
            for line in found:
                if line.target.startswith(_CONSUMER):
                    consumer = line.target.removeprefix(_CONSUMER)
                    changes[line.source, consumer] += line.now - line.was
            return Answer(
                {key: amount for key, amount in changes.items() if amount}, last_tier=True
            )
        same = [
            str(source)
            for rule in self._model.allocations
            if not said.keys() & set(rule.drivers) and not of_cost(rule)
            for source in rule.sources
        ]
        result = allocate(
            self._model, self._currency, self._here.entries, quantities,
            kept=self._here.known.only(same),
        )  # fmt: skip
        after = MonthLines.settled(result.lines)
        return Answer(self._here.lines.differences(after), last_tier=False)

    def _with(self, name: str, values: Mapping[CostObject, Decimal]) -> Quantities:
        if all(driver.name != name for driver in self._model.drivers):
            what = f'there is no driver "{name}" in {self._period}'
            raise AllocationError(Finding(None, what, "name a driver of model/drivers.yaml"))
        return {**(self._base.quantities(name, self._period) or {}), **values}
