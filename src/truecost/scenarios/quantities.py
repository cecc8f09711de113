"""Driver quantities as a scenario has them, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.engine.drivers import EXACT
from truecost.kernel.findings import AllocationError, Finding
from truecost.model.resolve import select
from truecost.model.scenario import How
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from fractions import Fraction

    from truecost.engine.drivers import Quantities
    from truecost.model.resolve import PeriodModel
    from truecost.model.scenario import DriverChange

    Ask = Callable[[str], Quantities | None]


def changed(model: PeriodModel, ask: Ask, changes: Iterable[DriverChange]) -> dict[str, Quantities]:
    """Give the drivers whose quantities are others in the model's month, with all their quantities.

    Changes are made in the order in which they are written. Raise AllocationError where one would
    leave less than nothing.
    """
    made: dict[str, Quantities] = {}
    for change in changes:
        if not change.valid.holds(model.period):
            continue
        values = made.get(change.driver)
        if values is None:
            values = dict(ask(change.driver) or {})
        for target in _targets(model, change, values):
            before = values.get(target)
            if before is None and change.change.how is How.SCALE:
                continue
            values[target] = _after(model, change, target, before or Decimal(0))
        made[change.driver] = values
    return {name: values for name, values in made.items() if values != (ask(name) or {})}


def _targets(
    model: PeriodModel, change: DriverChange, values: Mapping[CostObject, Decimal]
) -> tuple[CostObject, ...]:
    if change.target is None:
        return tuple(values)
    found = select(change.target, model)
    here = {CostObject(Kind.SERVICE, service.id) for service in model.services}
    here |= {CostObject(Kind.CONSUMER, leaf) for leaf in model.leaves}
    return tuple(each for each in found if each in here)


def _after(
    model: PeriodModel, change: DriverChange, target: CostObject, before: Decimal
) -> Decimal:
    exact = change.change.quantity(before)
    if exact < 0:
        raise AllocationError(
            Finding(
                change.place,
                f"{target} would have less than nothing of {change.driver} in {model.period}:"
                f" {before:f} with {change.change.text}",
                f"take at most {before:f} away, or write  = 0",
            )
        )
    return decimal(exact)


def decimal(exact: Fraction) -> Decimal:
    """Give an exact number of finitely many decimals as a decimal."""
    return EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def merged(values: Quantities, into: Mapping[str, str]) -> Quantities:
    """Give quantities with those of merged consumers added to whom they are a part of."""
    made = dict(values)
    for old, new in into.items():
        quantity = made.pop(CostObject(Kind.CONSUMER, old), None)
        if quantity is not None:
            target = CostObject(Kind.CONSUMER, new)
            made[target] = EXACT.add(made.get(target, Decimal(0)), quantity)
    return made
