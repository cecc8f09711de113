"""Costs as a scenario has them: what more or less enters each cost object, in minor units."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.cells import Outcome
from truecost.kernel.apportion import largest_remainder
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.money import digits
from truecost.model.scenario import How
from truecost.model.types import Class, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from truecost.engine.allocate import Entries
    from truecost.model.resolve import PeriodModel
    from truecost.model.scenario import CostChange
    from truecost.scenarios.base import Slice

CLASSES = tuple(cls.value for cls in Class)


def added(model: PeriodModel, currency: str, here: Slice, changes: Iterable[CostChange]) -> Entries:
    """Give what enters besides what the run has, by cost object and class; never nothing.

    A percentage is of all that the run says an object costs (of a consumer, of what is its own),
    class by class; an amount goes to classes as the cost before. Each change is rounded once, half
    to even, and distributed by largest remainder. Raise AllocationError where nothing says what
    an amount is for, or a cost would come to stand on what is not there.
    """
    made: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        if not change.valid.holds(model.period):
            continue
        if change.pool is not None:
            parts = _of_pool(here, change)
        elif change.change.how is How.SCALE or currency == model.currency:
            parts = _of_object(model, currency, here, change)
        else:
            parts = {}
        for (object_, cls), amount in parts.items():
            made[object_][cls] += amount
    return kept(made)


def kept(entries: Mapping[str, Mapping[str, int]]) -> Entries:
    """Give entries without those of nothing."""
    some = {
        name: {cls: amount for cls, amount in by_class.items() if amount}
        for name, by_class in entries.items()
    }
    return {name: by_class for name, by_class in some.items() if by_class}


def together(*parts: Mapping[str, Mapping[str, int]]) -> Entries:
    """Add entries up."""
    made: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        for name, by_class in part.items():
            for cls, amount in by_class.items():
                made[name][cls] += amount
    return {name: dict(by_class) for name, by_class in made.items()}


def spread(exact: Mapping[str, Fraction]) -> dict[str, int]:
    """Round exact amounts by class: their sum once, half to even, and distribute it."""
    names = sorted(exact, key=CLASSES.index)
    amounts = [exact[name] for name in names]
    total = round(sum(amounts, Fraction(0)))
    return dict(zip(names, largest_remainder(total, amounts), strict=True))


def _of_pool(here: Slice, change: CostChange) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for cell in here.cells:
        if cell.pool == change.pool and cell.outcome == Outcome.ALLOCATED:
            sums[cell.object, cell.cls] += cell.amount
    keys = sorted(sums)
    exact = [change.change.difference(sums[key], 1) for key in keys]
    total = round(sum(exact, Fraction(0)))
    return dict(zip(keys, largest_remainder(total, exact), strict=True))


def _of_object(
    model: PeriodModel, currency: str, here: Slice, change: CostChange
) -> dict[tuple[str, str], int]:
    object_ = change.object
    if object_ is None:
        raise ValueError("a change of cost without an object")
    name = str(object_)
    _there(model, change)
    costs = here.entries.get(name, {}) if object_.kind is Kind.CONSUMER else here.gross.get(name)
    before = {cls: amount for cls, amount in (costs or {}).items() if amount}
    if change.cls is not None:
        whole = change.change.difference(sum(before.values()), 10 ** digits(currency))
        return {(name, change.cls.value): round(whole)}
    if change.change.how is How.SCALE:
        exact = {cls: change.change.difference(amount, 1) for cls, amount in before.items()}
        return {(name, cls): part for cls, part in spread(exact).items()}
    whole = change.change.difference(sum(before.values()), 10 ** digits(currency))
    shares = _shares(model, change, before)
    parts = spread({cls: whole * share for cls, share in shares.items()})
    return {(name, cls): part for cls, part in parts.items()}


def _shares(
    model: PeriodModel, change: CostChange, before: Mapping[str, int]
) -> dict[str, Fraction]:
    """Say to which classes an amount goes: as the cost before, where all of that has one sign."""
    total = sum(before.values())
    if before and all((amount > 0) == (total > 0) for amount in before.values()):
        return {cls: Fraction(amount, total) for cls, amount in before.items()}
    if before:
        return {max(before, key=lambda cls: (abs(before[cls]), cls)): Fraction(1)}
    if model.default_class is not None:
        return {model.default_class.value: Fraction(1)}
    raise AllocationError(
        Finding(
            change.place,
            f"{change.object} has no cost in {model.period}, so nothing says what an amount is for",
            "write  { change: …, class: run }",
        )
    )


def _there(model: PeriodModel, change: CostChange) -> None:
    object_ = change.object
    if object_ is None or object_.kind is Kind.TOWER:
        return
    known: Iterable[str] = model.leaves
    if object_.kind is Kind.SERVICE:
        known = [service.id for service in model.services]
    if object_.id not in known:
        raise AllocationError(
            Finding(
                change.place,
                f"{object_} is not there in {model.period}",
                f"give the change its {model.period.calendar.unit}s:  {{ change: …, from: … }}",
            )
        )
