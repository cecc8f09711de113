"""The allocation rules of one period, with their drivers, as integer weights between cost objects.

Every share is `weight / whole` of its source, where `whole` is the sum of the source's weights:
removing an edge (direct method, step-down) renormalises the rest by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from truecost.engine.drivers import EXACT, total
from truecost.kernel.findings import Place
from truecost.kernel.money import digits, shown
from truecost.model.resolve import select
from truecost.model.types import Allocation, Between, CostObject, Kind, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from truecost.model.resolve import PeriodModel

#: A terminal that is not a consumer: a named remainder. Written as `remainder NAME`.
REMAINDER = "remainder "

Quantities = dict[CostObject, Decimal]


class Flow(NamedTuple):
    """A share of one cost object that goes to another: `weight` of the source's `whole`.

    `quantity` of `total` units of `driver` where a driver split it; `target` is a cost object's
    text, or a remainder's.
    """

    source: str
    target: str
    weight: int
    whole: int
    driver: str = ""
    quantity: Decimal | None = None
    total: Decimal | None = None
    unit: str = ""
    rule: str = ""


@dataclass(slots=True)
class _Spread:
    """The weights of one part: proportional integers over targets, and how they came about."""

    weights: dict[str, int]
    driver: str = ""
    quantities: dict[str, Decimal] = field(default_factory=dict)
    unit: str = ""

    @property
    def whole(self) -> int:
        return sum(self.weights.values())

    def total(self) -> Decimal | None:
        return total(self.quantities.values()) if self.quantities else None

    def without(self, removed: Callable[[str], bool]) -> _Spread:
        weights = {name: weight for name, weight in self.weights.items() if not removed(name)}
        quantities = {name: self.quantities[name] for name in weights if name in self.quantities}
        return _Spread(weights, self.driver, quantities, self.unit)


@dataclass(slots=True)
class _Share:
    """A part of a rule: its share of the source, whether that was an amount, how it is spread."""

    share: Fraction
    fixed: bool
    spread: _Spread


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
    that of the cost; `known` are flows that are not made again. What can't be carried out goes
    whole to a named remainder and is added to `faults`: the caller, who knows then how much it is,
    decides whether to stop.
    """

    def __init__(
        self,
        model: PeriodModel,
        currency: str,
        quantities: Callable[[str], Quantities | None],
        known: Mapping[str, list[Flow]] | None = None,
    ) -> None:
        self._known = known or {}
        self._model = model
        self._currency = currency
        self._quantities = quantities
        self._units = {driver.name: driver.unit for driver in model.drivers}
        self._rank = {id_: rank for rank, id_ in enumerate(model.step_order)}
        self._rules = {
            str(source): (source, rule) for rule in model.allocations for source in rule.sources
        }
        self.faults: list[Fault] = []

    def sends_amounts(self, source: str) -> bool:
        """Say whether a source's cost must be known before its rule can be expanded."""
        found = None if source in self._known else self._rules.get(source)
        return found is not None and any(part.amount is not None for part in found[1].parts)

    def place(self, source: str) -> Place | None:
        """Give where the rule of a source is written."""
        found = self._rules.get(source)
        return found[1].place if found else None

    def targets(self, source: str) -> set[str]:
        """Give everything that a source may send cost to, whatever its drivers say."""
        found = self._rules.get(source)
        if found is None:
            return set()
        object_, rule = found
        named = {str(t) for part in rule.parts for t in select(part.target, self._model)}
        return {target for target in named if not self._removed(object_, target)}

    def flows(self, source: str, gross: Fraction | None = None) -> list[Flow]:
        """Give the flows out of one source; none for a consumer.

        `gross` is its exact cost in minor units, needed where its rule sends amounts.
        """
        if source.startswith((f"{Kind.CONSUMER} ", REMAINDER)):
            return []
        if source in self._known:
            return self._known[source]
        found = self._rules.get(source)
        if found is None:
            return self._lost(
                source,
                None,
                _CannotSplitError(
                    f"{source} has cost in {self._model.period} and no rule says where it goes",
                    f"add a rule  - from: {source}  to model/allocations.yaml",
                    "no rule",
                ),
            )
        object_, rule = found
        try:
            shares = self._remaining(object_, self._shares(object_, rule, gross))
        except _CannotSplitError as fault:
            return self._lost(source, rule, fault)
        return _merged(object_, rule, shares)

    def _lost(self, source: str, rule: Allocation | None, fault: _CannotSplitError) -> list[Flow]:
        remainder = f"{REMAINDER}{source}: {fault.remainder}"
        place = (fault.place or rule.place) if rule else Place("model/allocations.yaml")
        allowed = rule.unallocated if rule else self._model.unallocated
        self.faults.append(Fault(source, remainder, fault.what, fault.hint, place, allowed))
        return [Flow(source, remainder, 1, 1, rule=str(place))]

    def _shares(self, source: CostObject, rule: Allocation, gross: Fraction | None) -> list[_Share]:
        """Give the parts of a rule that get anything; their shares add up to one."""
        named = {target for part in rule.parts for target in part.target.objects if not part.rest}
        shares: list[_Share] = []
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
                spread = self._spread(source, rule, part, named)
                shares.append(_Share(share, part.amount is not None, spread))
        if left < 0:
            raise _CannotSplitError(
                "the fixed amounts and percentages are more than the whole cost",
                "lower one of them",
                "amounts exceed the cost",
            )
        if left > 0:
            shares.append(_Share(left, fixed=False, spread=self._left_over(source, rule, left)))
        return shares

    def _left_over(self, source: CostObject, rule: Allocation, left: Fraction) -> _Spread:
        """Send what the parts leave to a remainder of its own."""
        fault = _CannotSplitError(
            f"the parts of {source} leave {float(left):.4%} without a target",
            "make them 100 %, or give one part  rest",
            "no rule for the rest",
        )
        (flow,) = self._lost(str(source), rule, fault)
        return _Spread({flow.target: 1})

    def _of_amount(self, amount: Decimal, gross: Fraction | None) -> Fraction:
        if not amount:
            return Fraction(0)
        if self._currency != self._model.currency:
            raise _CannotSplitError(
                f"a fixed amount in {self._model.currency} is asked of a cost in {self._currency}",
                "use percentages or a driver where costs have several currencies",
                "fixed amount in another currency",
            )
        minor = Fraction(amount.scaleb(digits(self._currency)))
        if not gross or gross < minor:
            asked = shown(int(minor), self._currency)
            has = shown(math.floor(gross), self._currency) if gross else "nothing"
            raise _CannotSplitError(
                f"a fixed amount of {asked} is asked of a cost of {has}",
                "lower the amount, or give its validity an end",
                "fixed amount exceeds the cost",
            )
        return minor / gross

    def _spread(
        self, source: CostObject, rule: Allocation, part: Part, named: set[CostObject]
    ) -> _Spread:
        targets = select(part.target, self._model)
        if part.rest:
            targets = tuple(target for target in targets if target not in named)
        if len(targets) == 1 and not part.target.groups:
            return _Spread({str(targets[0]): 1})
        if rule.evenly:
            others = [target for target in targets if target != source]
            if not others:
                raise _CannotSplitError(
                    "nobody to split evenly among", "name a target that exists then", "no target"
                )
            return _Spread({str(target): 1 for target in others})
        return self._driven(rule, targets)

    def _driven(self, rule: Allocation, targets: Iterable[CostObject]) -> _Spread:
        driver = rule.by or ""
        found = self._quantities(driver)
        if found is None:
            raise _CannotSplitError(
                f'driver "{driver}" has no value for {self._model.period}',
                "give the values, or say  when_missing: previous month",
                f'no value of driver "{driver}"',
                rule,
            )
        here = {str(target): found[target] for target in targets if target in found}
        below = sorted(name for name, value in here.items() if value < 0)
        if below:
            raise _CannotSplitError(
                f'driver "{driver}" is negative for {below[0]}: {here[below[0]]}',
                "a share can't be negative: correct the quantity",
                f'negative value of driver "{driver}"',
                rule,
            )
        if not any(here.values()):
            raise _CannotSplitError(
                f'driver "{driver}" is zero for every target in {self._model.period}',
                "give quantities, or split another way from that month on",
                f'driver "{driver}" is all zero',
                rule,
            )
        scale = max(0, *(-int(value.as_tuple().exponent) for value in here.values()))
        weights = {name: int(value.scaleb(scale, EXACT)) for name, value in here.items() if value}
        quantities = {name: here[name] for name in weights}
        return _Spread(weights, driver, quantities, self._units.get(driver, ""))

    def _remaining(self, source: CostObject, shares: list[_Share]) -> list[_Share]:
        """Leave out what the method between services removes; the shares still add up to one.

        Fixed amounts stay what they are; the other shares grow in proportion. An amount whose every
        target is removed goes the way of the rest.
        """
        kept: list[_Share] = []
        for part in shares:
            spread = part.spread.without(lambda target: self._removed(source, target))
            if spread.weights:
                of = Fraction(1) if part.fixed else Fraction(spread.whole, part.spread.whole)
                kept.append(_Share(part.share * of, part.fixed, spread))
        free = 1 - sum(part.share for part in kept if part.fixed)
        loose = sum((part.share for part in kept if not part.fixed), Fraction(0))
        if free and not loose:
            raise _CannotSplitError(
                f"nothing is left of the targets of {source} in {self._model.period}",
                "between_services removes every one of them: name consumers too",
                "no target is left",
            )
        return [
            part
            if part.fixed
            else _Share(part.share * free / loose, fixed=False, spread=part.spread)
            for part in kept
        ]

    def _removed(self, source: CostObject, target: str) -> bool:
        """Say whether the method between services takes this flow out."""
        if source.kind is not Kind.SERVICE or not target.startswith(f"{Kind.SERVICE} "):
            return False
        if self._model.between_services is Between.DIRECT:
            return True
        if self._model.between_services is Between.STEP_DOWN:
            last = len(self._rank)
            to = target.removeprefix(f"{Kind.SERVICE} ")
            return self._rank.get(to, last) <= self._rank.get(source.id, last)
        return False


def _merged(source: CostObject, rule: Allocation, shares: list[_Share]) -> list[Flow]:
    """Bring the parts to one denominator and add up what goes to the same target."""
    common = math.lcm(*(part.share.denominator * part.spread.whole for part in shares))
    made: dict[str, Flow] = {}
    place = str(rule.place)
    name = str(source)
    for part in shares:
        share, spread = part.share, part.spread
        whole_quantity = spread.total()
        unit = share.numerator * (common // (share.denominator * spread.whole))
        for target, weight in spread.weights.items():
            before = made.get(target)
            made[target] = Flow(
                name,
                target,
                weight * unit + (before.weight if before else 0),
                0,
                spread.driver or (before.driver if before else ""),
                spread.quantities.get(target, before.quantity if before else None),
                whole_quantity or (before.total if before else None),
                spread.unit or (before.unit if before else ""),
                place,
            )
    whole = sum(flow.weight for flow in made.values())
    shrink = math.gcd(whole, *(flow.weight for flow in made.values()))
    return [
        flow._replace(weight=flow.weight // shrink, whole=whole // shrink) for flow in made.values()
    ]


class _CannotSplitError(Exception):
    """A rule that can't be carried out: what, what to do, and the name of the remainder."""

    def __init__(
        self, what: str, hint: str, remainder: str, rule: Allocation | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.remainder = remainder
        self.place = rule.by_place if rule else None


def _order(part: Part) -> int:
    return 0 if part.amount is not None else 1 if part.percent is not None else 2
