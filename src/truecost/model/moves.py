"""Allocation rules: what moves, where to, in which shares; and how services treat each other."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.kernel.money import digits
from truecost.model.entries import plain
from truecost.model.names import suggestion
from truecost.model.tree import Text
from truecost.model.types import Allocation, Between, CostObject, Kind, Part, Target

if TYPE_CHECKING:
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
        parts = self._parts(shape.to, entry.place, unallocated=unallocated)
        if told == len(self._found):
            self._split(entry, parts)
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
        self, to: Text | list[Text] | dict[Text, Fraction | Decimal | None], place: Place,
        *, unallocated: bool,
    ) -> tuple[Part, ...]:  # fmt: skip
        """Make the parts: the whole to one target, or a share to each of several."""
        if isinstance(to, Text):
            target = self._refer.target(to)
            return (Part(target, rest=True),) if target else ()
        if not to:
            self._note(place, "to names nothing", "write at least one target")
            return ()
        if isinstance(to, list):
            return (Part(self._listed(to), rest=True),)
        self._sums(to, unallocated=unallocated)
        parts: list[Part] = []
        for text, share in to.items():
            target = self._refer.target(text)
            if target is None:
                continue
            if any(_same(part.target, target) for part in parts):
                self._note(text.place, f'"{text}" is here twice', "add the two shares up")
            parts.append(_part(target, share))
        return tuple(parts)

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

    def _sums(self, shares: dict[Text, Fraction | Decimal | None], *, unallocated: bool) -> None:
        """Check that the shares of a rule can add up to the whole."""
        first = next(iter(shares)).place
        percent = sum((s for s in shares.values() if isinstance(s, Fraction)), Fraction(0))
        rests = [text for text, share in shares.items() if share is None]
        amounts = any(isinstance(share, Decimal) for share in shares.values())
        for text, share in shares.items():
            if isinstance(share, Decimal) and share % Decimal(1).scaleb(-digits(self._currency)):
                what = f"{share} is less exact than {self._currency} can be paid"
                self._note(text.place, what, f"write at most {digits(self._currency)} decimals")
        for text in rests[1:]:
            self._note(text.place, "a rule has one rest at most", "give the others a share")
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

    def _split(self, entry: Entry[AllocationShape], parts: tuple[Part, ...]) -> None:
        """Check that a rule says how it splits, and only if there is something to split."""
        shape = entry.shape
        several = [part for part in parts if part.target.groups or len(part.target.objects) > 1]
        if shape.by and shape.split:
            self._note(shape.by.place, "by and split can't both split the cost", "keep one")
        elif several and not shape.by and not shape.split:
            what = "this goes to several objects, but nothing says how it is split"
            self._note(several[0].target.place, what, "write by: and a driver, or split: evenly")
        elif parts and not several and (shape.by or shape.split):
            word = "by" if shape.by else "split"
            what = f"{word} has nothing to split: every part goes to one object"
            self._note(shape.by.place if shape.by else entry.place, what, f"take {word} out")

    def _note(self, place: Place, what: str, hint: str) -> None:
        self._found.append(Finding(place, what, hint))


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
