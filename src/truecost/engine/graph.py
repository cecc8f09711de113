"""The allocation rules of one period, with their drivers, as integer weights between cost objects.

Every share is `weight / whole` of its source, where `whole` is the sum of the source's weights:
removing an edge (direct method, step-down) renormalises the rest by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel.findings import Place
from truecost.model.resolve import select
from truecost.model.types import Allocation, Between, CostObject, Kind, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from truecost.model.resolve import PeriodModel

#: A terminal that is not a consumer: a named remainder. Written as `remainder NAME`.
REMAINDER = "remainder "

Quantities = dict[CostObject, Decimal]


@dataclass(frozen=True, slots=True)
class Flow:
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
    total: Decimal | None = None
    unit: str = ""

    @property
    def whole(self) -> int:
        return sum(self.weights.values())


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

    `quantities` gives a driver's values for the period, or None where it has none. What can't be
    carried out goes whole to a named remainder and is added to `faults`: the caller, who knows
    then how much it is, decides whether to stop.
    """

    def __init__(self, model: PeriodModel, quantities: Callable[[str], Quantities | None]) -> None:
        self._model = model
        self._quantities = quantities
        self._units = {driver.name: driver.unit for driver in model.drivers}
        self._rank = {id_: rank for rank, id_ in enumerate(model.step_order)}
        self._rules = {
            str(source): (source, rule) for rule in model.allocations for source in rule.sources
        }
        self.faults: list[Fault] = []

    def sends_amounts(self, source: str) -> bool:
        """Say whether a source's cost must be known before its rule can be expanded."""
        found = self._rules.get(source)
        return found is not None and any(part.amount is not None for part in found[1].parts)

    def targets(self, source: str) -> set[str]:
        """Give everything that a source's rule names, whatever its drivers say."""
        found = self._rules.get(source)
        if found is None:
            return set()
        return {str(t) for part in found[1].parts for t in select(part.target, self._model)}

    def flows(self, source: str, gross: Fraction | None = None) -> list[Flow]:
        """Give the flows out of one source; none for a consumer.

        `gross` is its exact cost in major units, needed where its rule sends amounts.
        """
        if source.startswith((f"{Kind.CONSUMER} ", REMAINDER)):
            return []
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
            return self._merged(object_, rule, self._weighted(object_, rule, gross))
        except _CannotSplitError as fault:
            return self._lost(source, rule, fault)

    def _lost(self, source: str, rule: Allocation | None, fault: _CannotSplitError) -> list[Flow]:
        remainder = f"{REMAINDER}{source}: {fault.remainder}"
        place = (fault.place or rule.place) if rule else Place("model/allocations.yaml")
        allowed = self._model.unallocated or bool(rule and rule.unallocated)
        self.faults.append(Fault(source, remainder, fault.what, fault.hint, place, allowed))
        return [Flow(source, remainder, 1, 1, rule=str(place))]

    def _weighted(
        self, source: CostObject, rule: Allocation, gross: Fraction | None
    ) -> list[tuple[Fraction, _Spread]]:
        """Give (share of the source, how that share is spread) for each part of the rule."""
        named = {target for part in rule.parts for target in part.target.objects if not part.rest}
        shares: list[tuple[Fraction, _Spread]] = []
        left = Fraction(1)
        for part in sorted(rule.parts, key=_order):
            if part.amount is not None:
                share = self._of_amount(part, gross)
            elif part.percent is not None:
                share = part.percent
            else:
                share = left
            left -= share
            if share:
                shares.append((share, self._spread(source, rule, part, named)))
        if left < 0:
            raise _CannotSplitError(
                "the fixed amounts and percentages are more than the whole cost",
                "lower the amounts, or let the rest go negative on purpose with a percentage",
                "amounts exceed the cost",
            )
        if left > 0:
            shares.append((left, self._left_over(source, rule, left)))
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

    @staticmethod
    def _of_amount(part: Part, gross: Fraction | None) -> Fraction:
        amount = Fraction(part.amount or 0)
        if not amount:
            return Fraction(0)
        if not gross or gross < amount:
            has = "nothing" if not gross else f"{float(gross):,.2f}"
            raise _CannotSplitError(
                f"a fixed amount of {part.amount:,} is asked of a cost of {has}",
                "lower the amount, or give its validity an end",
                "fixed amount exceeds the cost",
            )
        return amount / gross

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
        scale = max(-int(value.as_tuple().exponent) for value in here.values())
        weights = {name: int(value.scaleb(max(scale, 0))) for name, value in here.items() if value}
        return _Spread(
            weights,
            driver,
            {name: here[name] for name in weights},
            sum((here[name] for name in weights), Decimal(0)),
            self._units.get(driver, ""),
        )

    def _merged(
        self, source: CostObject, rule: Allocation, shares: list[tuple[Fraction, _Spread]]
    ) -> list[Flow]:
        """Bring the parts to one denominator, leave out what the method removes, and add up."""
        common = math.lcm(*(share.denominator * spread.whole for share, spread in shares))
        made: dict[str, Flow] = {}
        for share, spread in shares:
            unit = share.numerator * (common // (share.denominator * spread.whole))
            for target, weight in spread.weights.items():
                if self._removed(source, target):
                    continue
                before = made.get(target)
                made[target] = Flow(
                    str(source),
                    target,
                    weight * unit + (before.weight if before else 0),
                    0,
                    spread.driver or (before.driver if before else ""),
                    spread.quantities.get(target, before.quantity if before else None),
                    spread.total or (before.total if before else None),
                    spread.unit or (before.unit if before else ""),
                    str(rule.place),
                )
        whole = sum(flow.weight for flow in made.values())
        shrink = math.gcd(whole, *(flow.weight for flow in made.values()))
        if not whole:
            raise _CannotSplitError(
                f"nothing is left of the targets of {source} in {self._model.period}",
                "between_services removes every one of them: name consumers too",
                "no target is left",
            )
        return [
            Flow(
                flow.source, flow.target, flow.weight // shrink, whole // shrink, flow.driver,
                flow.quantity, flow.total, flow.unit, flow.rule,
            )
            for flow in made.values()
        ]  # fmt: skip

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
