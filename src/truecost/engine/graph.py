"""The allocation rules of one period, with their drivers, as integer weights between cost objects.

Every share is `weight / whole` of its source, where `whole` is the sum of the source's weights:
removing an edge (direct method, step-down) renormalises the rest by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine.between import BetweenServices, CannotSplitError
from truecost.engine.capacity import LINES, Held
from truecost.engine.drivers import EXACT
from truecost.engine.flows import Flow, Flows, Known, Outflow, Register, merged
from truecost.engine.spreads import Share, Spread, Spreads
from truecost.kernel.findings import Place
from truecost.kernel.money import digits, shown
from truecost.model.resolve import select
from truecost.model.types import Allocation, CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from truecost.engine.codes import Codes
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Capacity, Part

__all__ = ["REMAINDER", "Expander", "Fault", "Flow", "Quantities"]

#: A terminal that is not a consumer: a named remainder. Written as `remainder NAME`.
REMAINDER = "remainder "

Quantities = dict[CostObject, Decimal]
_LAST = (f"{Kind.CONSUMER} ", REMAINDER)
#: Digits beyond the minor unit to which a cost is known that standard rates are held against.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """A cost that can't go where the model says: it goes to `remainder`, if that is `allowed`."""

    source: str
    remainder: str
    what: str
    hint: str
    place: Place | None
    allowed: bool


class Expander:
    """Turns the allocation rules of one period into flows.

    `quantities` gives a driver's values for the period, or None where it has none; `currency` is
    that of the cost; `known`, and else `kept`, are flows that are not made again. What can't be
    carried out goes whole to a named remainder and is added to `faults`: the caller, who knows then
    how much it is, decides whether to stop.
    """

    def __init__(
        self,
        model: PeriodModel,
        currency: str,
        quantities: Callable[[str], Quantities | None],
        known: Mapping[str, list[Flow]] | None = None,
        kept: Known | None = None,
    ) -> None:
        self._known = known or {}
        self._kept: Mapping[str, Outflow] = {} if kept is None else kept.outflows
        self._model = model
        self._currency = currency
        self._quantities = quantities
        self.register = Register() if kept is None else kept.register.copy()
        self._spreads = Spreads(model, quantities, self.register)
        self._between = BetweenServices(model, self.register)
        self._rules = {
            str(source): (source, rule) for rule in model.allocations for source in rule.sources
        }
        self._owned = {
            f"{kind}{_named_for(source, rule, part)}": (source, rule, part.capacity)
            for source, rule in self._rules.values()
            for part in rule.parts
            if part.capacity
            for kind in LINES
        }
        self.faults: list[Fault] = []
        self.held: list[Held] = []

    def forget(self, drivers: Iterable[str]) -> None:
        """Ask for the quantities of some drivers again, and forget what was found wrong."""
        self._spreads.forget(drivers)
        self.faults.clear()
        self.held.clear()

    def sends_amounts(self, source: str) -> bool:
        """Say whether a source's cost must be known before its rule can be expanded."""
        there = source in self._known or source in self._kept
        found = None if there else self._rules.get(source)
        return found is not None and any(
            part.amount is not None or (part.capacity is not None and part.capacity.own_cost)
            for part in found[1].parts
        )

    def place(self, source: str) -> Place | None:
        """Give where the rule of a source is written."""
        found = self._rules.get(source) or self._owned.get(source)
        return found[1].place if found else None

    def targets(self, source: str) -> set[str]:
        """Give everything that a source may send cost to, whatever its drivers say."""
        if source in self._owned:
            return {_owner(self._owned[source][2])}
        found = self._rules.get(source)
        if found is None:
            return set()
        object_, rule = found
        named = {str(t) for part in rule.parts for t in select(part.target, self._model)}
        named |= {name for name, (owned, *_) in self._owned.items() if owned == object_}
        codes = self.register.nodes.codes(named)
        removed = self._between.removed(object_, codes)
        kept = codes if removed is None else codes[~removed]
        return {self.register.nodes.texts[code] for code in kept.tolist()}

    def flows(self, source: str, gross: Fraction | None = None) -> list[Flow]:
        """Give the flows out of one source as rows; else as `outflow`."""
        found = self.outflow(source, gross)
        return list(Flows.gathered(self.register, {source: found})) if found else []

    def outflow(self, source: str, gross: Fraction | None = None) -> Outflow | None:
        """Give the flows out of one source; None for a consumer.

        `gross` is its exact cost in minor units, needed where its rule sends amounts.
        """
        if source.startswith(_LAST):
            return None
        if source in self._known:
            return Outflow.of(self._known[source], self.register)
        if source in self._kept:
            return self._kept[source]
        if source in self._owned:
            _, rule, capacity = self._owned[source]
            return Outflow.all_to(self.register.nodes.code(_owner(capacity)), str(rule.place))
        found = self._rules.get(source)
        if found is None:
            return self._lost(
                source,
                None,
                CannotSplitError(
                    f"{source} has cost in {self._model.period} and no rule says where it goes",
                    f"add a rule  - from: {source}  to model/allocations.yaml",
                    "no rule",
                ),
            )
        object_, rule = found
        try:
            shares = self._between.remaining(object_, self._shares(object_, rule, gross))
        except CannotSplitError as fault:
            return self._lost(source, rule, fault)
        return merged(shares, str(rule.place))

    def _lost(self, source: str, rule: Allocation | None, fault: CannotSplitError) -> Outflow:
        remainder = f"{REMAINDER}{source}: {fault.remainder}"
        place = (fault.place or rule.place) if rule else Place("model/allocations.yaml")
        allowed = rule.unallocated if rule else self._model.unallocated
        self.faults.append(Fault(source, remainder, fault.what, fault.hint, place, allowed))
        return Outflow.all_to(self.register.nodes.code(remainder), str(place))

    def _shares(self, source: CostObject, rule: Allocation, gross: Fraction | None) -> list[Share]:
        """Give the parts of a rule that get anything; their shares add up to one."""
        named = {target for part in rule.parts for target in part.target.objects if not part.rest}
        shares: list[Share] = []
        left = Fraction(1)
        for part in sorted(rule.parts, key=_order):
            if part.amount is not None:
                share = self._of_amount(part.amount, gross)
            elif part.percent is not None:
                share = part.percent
            else:
                share = max(left, Fraction(0))
            left -= share
            if share:
                shares += self._split(source, rule, part, (share, gross), named)
        if left < 0:
            raise CannotSplitError(
                "the fixed amounts and percentages are more than the whole cost",
                "lower one of them",
                "amounts exceed the cost",
            )
        if left > 0:
            shares.append(Share(left, fixed=False, spread=self._left_over(source, rule, left)))
        return shares

    def _split(
        self,
        source: CostObject,
        rule: Allocation,
        part: Part,
        of: tuple[Fraction, Fraction | None],
        named: set[CostObject],
    ) -> list[Share]:
        """Give what a part's share of the source is split into; a capacity splits it further.

        `of` are that share and, where it is needed, the source's cost.
        """
        share, gross = of
        spread = self._spread(source, rule, part, named)
        capacity = part.capacity
        if capacity is None:
            return [Share(share, part.amount is not None, spread)]
        if capacity.own_cost:
            practical = self._own_cost(source, capacity, share * (gross or 0))
        else:
            practical = self._practical(source, capacity)
        used = spread.total or Decimal(0)
        if not used and capacity.fixed < 1:
            raise self._all_zero(spread.driver, part.by_place or rule.by_place)
        held = Held(
            str(source), _named_for(source, rule, part), capacity, rule.place, practical, used,
            share, spread.driver, spread.unit, self._answers(capacity), _owner(capacity),
        )  # fmt: skip
        self.held.append(held)
        return held.shares(spread, self.register, fixed=part.amount is not None)

    def _answers(self, capacity: Capacity) -> str:
        """Give who answers for unused capacity: who is named, or the head of who pays for it."""
        if capacity.unused_to is None:
            return capacity.owner
        id_ = capacity.unused_to.id
        here = next((each for each in self._model.consumers if each.id == id_), None)
        return (here.head or here.name) if here else id_

    def _own_cost(self, source: CostObject, capacity: Capacity, minor: Fraction) -> Decimal:
        """Give a cost in major units, as that which standard rates are held against."""
        if self._currency != self._model.currency or minor <= 0:
            what = f"{source} has no cost in {self._model.currency} in {self._model.period}"
            raise CannotSplitError(
                f"{what} that standard rates could absorb",
                "split its cost at actual: take  capacity: its cost  out",
                "no cost to absorb",
                capacity.place,
            )
        exact = Decimal(round(minor * 10**_DIGITS))
        return exact.scaleb(-_DIGITS - digits(self._currency), EXACT).normalize(EXACT)

    def _practical(self, source: CostObject, capacity: Capacity) -> Decimal:
        """Give what a source can do in the period."""
        if capacity.driver is None:
            return capacity.figure or Decimal(0)
        values = self._quantities(capacity.driver) or {}
        if (practical := values.get(source)) is None or practical <= 0:
            is_ = "has none" if practical is None else f"says {practical}"
            raise CannotSplitError(
                f'{source} needs a practical capacity, and driver "{capacity.driver}" {is_} for'
                f" it in {self._model.period}",
                f"give the driver a row for {source.id} with what it can do",
                "no practical capacity",
                capacity.place,
            )
        return practical

    def _left_over(self, source: CostObject, rule: Allocation, left: Fraction) -> Spread:
        """Send what the parts leave to a remainder of its own."""
        fault = CannotSplitError(
            f"the parts of {source} leave {float(left):.4%} without a target",
            "make them 100 %, or give one part  rest",
            "no rule for the rest",
        )
        return Spread.to(*self._lost(str(source), rule, fault).target.tolist())

    def _of_amount(self, amount: Decimal, gross: Fraction | None) -> Fraction:
        if not amount:
            return Fraction(0)
        if self._currency != self._model.currency:
            raise CannotSplitError(
                f"a fixed amount in {self._model.currency} is asked of a cost in {self._currency}",
                "use percentages or a driver where costs have several currencies",
                "fixed amount in another currency",
            )
        minor = Fraction(amount) * int(10 ** digits(self._currency))
        if not gross or gross < minor:
            asked = shown(int(minor), self._currency)
            has = shown(math.floor(gross), self._currency) if gross else "nothing"
            raise CannotSplitError(
                f"a fixed amount of {asked} is asked of a cost of {has}",
                "lower the amount, or give its validity an end",
                "fixed amount exceeds the cost",
            )
        return minor / gross

    def _spread(
        self, source: CostObject, rule: Allocation, part: Part, named: set[CostObject]
    ) -> Spread:
        targets = self._spreads.targets(part.target)
        if part.rest and not part.own and named:
            targets = targets[~np.isin(targets, self.register.nodes.codes(map(str, named)))]
        if len(targets) == 1 and not part.target.groups and not part.capacity:
            return Spread.to(int(targets[0]))
        if part.evenly if part.own else rule.evenly:
            others = targets[targets != self.register.nodes.code(str(source))]
            if not len(others):
                raise CannotSplitError(
                    "nobody to split evenly among", "name a target that exists then", "no target"
                )
            return Spread.to(*others.tolist())
        own = (part.by, part.by_place) if part.own else (rule.by, rule.by_place)
        return self._driven(own[0] or "", own[1], targets, idle=part.capacity is not None)

    def _driven(self, driver: str, place: Place | None, targets: Codes, *, idle: bool) -> Spread:
        """Spread over a driver's quantities; where it may be `idle`, they may all be zero."""
        found = self._spreads.driven(driver, targets)
        if found is None:
            raise CannotSplitError(
                f'driver "{driver}" has no value for {self._model.period}',
                f"give the values, or say  when_missing: previous {self._model.calendar.unit}",
                f'no value of driver "{driver}"',
                place,
            )
        if found.below:
            name, value = found.below[0]
            raise CannotSplitError(
                f'driver "{driver}" is negative for {name}: {value}',
                "a share can't be negative: correct the quantity",
                f'negative value of driver "{driver}"',
                place,
            )
        if not len(found.spread.targets) and not idle:
            raise self._all_zero(driver, place)
        return found.spread

    def _all_zero(self, driver: str, place: Place | None) -> CannotSplitError:
        return CannotSplitError(
            f'driver "{driver}" is zero for every target in {self._model.period}',
            f"give quantities, or split another way from that {self._model.calendar.unit} on",
            f'driver "{driver}" is all zero',
            place,
        )


def _owner(capacity: Capacity) -> str:
    """Give where the cost of unused capacity goes: a consumer, or a remainder with its owner."""
    if capacity.unused_to is not None:
        return str(capacity.unused_to)
    return f"{REMAINDER}{capacity.keep_apart} (owner: {capacity.owner})"


def _named_for(source: CostObject, rule: Allocation, part: Part) -> str:
    """Give what a source is called in the line of its unused capacity, where it has several too."""
    several = sum(1 for each in rule.parts if each.capacity) > 1
    by = part.by if part.own else rule.by
    return f"{source} by {by}" if several else str(source)


def _order(part: Part) -> int:
    return 0 if part.amount is not None else 1 if part.percent is not None else 2
