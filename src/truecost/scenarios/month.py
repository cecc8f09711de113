"""One month of a scenario: the model rewritten, quantities and costs changed, allocated.

Everything goes through the engine's own allocation. What a scenario leaves as it is (the flows of
a cost object whose rule, targets and quantities are the run's) is taken from the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING

from truecost.engine.allocate import allocate
from truecost.engine.cells import Outcome
from truecost.engine.graph import REMAINDER, Expander, Flow
from truecost.kernel.findings import AllocationError, Finding
from truecost.model.resolve import select
from truecost.model.types import Kind
from truecost.scenarios import costs, rewrite
from truecost.scenarios.base import Remainders, Slice, apart_of, entries_of
from truecost.scenarios.lines import MonthLines
from truecost.scenarios.quantities import changed, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from decimal import Decimal

    from truecost.engine.allocate import Allocated, Entries
    from truecost.engine.drivers import Quantities
    from truecost.engine.flows import Known
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.model.scenario import Scenario
    from truecost.model.types import Allocation
    from truecost.scenarios.base import Base, Entered
    from truecost.scenarios.savings import Saving

_CONSUMER = f"{Kind.CONSUMER} "
_SERVICE = f"{Kind.SERVICE} "


class Step(StrEnum):
    """What a scenario changes, in the order in which it is done."""

    COSTS = "costs"
    RULES = "rules"
    USE = "quantities"
    WHO = "who leaves, ends and merges"
    SAVED = "savings"


ALL = tuple(Step)
#: What the use of services is compared with: costs and rules of the scenario, use of the run.
REFERENCE = (Step.COSTS, Step.RULES)


@dataclass(frozen=True)
class Month:
    """A month in a currency as a scenario has it; minor units.

    `added` entered besides what the run has, `taken` left with consumers who are gone: by cost
    object and class; `apart` is what left with them of what is kept apart. `told` gives
    the flows of all objects that cost reaches.
    """

    period: Period
    currency: str
    lines: MonthLines
    remainders: Remainders
    gross: Mapping[str, Mapping[str, int]]
    told: Callable[[], Iterable[Flow]]
    added: Entries
    taken: Entries
    apart: int
    savings: tuple[Saving, ...]

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The flows of all objects that cost reaches."""
        return tuple(self.told())

    @property
    def saved(self) -> int:
        """What is saved in the month itself."""
        return sum(each.now for each in self.savings)


class Patch:
    """What a scenario makes of one month's model and quantities, with only some of its steps."""

    def __init__(
        self, base: Base, scenario: Scenario, period: Period, steps: Collection[Step]
    ) -> None:
        self._base = base
        self._period = period
        before = base.model_of(period)
        model = before
        if Step.RULES in steps and scenario.rules:
            model = rewrite.replaced(model, scenario.rules, period)
        drivers: dict[str, Quantities] = {}
        if Step.USE in steps:
            drivers = changed(model, self._asked, scenario.drivers)
        made = rewrite.Rewritten(model)
        if Step.WHO in steps:
            for leaving in scenario.leaves:
                rewrite.leave(made, leaving)
            for ending in scenario.ends:
                rewrite.end(made, ending)
            for merging in scenario.merges:
                rewrite.merge(made, merging)
        self.made = made
        self.model: PeriodModel = made.model
        self._drivers = drivers
        self._merged: dict[str, Quantities | None] = {}
        self.same = self.model is before and not drivers
        self._alone: dict[tuple[str, str], tuple[str, Decimal, Decimal, str]] = {}
        self.expanded: dict[tuple[str, str], list[Flow]] = {}
        self._units = {driver.name: driver.unit for driver in model.drivers}
        self._untouched = self._of_run(before)
        if not self.same:
            self._strand(scenario)
            self._last_ones()

    def _asked(self, name: str) -> Quantities | None:
        return self._base.quantities(name, self._period)

    def untouched(self, name: str) -> bool:
        """Say whether the flows of an object are those of the run."""
        return name in self._untouched

    def quantities(self, name: str) -> Quantities | None:
        """Give a driver's quantities as the scenario has them."""
        values = self._drivers[name] if name in self._drivers else self._asked(name)
        if not self.made.into or values is None:
            return values
        if name not in self._merged:
            self._merged[name] = merged(values, self.made.into)
        return self._merged[name]

    def known(self, currency: str = "") -> dict[str, list[Flow]]:
        """Give the flows that need not be expanded, but for the run's own: those of what ended.

        With a currency also those that were expanded in it to see what is used.
        """
        known = {name: flows for (unit, name), flows in self.expanded.items() if unit == currency}
        return {**known, **self.made.flows()}

    def kept(self, here: Slice) -> Known | None:
        """Give the flows that are the run's own."""
        return here.known.only(self._untouched)

    def _of_run(self, before: PeriodModel) -> frozenset[str]:
        """Give the objects whose flows are those of the run."""
        were = {str(source): rule for rule in before.allocations for source in rule.sources}
        people = before.consumers == self.model.consumers
        found = set()
        for rule in self.model.allocations:
            used = rule.drivers
            if (used and self.made.into) or any(name in self._drivers for name in used):
                continue
            if not people and any(part.target.groups for part in rule.parts):
                continue
            if of_cost(rule):
                continue
            found |= {
                str(source)
                for source in rule.sources
                if (old := were.get(str(source))) is rule
                or (old is not None and (old.parts, old.by, old.evenly, old.place)
                    == (rule.parts, rule.by, rule.evenly, rule.place))
            }  # fmt: skip
        return frozenset(found)

    def _strand(self, scenario: Scenario) -> None:
        """Find services that nobody uses any more, though their rule is there."""
        for rule in self.model.allocations:
            if len(rule.parts) != 1 or (driver := rule.parts[0].by or rule.by) is None:
                continue
            sources = [each for each in rule.sources if each.kind is Kind.SERVICE]
            if not sources or self._untouched.issuperset(map(str, sources)):
                continue
            values = self.quantities(driver)
            if values is None or not any((self._asked(driver) or {}).values()):
                continue
            targets = select(rule.parts[0].target, self.model)
            if not any(values.get(target) for target in targets):
                for source in map(str, sources):
                    self.made.stranded[source] = rewrite.UNUSED
                    self.made.places.setdefault(source, scenario.place)

    def _last_ones(self) -> None:
        """Note what the last one uses of a service that all others have left."""
        for source, (target, driver, place) in self.made.alone.items():
            if source in self.made.stranded:
                continue
            quantity = (self.quantities(driver) or {}).get(target)
            if not quantity:
                rule = next(
                    each for each in self.model.allocations if source in map(str, each.sources)
                )
                hint = f"end it:  ends: [{source.removeprefix(_SERVICE)}]"
                if len(rule.parts) > 1:  # others may still use it in another part
                    hint = "write under  rules:  how that rule goes on"
                raise AllocationError(
                    Finding(
                        place,
                        f"nobody who uses {source} is left of those who share it by {driver}",
                        hint,
                    )
                )
            self._alone[source, str(target)] = (driver, quantity, quantity, self._units[driver])

    def told(self, flows: Iterable[Flow]) -> Iterable[Flow]:
        """Give flows; one that is the last of a split says by what quantity it was one."""
        if not self._alone:
            return flows
        return [
            flow._replace(driver=by[0], quantity=by[1], total=by[2], unit=by[3])
            if (by := self._alone.get((flow.source, flow.target))) and not flow.driver
            else flow
            for flow in flows
        ]

    def cells(self, cells: tuple[Entered, ...]) -> tuple[Entered, ...]:
        """Give what entered, as the scenario has it: of merged consumers, and without the gone."""
        gone, into = self.made.gone, self.made.into
        if not gone and not into:
            return cells
        made = []
        for cell in cells:
            own = cell.object.removeprefix(_CONSUMER) if cell.object.startswith(_CONSUMER) else ""
            apart = cell.consumer if cell.outcome != Outcome.ALLOCATED else ""
            if (own or apart) in gone and cell.outcome != Outcome.IGNORED:
                continue
            if own in into:
                cell = cell._replace(object=f"{_CONSUMER}{into[own]}")  # noqa: PLW2901
            made.append(cell._replace(consumer=into.get(cell.consumer, cell.consumer)))
        return tuple(made)


def month_of(
    base: Base,
    scenario: Scenario,
    patch: Patch,
    currency: str,
    *,
    steps: Collection[Step],
    savings: tuple[Saving, ...] = (),
) -> Month:
    """Compute a month of a scenario with some of its steps and what `savings` take off.

    Raise AllocationError where the model, as changed, can't carry it out.
    """
    period = patch.model.period
    here = base.slice(period, currency)
    cells = patch.cells(here.cells)
    entries = here.entries if cells is here.cells else entries_of(cells)
    added: Entries = {}
    if Step.COSTS in steps and scenario.costs:
        added = costs.added(base.model_of(period), currency, here, scenario.costs)
    saved = {
        f"{_SERVICE}{each.service.id}": {cls: -amount for cls, amount in each.full.items()}
        for each in savings
        if each.counted
    }
    taken = costs.kept(
        costs.together(here.entries, _negative(entries)) if cells is not here.cells else {}
    )
    if not added and not saved and patch.same and cells is here.cells:
        return Month(
            period, currency, here.lines, here.remainders, here.gross, here.every_flow,
            added, {}, 0, savings,
        )  # fmt: skip
    whole = costs.together(entries, added, saved) if added or saved else entries
    if whole is here.entries and (month := resplit(base, patch, currency, savings)) is not None:
        return month
    result = allocate(
        patch.model, currency, whole, patch.quantities, patch.known(currency), patch.kept(here)
    )
    lines, remainders = MonthLines.settled(result.lines), _settled(result)
    still = apart_of(cells)
    for key, amount in still.items():
        remainders[key] = remainders.get(key, 0) + amount
    apart = sum(apart_of(here.cells).values()) - sum(still.values())
    told = partial(patch.told, result.flows)
    return Month(
        period, currency, lines, remainders, result.gross, told, added, taken, apart, savings
    )


def resplit(base: Base, patch: Patch, currency: str, savings: tuple[Saving, ...]) -> Month | None:
    """Give a month in which nothing but the last tier splits otherwise; None where more does."""
    period = patch.model.period
    here, before = base.slice(period, currency), base.model_of(period)
    who = (patch.model.consumers, patch.model.services)
    if who != (before.consumers, before.services) or patch.made.stranded or patch.made.into:
        return None
    others = [name for name in here.flows if not patch.untouched(name)]
    expander = Expander(patch.model, currency, patch.quantities)
    found = base.standing(period, currency).resplit(expander, others)
    if found is None:
        return None
    remainders = dict(here.remainders)
    for line in found:
        if line.target.startswith(REMAINDER):
            key = (line.cls, line.target.removeprefix(REMAINDER), line.source, "")
            remainders[key] = remainders.get(key, 0) + line.now - line.was
    named = {key: amount for key, amount in remainders.items() if amount}

    def told() -> Iterable[Flow]:
        new = {name: expander.flows(name) for name in others}
        return patch.told(
            flow for name in sorted(here.flows) for flow in new.get(name, here.flows[name])
        )

    lines = here.lines.with_(found)
    return Month(period, currency, lines, named, here.gross, told, {}, {}, 0, savings)


def of_cost(rule: Allocation) -> bool:
    """Say whether what goes where depends on the cost, too."""
    return any(
        part.amount is not None or (part.capacity is not None and part.capacity.own_cost)
        for part in rule.parts
    )


def _negative(entries: Entries) -> Entries:
    return {
        name: {cls: -amount for cls, amount in of.items()} for name, of in entries.items()
    }  # fmt: skip


def _settled(result: Allocated) -> Remainders:
    remainders: Remainders = {}
    for rest in result.remainders:
        name = rest.target.removeprefix(REMAINDER)
        remainders[rest.cls, name, rest.source, ""] = rest.amount
    return remainders


def reference_of(base: Base, scenario: Scenario, patch: Patch, currency: str) -> Slice:
    """Give the month that use is compared with: costs and rules of the scenario, use of the run."""
    here = base.slice(patch.model.period, currency)
    if patch.same and not scenario.costs:
        return here
    month = month_of(base, scenario, patch, currency, steps=REFERENCE)
    flows: dict[str, list[Flow]] = {}
    for flow in month.flows:
        flows.setdefault(flow.source, []).append(flow)
    return Slice((), {}, flows, month.lines, {}, month.gross)


def prove(base: Base, month: Month) -> None:
    """Check that what entered is what is billed and what is named, class by class, to the unit.

    Raise AllocationError where it is not.
    """
    entries = base.slice(month.period, month.currency).entries
    saved = {each.service.id: each.full for each in month.savings if each.counted}
    sums: dict[str, int] = {}
    for sign, parts in ((1, entries), (1, month.added), (-1, month.taken), (-1, saved)):
        for by_class in parts.values():
            for cls, amount in by_class.items():
                sums[cls] = sums.get(cls, 0) + sign * amount
    for cls, amount in month.lines.by_class().items():
        sums[cls] = sums.get(cls, 0) - amount
    for (cls, _, object_, _), amount in month.remainders.items():
        if object_:  # else it is kept apart, and never entered
            sums[cls] = sums.get(cls, 0) - amount
    wrong = {cls: amount for cls, amount in sums.items() if amount}
    if wrong:
        raise AllocationError(
            Finding(
                None,
                f"{month.period} {month.currency}: what enters the scenario and what is made of"
                f" it differ: {wrong}",
                "this is a fault of the program: please report it with the model",
            )
        )
