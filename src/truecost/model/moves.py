"""Allocation rules: what moves, where to, in which shares; and how services treat each other."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.kernel.money import digits
from truecost.model.capacities import ITS_COST, capacity_of
from truecost.model.entries import plain
from truecost.model.names import suggestion
from truecost.model.schema.allocation import PartShape
from truecost.model.tree import Text
from truecost.model.types import Allocation, Between, CostObject, Kind, Part, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Validity
    from truecost.model.draft import Draft, Entry
    from truecost.model.references import References
    from truecost.model.schema.allocation import AllocationShape

_WHOLE = Fraction(1)


class Moves:
    """Makes allocation rules; `found` collects what is wrong with them.

    `complete` is false when it is not known of all of them whose cost they move.
    """

    def __init__(self, references: References, currency: str, found: list[Finding]) -> None:
        self._refer = references
        self._currency = currency
        self._found = found
        self.complete = True

    def allocation(
        self, entry: Entry[AllocationShape], valid: Validity, *, unallocated: bool
    ) -> Allocation:
        """Make a rule; `unallocated` is what holds when the rule does not say it."""
        shape = entry.shape
        if shape.unallocated is not None:
            unallocated = shape.unallocated
        told = len(self._found)
        if _part_shapes(shape.to):
            parts = self._own_parts(shape, unallocated=unallocated)
        else:
            parts = self._parts(shape.to, entry.place, unallocated=unallocated)
            if told == len(self._found):
                parts = self._split(entry, parts)
        return Allocation(
            entry.place,
            self._sources(shape.begins, entry.place),
            parts,
            by=self._refer.name("driver", shape.by) if shape.by else None,
            by_place=shape.by.place if shape.by else None,
            evenly=shape.split,
            unallocated=unallocated,
            reason=plain(shape.reason),
            valid=valid,
        )

    def step_order(self, draft: Draft) -> tuple[str, ...]:
        """Give the order in which services are passed on, empty where none is written."""
        how = draft.between.between_services if draft.between else Between.RECIPROCAL
        names = draft.service_names
        if isinstance(how, Between) or not names.known:
            return ()
        told = len(self._found)
        seen: set[str] = set()
        for text in how.step_down:
            if text not in names:
                hint = suggestion(text, tuple(names.places))
                self._note(text.place, f'service "{text}" is not defined', hint)
            elif text in seen:
                self._note(text.place, f'service "{text}" is in this order twice', "keep one")
            seen.add(text)
        missing = [name for name in names.places if name not in seen]
        if missing and told == len(self._found):
            what = f"this order lacks {', '.join(missing)}"
            self._note(how.place, what, "step_down lists every service once")
        return tuple(str(text) for text in how.step_down)

    def _sources(self, begins: Text | list[Text], place: Place) -> tuple[CostObject, ...]:
        made: dict[CostObject, None] = {}
        if not begins:
            self._note(place, "from names nothing", "write at least one tower or service")
        for text in [begins] if isinstance(begins, Text) else begins:
            each = self._refer.cost_object(text)
            if each is None:
                self.complete = False
                continue
            if each.kind is Kind.CONSUMER:
                what = f'"{each.id}" is a consumer: what it is charged stays with it'
                self._note(text.place, what, "name towers and services in from")
            elif each in made:
                self._note(text.place, f"{each} is here twice", "keep one")
            made[each] = None
        return tuple(made)

    def _parts(
        self,
        to: Text | list[Text | PartShape] | dict[Text, Fraction | Decimal | None],
        place: Place,
        *,
        unallocated: bool,
    ) -> tuple[Part, ...]:
        """Make the parts: the whole to one target, or a share to each of several."""
        if isinstance(to, Text):
            target = self._refer.target(to)
            return (Part(target, rest=True),) if target else ()
        if not to:
            self._note(place, "to names nothing", "write at least one target")
            return ()
        if isinstance(to, list):
            texts = [each for each in to if isinstance(each, Text)]
            return (Part(self._listed(texts), rest=True),)
        self._sums([(text.place, share) for text, share in to.items()], unallocated=unallocated)
        parts: list[Part] = []
        for text, share in to.items():
            target = self._refer.target(text)
            if target is None:
                continue
            if any(_same(part.target, target) for part in parts):
                self._note(text.place, f'"{text}" is here twice', "add the two shares up")
            parts.append(_part(target, share))
        return tuple(parts)

    def _own_parts(self, shape: AllocationShape, *, unallocated: bool) -> tuple[Part, ...]:
        """Make the parts of a rule that say themselves how they are split."""
        for word in ("by", "split", "capacity", "unused", "fixed", "over_use"):
            if getattr(shape, word):
                what = f"{word} stands beside parts that say it themselves"
                self._note(shape.place_of(word), what, "move it into the parts")
        listed = _part_shapes(shape.to)
        bare = [each for each in shape.to if isinstance(each, Text)]
        for each in bare:
            what = f'"{each}" stands among parts, without a share'
            self._note(each.place, what, f"write {{ share: rest, to: {each} }}")
        if not bare:
            shares = [(each.place_of("share"), each.share) for each in listed]
            self._sums(shares, unallocated=unallocated)
        parts = tuple(part for shape_of in listed for part in self._own_part(shape_of))
        held: set[str | None] = set()
        for part in parts:
            if part.capacity and part.by in held:
                what = f'two parts have a capacity in the unit of driver "{part.by}"'
                self._note(part.capacity.place, what, "make them one part, or use another driver")
            if part.capacity:
                held.add(part.by)
        return parts

    def _own_part(self, shape: PartShape) -> tuple[Part, ...]:
        told = len(self._found)
        target = (
            self._listed(shape.to) if isinstance(shape.to, list) else self._refer.target(shape.to)
        )
        capacity = capacity_of(shape, self._refer, self._found)
        by = self._refer.name("driver", shape.by) if shape.by else None
        if target is None or told < len(self._found):
            return ()
        several = _several(target)
        if shape.by and shape.split:
            self._note(shape.by.place, "by and split can't both split the cost", "keep one")
        elif several and not shape.by and not shape.split:
            what = "this goes to several objects, but nothing says how it is split"
            self._note(target.place, what, "write by: and a driver, or split: evenly")
        elif not several and not capacity and (shape.by or shape.split):
            word = "by" if shape.by else "split"
            what = f"{word} has nothing to split: this part goes to one object"
            self._note(shape.place_of(word), what, f"take {word} out")
        part = dataclasses.replace(
            _part(target, shape.share),
            own=True,
            by=by,
            by_place=shape.by.place if shape.by else None,
            evenly=shape.split,
            capacity=capacity,
        )
        return (part,)

    def _listed(self, texts: list[Text]) -> Target:
        """Make one target of a list of objects."""
        made: dict[CostObject, None] = {}
        for text in texts:
            target = self._refer.target(text)
            if target is None:
                continue
            if not target.objects:
                self._note(
                    text.place, f'the group "{text}" can\'t stand in a list', "write it alone"
                )
            for each in target.objects:
                if each in made:
                    self._note(text.place, f"{each} is here twice", "keep one")
                made[each] = None
        return Target(texts[0].place, objects=tuple(made))

    def _sums(
        self, shares: Sequence[tuple[Place, Fraction | Decimal | None]], *, unallocated: bool
    ) -> None:
        """Check that the shares of a rule can add up to the whole."""
        first = shares[0][0]
        percent = sum((s for _, s in shares if isinstance(s, Fraction)), Fraction(0))
        rests = [place for place, share in shares if share is None]
        amounts = any(isinstance(share, Decimal) for _, share in shares)
        for place, share in shares:
            if isinstance(share, Decimal) and share % Decimal(1).scaleb(-digits(self._currency)):
                what = f"{share} is less exact than {self._currency} can be paid"
                self._note(place, what, f"write at most {digits(self._currency)} decimals")
        for place in rests[1:]:
            self._note(place, "a rule has one rest at most", "give the others a share")
        if percent > _WHOLE:
            what = f"the percentages add up to {_shown(percent)}, more than 100%"
            self._note(first, what, "lower one of them")
        elif percent == _WHOLE and (rests or amounts):
            what = "the percentages add up to 100%, so nothing is left for the other parts"
            self._note(first, what, "lower one of them, or take the other parts out")
        elif rests or unallocated:
            return
        elif amounts:
            what = "the amounts do not say where the rest goes"
            self._note(first, what, "give one part the word rest; a percentage is written 60%")
        elif percent < _WHOLE:
            what = f"the percentages add up to {_shown(percent)}, not 100%"
            hint = "give one part the word rest, or say unallocated: allowed"
            self._note(first, what, hint)

    def _split(self, entry: Entry[AllocationShape], parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Check that a rule says how it splits, and only if there is something to split.

        A capacity belongs to the one part that is split.
        """
        shape = entry.shape
        several = [part for part in parts if _several(part.target)]
        capacity = capacity_of(shape, self._refer, self._found)
        split = several if several or len(parts) > 1 else list(parts)
        if capacity and len(split) != 1:
            how_many = f"{len(split)} of these are" if split else "none of these is"
            what = f"the capacity belongs to the one part that is split, and {how_many}"
            hint = "write the parts as a list, each with its share and its own capacity"
            self._note(capacity.place, what, hint)
        elif capacity:
            with_it = dataclasses.replace(split[0], capacity=capacity)
            parts = tuple(with_it if part is split[0] else part for part in parts)
            several = split
        if shape.by and shape.split:
            self._note(shape.by.place, "by and split can't both split the cost", "keep one")
        elif several and not shape.by and not shape.split:
            what = "this goes to several objects, but nothing says how it is split"
            self._note(several[0].target.place, what, "write by: and a driver, or split: evenly")
        elif parts and not several and (shape.by or shape.split):
            word = "by" if shape.by else "split"
            what = f"{word} has nothing to split: every part goes to one object"
            self._note(shape.by.place if shape.by else entry.place, what, f"take {word} out")
        return parts

    def _note(self, place: Place, what: str, hint: str) -> None:
        self._found.append(Finding(place, what, hint))


def drivers_named(rules: Iterable[Entry[AllocationShape]]) -> Iterator[str]:
    """Give the names of drivers as rules write them, known or not."""
    for rule in rules:
        to = rule.shape.to
        split: list[AllocationShape | PartShape] = [rule.shape, *_part_shapes(to)]
        for shape in split:
            for name in (shape.by, shape.capacity):
                if isinstance(name, Text) and name != ITS_COST:
                    yield str(name)


def _part_shapes(to: object) -> list[PartShape]:
    """Give the parts of a rule that is written as a list of parts."""
    return [each for each in to if isinstance(each, PartShape)] if isinstance(to, list) else []


def _several(target: Target) -> bool:
    return bool(target.groups) or len(target.objects) > 1


def _part(target: Target, share: Fraction | Decimal | None) -> Part:
    if isinstance(share, Fraction):
        return Part(target, percent=share)
    return Part(target, rest=True) if share is None else Part(target, amount=share)


def _same(one: Target, other: Target) -> bool:
    return (one.objects, one.groups, one.within) == (other.objects, other.groups, other.within)


def _shown(share: Fraction) -> str:
    """Give a share as a percentage; it has as many decimals as were written, so this is exact."""
    percent = share * 100
    return f"{(Decimal(percent.numerator) / Decimal(percent.denominator)).normalize():f}%"
