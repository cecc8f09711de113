"""Allocation rules rewritten: replaced, or without somebody who leaves, ends or merges."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.graph import REMAINDER, Flow
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.periods import ALWAYS
from truecost.model.resolve import select
from truecost.model.types import CostObject, Kind, Part, Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.model.scenario import End, Leave, Merge
    from truecost.model.types import Allocation, Consumer

UNUSED = "nobody uses it any more, and it is still paid"
ENDED = "ended, and still paid"


@dataclass(slots=True)
class Rewritten:
    """A month's model while it is rewritten.

    `stranded` are services that pass nothing on, each with the name of the remainder that has their
    cost; `alone` is who is left of those who shared a service by a driver, where it is one; `gone`
    are consumers that are no longer there; `into` says what became of merged ones.
    """

    model: PeriodModel
    stranded: dict[str, str] = field(default_factory=dict)
    alone: dict[str, tuple[CostObject, str, Place]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    into: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def flows(self) -> dict[str, list[Flow]]:
        """Give the flows of services that are stranded."""
        return {
            source: [
                Flow(
                    source, f"{REMAINDER}{source}: {why}", 1, 1, rule=str(self.places[source])
                )
            ]
            for source, why in self.stranded.items()
        }  # fmt: skip


def replaced(model: PeriodModel, rules: Iterable[Allocation], period: Period) -> PeriodModel:
    """Put rules that hold in a month in the place of those that their objects have."""
    new = [dataclasses.replace(rule, valid=ALWAYS) for rule in rules if rule.valid.holds(period)]
    taken = {source for rule in new for source in rule.sources}
    return _with_rules(model, taken, new)


def _with_rules(
    model: PeriodModel, taken: Collection[CostObject], new: Iterable[Allocation]
) -> PeriodModel:
    kept = []
    for rule in model.allocations:
        left = tuple(source for source in rule.sources if source not in taken)
        if len(left) == len(rule.sources):
            kept.append(rule)
        elif left:
            kept.append(dataclasses.replace(rule, sources=left))
    return dataclasses.replace(model, allocations=(*kept, *new))


def leave(made: Rewritten, said: Leave) -> None:
    """Take consumers out of the rules of the services that they leave, or out of all."""
    model = made.model
    if not any(consumer.id == said.consumer for consumer in model.consumers):
        return
    leaves = model.within(said.consumer)
    going = {CostObject(Kind.CONSUMER, each) for each in leaves}
    if said.altogether:
        made.model = without_consumers(_without_named(made, None, going, said.place), leaves)
        made.gone |= set(leaves)
        return
    services = said.services or tuple(service.id for service in model.services)
    sources = {CostObject(Kind.SERVICE, each) for each in services}
    made.model = _without_named(made, sources, going, said.place, groups=True)


def end(made: Rewritten, said: End) -> None:
    """End a service: it uses no others, and what it still costs goes to a named remainder."""
    model = made.model
    service = CostObject(Kind.SERVICE, said.service)
    if not any(each.id == said.service for each in model.services):
        return
    others = {CostObject(Kind.SERVICE, each.id) for each in model.services}
    made.model = _without_named(made, others - {service}, {service}, said.place, groups=True)
    made.model = _with_rules(made.model, {service}, ())
    made.stranded[str(service)] = ENDED
    made.places[str(service)] = said.place


def merge(made: Rewritten, said: Merge) -> None:
    """Make a consumer a part of another: what rules give it they give that one."""
    model = made.model
    if said.consumer not in model.leaves:
        return
    if said.into not in model.leaves:
        raise AllocationError(
            Finding(
                said.place,
                f'"{said.into}" is not there in {model.period}, so nobody can merge into it',
                "let the scenario begin later, or end earlier",
            )
        )
    old, new = (CostObject(Kind.CONSUMER, each) for each in (said.consumer, said.into))
    rules = []
    for rule in model.allocations:
        parts = tuple(_renamed(part, old, new) for part in rule.parts)
        if parts == rule.parts:
            rules.append(rule)
            continue
        rules.append(dataclasses.replace(rule, parts=_added_up(parts, new, said.place)))
    model = dataclasses.replace(model, allocations=tuple(rules))
    made.model = without_consumers(model, (said.consumer,))
    made.into[said.consumer] = said.into


def without_consumers(model: PeriodModel, leaves: Collection[str]) -> PeriodModel:
    """Take leaves out of the tree, and every sum that nothing is left of."""
    sums = {consumer.parent for consumer in model.consumers}
    kept: set[str | None] = set()
    held: list[Consumer] = []
    for each in reversed(model.consumers):  # a parent stands before its own
        if each.id in leaves or (each.id in sums and each.id not in kept):
            continue
        held.append(each)
        kept |= {each.id, each.parent}
    return dataclasses.replace(model, consumers=tuple(reversed(held)))


def _without_named(
    made: Rewritten,
    sources: Collection[CostObject] | None,
    going: Collection[CostObject],
    place: Place,
    *,
    groups: bool = False,
) -> PeriodModel:
    """Take objects out of the targets of some sources' rules, or of all.

    With `groups` also where they are meant by a group; else groups are left to lose them with the
    tree. A service of which nobody is left is stranded.
    """
    model = made.model
    new: list[Allocation] = []
    taken: set[CostObject] = set()
    for rule in model.allocations:
        some = [each for each in rule.sources if sources is None or each in sources]
        if not some or not any(_means(part, model, going, groups=groups) for part in rule.parts):
            continue
        taken |= set(some)
        left = [_without(part, model, going, groups=groups) for part in rule.parts]
        if any(
            after and after is not before and after.capacity and len(after.target.objects) == 1
            for before, after in zip(rule.parts, left, strict=True)
        ):
            raise AllocationError(
                Finding(
                    place,
                    f"one alone is left of those who share {some[0]} by its capacity",
                    "write under  rules:  how that rule goes on",
                )
            )
        parts = _rescaled(rule.parts, left)
        ones = [
            (after.target.objects[0], driver, place)
            for before, after in zip(rule.parts, left, strict=True)
            if after is not None and after is not before and len(after.target.objects) == 1
            if (driver := before.by or rule.by)
        ]
        for source in some:
            if parts:
                new.append(dataclasses.replace(rule, parts=parts, sources=(source,)))
            else:
                made.stranded[str(source)] = UNUSED
                made.places[str(source)] = place
            if ones:
                made.alone[str(source)] = ones[0]
    return _with_rules(model, taken, new) if taken else model


def _means(part: Part, model: PeriodModel, going: Collection[CostObject], *, groups: bool) -> bool:
    if part.target.groups and not groups:
        return False
    return any(each in going for each in select(part.target, model))


def _without(
    part: Part, model: PeriodModel, going: Collection[CostObject], *, groups: bool
) -> Part | None:
    """Give a part without those who go; None where nobody is left."""
    if not _means(part, model, going, groups=groups):
        return part
    left = tuple(each for each in select(part.target, model) if each not in going)
    return dataclasses.replace(part, target=Target(part.target.place, left)) if left else None


def _rescaled(parts: Sequence[Part], left: Sequence[Part | None]) -> tuple[Part, ...]:
    """Let the percentages that are left grow in proportion, where no rest takes what is free."""
    kept = [part for part in left if part is not None]
    if any(part.rest for part in kept):
        return tuple(kept)
    before = sum((_percent(part) for part in parts), Fraction(0))
    if any(part.rest for part in parts):
        before = Fraction(1)
    after = sum((_percent(part) for part in kept), Fraction(0))
    if not after or after == before:
        return tuple(kept)
    return tuple(
        part
        if part.percent is None
        else dataclasses.replace(part, percent=part.percent * before / after)
        for part in kept
    )


def _percent(part: Part) -> Fraction:
    return part.percent if part.percent is not None else Fraction(0)


def _renamed(part: Part, old: CostObject, new: CostObject) -> Part:
    target = part.target
    if part.capacity is not None and part.capacity.unused_to == old:
        part = dataclasses.replace(part, capacity=dataclasses.replace(part.capacity, unused_to=new))
    if target.within == old.id:
        return dataclasses.replace(part, target=Target(target.place, (new,)))
    if old not in target.objects:
        return part
    objects = tuple(dict.fromkeys(new if each == old else each for each in target.objects))
    return dataclasses.replace(part, target=dataclasses.replace(target, objects=objects))


def _added_up(parts: Sequence[Part], new: CostObject, place: Place) -> tuple[Part, ...]:
    """Add up the parts of one kind that go to the same consumer alone."""
    alone = [part for part in parts if part.target.objects == (new,) and not part.target.groups]
    if any(part.rest for part in alone):  # the rest takes what the others had
        return tuple(part for part in parts if part not in alone or part.rest)
    others = [part for part in parts if part not in alone]
    if alone and any(part.rest and _has(part, new) for part in others):
        raise AllocationError(
            Finding(
                place,
                f"a rule gives {new} a share of its own and a part of the rest once they are one",
                "write under  rules:  how that rule goes on",
            )
        )
    percents = [part for part in alone if part.percent is not None]
    amounts = [part for part in alone if part.amount is not None]
    if percents:
        whole = sum(map(_percent, percents), Fraction(0))
        others.append(dataclasses.replace(percents[0], percent=whole))
    if amounts:
        added = sum((part.amount for part in amounts if part.amount), Decimal(0))
        others.append(dataclasses.replace(amounts[0], amount=added))
    return tuple(others)


def _has(part: Part, object_: CostObject) -> bool:
    return bool(part.target.groups) or object_ in part.target.objects
