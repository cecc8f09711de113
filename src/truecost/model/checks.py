"""What must hold between the entries of a model, beyond each being well written."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, Severity
from truecost.kernel.periods import ALWAYS, Validity
from truecost.model.names import suggestion
from truecost.model.taxonomy import tbm
from truecost.model.types import CostObject, Kind

_EVERY_LINE = ("TRUE", ALWAYS)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from truecost.model.draft import Draft, Entry
    from truecost.model.schema.catalogue import NameShape
    from truecost.model.types import Allocation, Consumer, Driver, MappingRule, Service


def check_taxonomy(draft: Draft) -> Iterator[Finding]:
    """Find names that are neither of the taxonomy nor marked as own, and marks that are untrue."""
    yield from _own_names(draft.towers, tbm().towers, "tower")
    yield from _own_names(draft.pools, tbm().pools, "pool")


def _own_names(
    entries: Sequence[Entry[NameShape]], taxonomy: Sequence[str], kind: str
) -> Iterator[Finding]:
    for entry in entries:
        name, own = entry.shape.name, entry.shape.own
        if own and name in taxonomy:
            what = f'{kind} "{name}" is marked as own, but TBM has it'
            yield Finding(name.place, what, "take the mark away", severity=Severity.WARNING)
        elif not own and name not in taxonomy:
            close = suggestion(name, taxonomy)
            mark = f"if it is your own: {{ name: {name}, own: yes }}"
            detail = (close,) if close else ()
            yield Finding(name.place, f'{kind} "{name}" is no TBM 5.0.1 name', mark, detail)


def check_order(rules: Sequence[MappingRule]) -> Iterator[Finding]:
    """Find rules of one file that are called the same, and one that no line can reach."""
    every = (at for at, rule in enumerate(rules) if (rule.where.upper(), rule.valid) == _EVERY_LINE)
    after = next(every, len(rules)) + 1
    for rule in rules[after : after + 1]:
        what = f'no line reaches this rule: "{rules[after - 1].name}" before it takes every line'
        hint = "put the rule for every line last"
        yield Finding(rule.place, what, hint, severity=Severity.WARNING)
    first: dict[str, Place] = {}
    for rule in rules:
        place = first.setdefault(rule.name, rule.place)
        if place is not rule.place:
            what = f'two rules are called "{rule.name}", the first in line {place.line}'
            yield Finding(rule.place, what, "give one of the two another name")


def check_allocations(
    allocations: Sequence[Allocation],
) -> Iterator[Finding]:
    """Find objects that two rules allocate at the same time."""
    by_source: dict[CostObject, list[Allocation]] = {}
    for rule in allocations:
        for each in rule.sources:
            by_source.setdefault(each, []).append(rule)
    for each, rules in by_source.items():
        for one, other in combinations(rules, 2):
            if one is not other and one.valid.overlaps(other.valid):
                what = f"{each} is allocated by two rules at the same time"
                detail = f"the other rule begins in line {one.place.line}"
                hint = "give both a valid: that do not overlap, or make them one rule"
                yield Finding(other.place, what, hint, (detail,))


def check_standard_rates(
    allocations: Sequence[Allocation], drivers: Sequence[Driver]
) -> Iterator[Finding]:
    """Find costs that are held against a driver that is not money."""
    money = {driver.name for driver in drivers if driver.rates}
    for rule in allocations:
        for part in rule.parts:
            by = part.by if part.own else rule.by
            if part.capacity and part.capacity.own_cost and by not in money:
                what = f'driver "{by}" is not money, and can\'t be held against a cost'
                hint = "name a driver with rates, or write the capacity in the driver's unit"
                yield Finding(part.capacity.place, what, hint)


def check_services(
    services: Sequence[Service], allocations: Sequence[Allocation], severity: Severity
) -> Iterator[Finding]:
    """Find services that no rule allocates."""
    allocated = {each for rule in allocations for each in rule.sources}
    for service in services:
        if CostObject(Kind.SERVICE, service.id) not in allocated:
            what = f'no rule says where the cost of service "{service.id}" goes'
            hint = f"add a rule to model/allocations.yaml with from: service {service.id}"
            yield Finding(service.place, what, hint, severity=severity)


def check_drivers(drivers: Sequence[Driver], used: Collection[str]) -> Iterator[Finding]:
    """Find drivers that no rule uses."""
    for driver in drivers:
        if driver.name not in used:
            what = f'driver "{driver.name}" is used by no rule'
            hint = "name it in a rule's by:, or take it out"
            yield Finding(driver.place, what, hint, severity=Severity.WARNING)


class Lifetimes:
    """From when to when each named thing exists; a rule may not outlive what it names."""

    def __init__(
        self,
        services: Sequence[Service],
        consumers: Sequence[Consumer],
        drivers: Sequence[Driver],
        computed: Validity,
    ) -> None:
        self._computed = computed
        self._lives: dict[str, Validity] = {}
        for consumer in consumers:  # a consumer stands below its parent, so that comes first
            above = self._lives.get(f"consumer {consumer.parent}", ALWAYS)
            self._lives[f"consumer {consumer.id}"] = meet(above, consumer.valid)
        self._lives |= {f"service {service.id}": service.valid for service in services}
        self._lives |= {f'driver "{driver.name}"': driver.valid for driver in drivers}

    def check_mapping(self, rules: Sequence[MappingRule]) -> Iterator[Finding]:
        """Find mapping rules that hold when what they name does not exist."""
        for rule in rules:
            if rule.to:
                yield from self._outlived(rule.place, rule.valid, str(rule.to))

    def check_allocations(self, rules: Sequence[Allocation]) -> Iterator[Finding]:
        """Find allocation rules that hold when what they name does not exist."""
        for rule in rules:
            for source in rule.sources:
                yield from self._outlived(rule.place, rule.valid, str(source))
            for part in rule.parts:
                target = part.target
                named = [str(each) for each in target.objects]
                named += [f"consumer {target.within}"] if target.within else []
                for name in named:
                    yield from self._outlived(target.place, rule.valid, name)
            yield from self._drivers(rule)

    def _drivers(self, rule: Allocation) -> Iterator[Finding]:
        named = [(rule.by, rule.by_place), *((part.by, part.by_place) for part in rule.parts)]
        for part in rule.parts:
            if capacity := part.capacity:
                named.append((capacity.driver, capacity.place))
                if capacity.unused_to:
                    yield from self._outlived(capacity.place, rule.valid, str(capacity.unused_to))
        for name, place in named:
            if name:
                yield from self._outlived(place or rule.place, rule.valid, f'driver "{name}"')

    def _outlived(self, place: Place, valid: Validity, name: str) -> Iterator[Finding]:
        life = self._lives.get(name, ALWAYS)
        needed = meet(valid, self._computed)
        if needed.overlaps(needed) and not _covers(life, needed):
            what = f"{name} exists only {shown(life)}"
            detail = f"the rule that names it here holds {shown(needed)}"
            both = meet(valid, life)
            ends = (("from", both.first), ("to", both.last))
            dates = ", ".join(f"{word}: {month}" for word, month in ends if month)
            hint = f"let the rule hold no longer: valid: {{ {dates} }}"
            yield Finding(place, what, hint if both.overlaps(both) else "name another", (detail,))


def meet(one: Validity, other: Validity) -> Validity:
    """Give when both hold; where they never do together, `first` is after `last`."""
    firsts = [v.first for v in (one, other) if v.first is not None]
    lasts = [v.last for v in (one, other) if v.last is not None]
    return Validity(max(firsts, default=None), min(lasts, default=None))


def shown(valid: Validity) -> str:
    """Give a validity in words."""
    begins = f"from {valid.first}" if valid.first else ""
    ends = f"to {valid.last}" if valid.last else ""
    return " ".join(filter(None, (begins, ends))) or "always"


def _covers(outer: Validity, inner: Validity) -> bool:
    begins = outer.first is None or (inner.first is not None and outer.first <= inner.first)
    ends = outer.last is None or (inner.last is not None and inner.last <= outer.last)
    return begins and ends
