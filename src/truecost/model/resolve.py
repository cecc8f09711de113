"""The model as it holds in one period, with the hash that statements cite."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar

from truecost.kernel import digest
from truecost.kernel.calendars import Calendar
from truecost.kernel.periods import ALWAYS, Period
from truecost.model.charging import Charging, TrueUp
from truecost.model.columns import columns_of
from truecost.model.types import (
    Allocation,
    Consumer,
    CostObject,
    Driver,
    Group,
    Kind,
    MappingRule,
    Model,
    ModelContent,
    Service,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["KINDS", "PeriodModel", "Resolver", "columns_of", "resolve", "select"]

_SAYS = object()
#: What a resolved model knows of its entries, whatever the period.
_OF_ENTRIES = ("digest", "parents", "leaves")
#: The lists of entries, each with its validity, by their field of `Model`.
KINDS = (
    "accounts", "cost_centres", "services", "consumers", "drivers", "allocations", "rates",
    "true_ups",
)  # fmt: skip

E = TypeVar("E", Allocation, Charging, Consumer, Driver, MappingRule, Service, TrueUp)


@dataclass(frozen=True, kw_only=True)
class PeriodModel(ModelContent):
    """The entries that hold in `period`, in the order in which they were written.

    Their own `valid` is taken off: that a rule ends later does not change what it was before.
    A consumer is here when all those above it hold too; one that is a sum, when something of it
    is left.
    """

    period: Period = field(compare=False)

    @cached_property
    def digest(self) -> str:
        """The SHA-256, in hex, of all that is said here, but for places and the period.

        What came to the format later counts only where something is said of it, so that a model
        keeps its hash.
        """
        content = _content(self)
        later = {each.name: each.default for each in dataclasses.fields(self)}
        unsaid = [name for name in content if getattr(self, name) == later[name]]
        return digest.of({name: content[name] for name in content if name not in unsaid})

    def at(self, period: Period) -> PeriodModel:
        """Give it in another period in which the same entries hold; what is known of them stays."""
        same = dataclasses.replace(self, period=period)
        same.__dict__.update(
            {name: self.__dict__[name] for name in _OF_ENTRIES if name in self.__dict__}
        )
        return same

    @cached_property
    def parents(self) -> dict[str, str | None]:
        """Each consumer's id, with the id of the one it belongs to."""
        return {consumer.id: consumer.parent for consumer in self.consumers}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The ids of the consumers that are charged, in file order."""
        sums = set(self.parents.values())
        return tuple(each for each in self.parents if each not in sums)

    def within(self, branch: str) -> tuple[str, ...]:
        """Give the leaves that belong to a consumer, at any depth, or are it."""
        return tuple(each for each in self.leaves if branch in self._above(each))

    def _above(self, consumer: str | None) -> Iterable[str]:
        while consumer is not None:
            yield consumer
            consumer = self.parents.get(consumer)


class Resolver:
    """Gives a model as it holds in any period; periods in which the same entries hold share them.

    To compare two such models takes no time.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._made: dict[Period, PeriodModel] = {}
        self._alike: dict[tuple[object, ...], PeriodModel] = {}

    def at(self, period: Period) -> PeriodModel:
        """Give the model as it holds in a period, made once."""
        if period not in self._made:
            holding = tuple(self._held(period))
            alike = self._alike.get(holding)
            self._made[period] = alike.at(period) if alike else resolve(self._model, period)
            self._alike.setdefault(holding, self._made[period])
        return self._made[period]

    def _held(self, period: Period) -> Iterable[object]:
        """Give all that `resolve` asks of a period: which entries hold, and which days of rates."""
        model = self._model
        for kind in KINDS:
            for entry in getattr(model, kind):
                yield entry.valid.holds(period)
        for service in model.services:
            for each in service.charging:
                yield each.valid.holds(period)
        for rate in model.rates:
            if rate.valid.holds(period):
                yield rate.days.of(period)


def resolve(model: Model, period: Period) -> PeriodModel:
    """Give the model as it holds in `period`."""
    services = tuple(
        dataclasses.replace(each, charging=_holding(each.charging, period))
        if each.charging
        else each
        for each in _holding(model.services, period)
    )
    present = {service.id for service in services}
    whole = {each.name: getattr(model, each.name) for each in dataclasses.fields(ModelContent)}
    holding = {
        "accounts": _holding(model.accounts, period),
        "cost_centres": _holding(model.cost_centres, period),
        "services": services,
        "consumers": _consumers(model, period),
        "drivers": _holding(model.drivers, period),
        "allocations": _holding(model.allocations, period),
        "step_order": tuple(each for each in model.step_order if each in present),
        "rates": tuple(
            dataclasses.replace(rate, days=rate.days.of(period))
            for rate in model.rates
            if rate.valid.holds(period) and rate.service in present
        ),
        "true_ups": _holding(model.true_ups, period),
    }
    return PeriodModel(period=period, **(whole | holding))


def select(target: Target, model: PeriodModel) -> tuple[CostObject, ...]:
    """Give the objects that a target means in the model's period, each once.

    First those named, as named; then services and consumers in file order. Whether the object that
    a cost comes from is among them is not looked at.
    """
    made = dict.fromkeys(target.objects)
    for group in target.groups:
        if group is Group.SERVICES:
            made |= dict.fromkeys(CostObject(Kind.SERVICE, each.id) for each in model.services)
        else:
            leaves = model.within(target.within) if target.within else model.leaves
            made |= dict.fromkeys(CostObject(Kind.CONSUMER, each) for each in leaves)
    return tuple(made)


def _holding(entries: tuple[E, ...], period: Period) -> tuple[E, ...]:
    return tuple(_always(entry) for entry in entries if entry.valid.holds(period))


def _always(entry: E) -> E:
    return entry if entry.valid == ALWAYS else dataclasses.replace(entry, valid=ALWAYS)


def _consumers(model: Model, period: Period) -> tuple[Consumer, ...]:
    """Give the consumers of a period: all above hold, and a sum has something to add up."""
    sums = {consumer.parent for consumer in model.consumers}
    held: dict[str, Consumer] = {}
    for consumer in model.consumers:  # a parent stands before its own in the file
        if consumer.valid.holds(period) and (consumer.parent is None or consumer.parent in held):
            held[consumer.id] = _always(consumer)
    needed: set[str] = set()
    for each in reversed(held.values()):
        if each.id not in sums or each.id in needed:
            needed.add(each.id)
            if each.parent is not None:
                needed.add(each.parent)
    return tuple(each for each in held.values() if each.id in needed)


def _content(value: Any) -> Any:
    """Give a value without the fields that do not count when it is compared.

    Nor those of a later version that say nothing: a model keeps its hash as the format grows.
    """
    if isinstance(value, str | int | NoneType):
        return value
    if isinstance(value, tuple):
        return [_content(each) for each in value]
    if isinstance(value, Calendar):
        return value.as_plain()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: _content(said)
            for name, default in _compared(type(value))
            if (said := getattr(value, name)) != default
        }
    return value


@cache
def _compared(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Give the fields that count, each with what says nothing; `_SAYS` equals no value."""
    return tuple(
        (each.name, each.default if "later" in each.metadata else _SAYS)
        for each in dataclasses.fields(kind)
        if each.compare
    )
