"""The price list: rates made into the words of the model, and what must hold between them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.days import Days, first_day, last_day
from truecost.kernel.findings import Finding
from truecost.kernel.periods import Period
from truecost.model.charging import (
    CENTRALLY,
    TRUE_COST,
    Form,
    Planned,
    Rate,
    Tier,
    TrueUp,
)
from truecost.model.entries import plain
from truecost.model.names import suggestion
from truecost.model.tree import Text
from truecost.model.types import BehaviourKind, CostObject, Group, Kind, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from truecost.kernel.findings import Place
    from truecost.model.draft import Draft, Entry
    from truecost.model.entries import Entries
    from truecost.model.references import References
    from truecost.model.schema.charging import DaysShape, PlannedShape, RateShape, TierShape
    from truecost.model.types import Allocation, Service

_FORMS = ("price", "graduated", "volume", "packages", "percentage")


class RateList:
    """Makes rates and true-ups; `found` collects what is wrong with them."""

    def __init__(
        self, references: References, entries: Entries, currency: str, found: list[Finding]
    ) -> None:
        self._refer = references
        self._entries = entries
        self._currency = currency
        self._found = found
        self._calendar = CALENDAR_MONTHS

    def rates(self, draft: Draft, services: Mapping[str, Service]) -> tuple[Rate, ...]:
        """Make every rate that can be made, and check them against each other."""
        told = len(self._found)
        self._calendar = draft.calendar or CALENDAR_MONTHS
        made = [self._rate(entry, services) for entry in draft.rates]
        rates = tuple(rate for rate in made if rate)
        if told == len(self._found):
            self._temporary(rates, draft)
            self._overlaps(rates)
        return rates

    def true_ups(self, draft: Draft) -> tuple[TrueUp, ...]:
        """Make the entries that say when recovery is settled."""
        made = []
        for shape in draft.charging.true_up if draft.charging else ():
            names = [
                self._refer.name("service", each)
                for each in shape.services
                if isinstance(each, Text)
            ]
            over = shape.over
            made.append(
                TrueUp(
                    shape.place,
                    tuple(name for name in names if name),
                    shape.at,
                    over if isinstance(over, Decimal) else None,
                    over if isinstance(over, Fraction) else None,
                    shape.in_proportion_to,
                    self._entries.valid(shape.valid),
                )
            )
        for one, other in combinations(made, 2):
            both = not one.services or not other.services or {*one.services} & {*other.services}
            if both and one.valid.overlaps(other.valid):
                what = "the recovery of a service is settled by two entries at the same time"
                hint = "name other services in one of them, or give both a valid:"
                self._note(other.place, what, hint, f"the other is {one.place}")
        return tuple(made)

    def _rate(self, entry: Entry[RateShape], services: Mapping[str, Service]) -> Rate | None:
        shape = entry.shape
        told = len(self._found)
        service = self._refer.name("service", shape.service)
        target = self._target(shape.whom, entry.place)
        form, tiers = self._form(entry)
        by = None
        if shape.by is not None:
            measured = shape.by == TRUE_COST
            by = TRUE_COST if measured else self._refer.name("driver", shape.by)
            if form is Form.NONE:
                self._note(shape.by.place, "by has nothing to measure", "give a price for a unit")
            elif measured and any(tier.price is not None for tier in tiers):
                what = "true cost is an amount of money, but this rate has a price for a unit"
                self._note(shape.by.place, what, "charge a percentage of it")
        elif any(tier.percent is not None for tier in tiers):
            what = f'rate "{entry.id}" charges a percentage, but does not say of what'
            self._note(entry.place, what, "write by: and a driver that is an amount, or true cost")
        if shape.free is not None and form is Form.NONE:
            self._note(entry.place, "free has no units to be taken from", "give a price for a unit")
        agreed = shape.agreed
        made = Rate(
            entry.place,
            entry.id,
            service or "",
            target or Target(entry.place),
            form,
            tiers,
            by=by,
            by_place=shape.by.place if shape.by else None,
            package=shape.packages.of if shape.packages else None,
            free=shape.free,
            fee=shape.fee,
            minimum=shape.minimum,
            agreed_by=self._refer.name("driver", agreed.by) if agreed else None,
            agreed_price=agreed.price if agreed else None,
            planned=self._planned(shape.planned, services.get(service or "")),
            instead_of=plain(shape.instead_of) or None,
            funder=self._funder(entry),
            reason=plain(shape.reason),
            days=self._days(shape.valid),
        )
        return made if service and target and told == len(self._found) else None

    def _target(self, whom: Text | Sequence[Text], place: Place) -> Target | None:
        if isinstance(whom, str) and not isinstance(whom, Text):
            return Target(place, groups=(Group.CONSUMERS,))
        if isinstance(whom, Text):
            target = self._refer.target(whom)
            named = target.objects if target else ()
            if target and (
                any(each.kind is not Kind.CONSUMER for each in named)
                or Group.SERVICES in target.groups
            ):
                what = f'"{whom}" is charged by no rate: services get their cost from each other'
                self._note(whom.place, what, "name consumers")
                return None
            return target
        made: dict[CostObject, None] = {}
        for text in whom:
            each = self._refer.consumer(text)
            if each and CostObject(Kind.CONSUMER, each) in made:
                self._note(text.place, f'"{each}" is here twice', "keep one")
            if each:
                made[CostObject(Kind.CONSUMER, each)] = None
        if not whom:
            self._note(place, "for names nobody", "write at least one consumer")
        return Target(whom[0].place, objects=tuple(made)) if made else None

    def _form(self, entry: Entry[RateShape]) -> tuple[Form, tuple[Tier, ...]]:
        """Give how a rate makes an amount of a quantity, which it says once at most."""
        shape = entry.shape
        said = [word for word in _FORMS if getattr(shape, word) is not None]
        if len(said) > 1:
            what = f'rate "{entry.id}" has {" and also ".join(said)}'
            self._note(shape.place_of(said[1]), what, "keep one of them")
            return Form.NONE, ()
        if not said:
            if shape.fee is None and shape.agreed is None and shape.minimum is None:
                what = f'rate "{entry.id}" does not say what anything costs'
                self._note(entry.place, what, f"write one of: {', '.join((*_FORMS, 'fee'))}")
            return Form.NONE, ()
        form = Form(said[0])
        if form is Form.GRADUATED or form is Form.VOLUME:
            tiers = shape.graduated if form is Form.GRADUATED else shape.volume
            return form, self._tiers(tiers or [], shape.place_of(form))
        if shape.packages:
            if not shape.packages.of:
                place = shape.packages.place_of("of")
                self._note(place, "a package has at least something", "write how many units")
            return form, (Tier(price=shape.packages.price),)
        return form, (Tier(price=shape.price, percent=shape.percentage),)

    def _tiers(self, shapes: list[TierShape], place: Place) -> tuple[Tier, ...]:
        """Make tiers, which begin at nothing, rise, and end without an end."""
        if not shapes:
            self._note(place, "no tier stands here", "write at least one")
        last = Decimal(0)
        kinds = set()
        for number, shape in enumerate(shapes, 1):
            kinds.add(shape.price is None)
            if (shape.price is None) == (shape.percentage is None):
                self._note(shape.place, "a tier has either a price or a percentage", "write one")
            if shape.up_to is None and number < len(shapes):
                what = "this tier is without end, but others come after it"
                self._note(shape.place, what, "write up_to, or put it last")
            elif shape.up_to is not None and number == len(shapes):
                what = f"nothing is said of more than {shape.up_to:,f}"
                self._note(shape.place_of("up_to"), what, "let the last tier have no up_to")
            elif shape.up_to is not None and shape.up_to <= last:
                what = f"up to {shape.up_to:,f} does not lie after {last:,f}"
                self._note(shape.place_of("up_to"), what, "write the tiers from low to high")
            last = shape.up_to if shape.up_to is not None else last
        if len(kinds) > 1:
            self._note(place, "some tiers have prices, others percentages", "write one of the two")
        return tuple(Tier(each.up_to, each.price, each.percentage, each.fee) for each in shapes)

    def _planned(self, shape: PlannedShape | None, service: Service | None) -> Planned | None:
        if shape is None:
            return None
        if not shape.quantity:
            what = "a plan for nothing can't be compared with what was used"
            self._note(shape.place_of("quantity"), what, "write more than 0")
        if shape.fixed is not None and shape.fixed > 1:
            what = "more than the whole cost can't be fixed"
            self._note(shape.place_of("fixed"), what, "write 100% at most")
        variable = service is not None and service.behaviour.kind is BehaviourKind.VARIABLE
        fixed = Fraction(0 if variable else 1) if shape.fixed is None else shape.fixed
        return Planned(shape.quantity, shape.cost, fixed)

    def _funder(self, entry: Entry[RateShape]) -> str | None:
        shape = entry.shape
        if (shape.instead_of is None) != (shape.funded_by is None):
            lacking = "funded_by" if shape.funded_by is None else "instead_of"
            what = f'rate "{entry.id}" has no {lacking}'
            self._note(entry.place, what, "who goes before another rate says who bears the rest")
        if shape.instead_of is not None and shape.valid.to is None:
            what = f'rate "{entry.id}" goes before another, but never ends'
            self._note(entry.place, what, "give it a last day: valid: { to: … }")
        if shape.funded_by is None or shape.funded_by == CENTRALLY:
            return None
        return self._refer.consumer(shape.funded_by)

    def _days(self, shape: DaysShape) -> Days:
        first, last = shape.begins, shape.to
        made = Days(
            first_day(first) if isinstance(first, Period) else first,
            last_day(last) if isinstance(last, Period) else last,
            self._calendar,
        )
        if made.first and made.last and made.first > made.last:
            what = f"from {made.first} is after to {made.last}"
            self._note(shape.place, what, "both days are included; from is the earlier one")
            return Days()
        return made

    def _temporary(self, rates: Sequence[Rate], draft: Draft) -> None:
        """Check that a rate that goes before another has one to go before."""
        by_name = {rate.name: rate for rate in rates}
        texts = {entry.id: entry.shape.instead_of for entry in draft.rates}
        for rate in rates:
            text = texts[rate.name]
            if text is None:
                continue
            other = by_name.get(str(text))
            if other is None:
                hint = suggestion(text, tuple(by_name))
                self._note(text.place, f'rate "{text}" is not defined', hint)
            elif other.instead_of is not None or other.service != rate.service:
                what = f'"{text}" is a rate that goes before another itself'
                if other.service != rate.service:
                    what = f'"{text}" is a rate of {other.service}, not of {rate.service}'
                self._note(text.place, what, "name the rate that would hold without this one")
            elif not other.days.covers(rate.days):
                what = f'rate "{text}" holds only {other.days}'
                hint = "let this one hold no longer, or name another"
                self._note(text.place, what, hint, f"this one holds {rate.days}")
            elif lacking := self._whom(rate) - self._whom(other):
                what = f'rate "{text}" is not for {", ".join(sorted(lacking))}'
                self._note(text.place, what, "name a rate that holds for all whom this one is for")

    def _overlaps(self, rates: Sequence[Rate]) -> None:
        """Find rates of which it can't be said which goes before."""
        by_place: dict[tuple[str, bool, int], list[Rate]] = {}
        for rate in rates:
            where = (rate.service, rate.instead_of is not None, self._rank(rate.target))
            by_place.setdefault(where, []).append(rate)
        for some in by_place.values():
            for one, other in combinations(some, 2):
                both = self._whom(one) & self._whom(other)
                if both and one.days.overlaps(other.days):
                    first = min(both)
                    what = f'rates "{one.name}" and "{other.name}" both hold for {first}'
                    hint = "let one end before the other begins, or name others in one"
                    detail = (f'"{one.name}" is {one.place}, {one.days}',
                              f'"{other.name}" is here, {other.days}')  # fmt: skip
                    self._note(other.place, what, hint, *detail)

    def _whom(self, rate: Rate) -> frozenset[str]:
        return self._refer.leaves(rate.target)

    def _rank(self, target: Target) -> int:
        """Give the rank of a group: who is listed goes before a branch, a branch before all."""
        if not target.groups:
            return -1
        return self._refer.depth(target.within) + 1 if target.within else 0

    def _note(self, place: Place, what: str, hint: str, *detail: str) -> None:
        self._found.append(Finding(place, what, hint, detail))


def check_measured(rates: Iterable[Rate], allocations: Sequence[Allocation]) -> Iterator[Finding]:
    """Find rates whose units are counted by no driver."""
    for rate in rates:
        if rate.form is Form.NONE or rate.by is not None:
            continue
        service = CostObject(Kind.SERVICE, rate.service)
        rules = [rule for rule in allocations if service in rule.sources]
        if not any(rule.drivers and rule.valid.overlaps(rate.valid) for rule in rules):
            what = f'rate "{rate.name}" has a price for a unit, but nothing counts the units'
            hint = f"write by: and a driver; none splits the cost of {rate.service}"
            yield Finding(rate.place, what, hint)
