"""A scenario computed over the months of a run, compared with it, and taken apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.kernel.findings import AllocationError
from truecost.scenarios.month import ALL, Month, Patch, Step, month_of, prove, savings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from truecost.engine.allocate import Entries
    from truecost.kernel.findings import Finding
    from truecost.kernel.periods import Period
    from truecost.model.scenario import Scenario
    from truecost.scenarios.base import Base
    from truecost.scenarios.savings import Saving

#: (service, consumer) → minor units.
Bills = dict[tuple[str, str], int]
_REFERENCE = (Step.COSTS, Step.RULES)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step of a scenario does to bills, in one currency: by service and consumer.

    `steps` are several where the model holds only with all of them. `remainders` is what it does
    to what is named and not charged.
    """

    steps: tuple[Step, ...]
    bills: Bills
    remainders: int


@dataclass(frozen=True, slots=True)
class Computed:
    """A scenario over the months in which it holds, in one currency; minor units.

    `stands_for` is the month that the figures are told by, where the scenario begins after all
    that was computed. `before` and `after` are bills of all months together; `effects` take the
    difference apart, to the unit, and are empty unless asked for.
    """

    scenario: Scenario
    currency: str
    periods: tuple[Period, ...]
    stands_for: Period | None
    begins: Period
    months: tuple[Month, ...]
    before: Bills
    after: Bills
    remainders_before: int
    remainders_after: int
    effects: tuple[Effect, ...]

    @property
    def saved(self) -> int:
        """What the organisation saves in these months, by cost behaviour."""
        return sum(month.saved for month in self.months)

    @property
    def added(self) -> int:
        """What costs more in these months because the scenario says so."""
        return _entered(month.added for month in self.months)

    @property
    def taken(self) -> int:
        """What goes with consumers who are gone."""
        apart = sum(month.apart for month in self.months)
        return _entered(month.taken for month in self.months) + apart


def _entered(parts: Iterable[Entries]) -> int:
    return sum(sum(by_class.values()) for entries in parts for by_class in entries.values())


def compute(
    base: Base,
    scenario: Scenario,
    periods: Sequence[Period],
    *,
    detail: bool = False,
) -> tuple[Computed, ...]:
    """Compute a scenario over the run's `periods`, currency by currency.

    Months in which it does not hold are left out; where it begins after all of them, the last
    stands for what comes. Each month is proved. Raise AllocationError, with every fault, where the
    changed model can't carry it out.
    """
    held = tuple(period for period in periods if scenario.valid.holds(period))
    stands_for = None
    first = scenario.begins
    if not held and first is not None and periods and first > periods[-1]:
        stands_for, held = periods[-1], (periods[-1],)
    begins = first if first is not None else (held[0] if held else periods[0])
    by_currency: dict[str, list[Month]] = defaultdict(list)
    findings: list[Finding] = []
    since: dict[tuple[str, str], Period] = {}
    for period in held:
        try:
            for month in _months(base, scenario, period, ALL, since, begins, held[0]):
                prove(base, month)
                by_currency[month.currency].append(month)
        except AllocationError as fault:
            findings += fault.findings
    if findings:
        raise AllocationError(dict.fromkeys(findings))
    made = []
    for currency, months in sorted(by_currency.items()):
        before, apart = _base_bills(base, held, currency)
        effects = _effects(base, scenario, held, currency, months) if detail else ()
        made.append(
            Computed(
                scenario, currency, held, stands_for, begins, tuple(months), before,
                bills(months), apart, _named(months), effects,
            )
        )  # fmt: skip
    return tuple(made)


def _months(
    base: Base,
    scenario: Scenario,
    period: Period,
    steps: Collection[Step],
    since: dict[tuple[str, str], Period],
    begins: Period,
    first: Period,
) -> list[Month]:
    """Compute one month in each of its currencies, with its savings."""
    patch = Patch(base, scenario, period, steps)
    reference = None
    if scenario.savings and {Step.USE, Step.WHO} & set(active(scenario)):
        reference = Patch(base, scenario, period, _REFERENCE)
    months = []
    for currency in base.currencies[period]:
        savings: tuple[Saving, ...] = ()
        if reference is not None:
            old = month_of(base, scenario, reference, currency, steps=_REFERENCE)
            start = begins if period == first else period
            savings = savings_of(base, scenario, old, (reference, patch), since, start)
        months.append(month_of(base, scenario, patch, currency, steps=steps, savings=savings))
    return months


def bills(months: Sequence[Month]) -> Bills:
    """Add up what is billed, by service and consumer."""
    found: Bills = defaultdict(int)
    for month in months:
        for (_, service, consumer), amount in month.lines.items():
            found[service, consumer] += amount
    return {key: amount for key, amount in found.items() if amount}


def _named(months: Sequence[Month]) -> int:
    return sum(sum(month.remainders.values()) for month in months)


def _base_bills(base: Base, periods: Sequence[Period], currency: str) -> tuple[Bills, int]:
    found: Bills = defaultdict(int)
    named = 0
    for period in periods:
        here = base.slice(period, currency)
        named += sum(here.remainders.values())
        for (_, service, consumer), amount in here.lines.items():
            found[service, consumer] += amount
    return {key: amount for key, amount in found.items() if amount}, named


def active(scenario: Scenario) -> tuple[Step, ...]:
    """Give the steps in which a scenario says something, in their order."""
    said = {
        Step.COSTS: scenario.costs,
        Step.RULES: scenario.rules,
        Step.USE: scenario.drivers,
        Step.WHO: scenario.leaves or scenario.ends or scenario.merges,
    }
    return tuple(step for step in Step if said.get(step))


def _effects(
    base: Base,
    scenario: Scenario,
    periods: Sequence[Period],
    currency: str,
    whole: Sequence[Month],
) -> tuple[Effect, ...]:
    """Take the difference apart: what each step does, after those before it, to the unit.

    The steps add up to the whole difference because each is the difference of two settled results.
    """
    before, named = _base_bills(base, periods, currency)
    made: list[Effect] = []
    waiting: list[Step] = []
    done: list[Step] = []
    for step in active(scenario):
        waiting.append(step)
        done.append(step)
        try:
            months = [
                month_of(base, scenario, Patch(base, scenario, period, done), currency, steps=done)
                for period in periods
                if currency in base.currencies[period]
            ]
        except AllocationError:  # this step does not hold without those after it
            continue
        now, rest = bills(months), _named(months)
        made.append(Effect(tuple(waiting), minus(now, before), rest - named))
        before, named, waiting = now, rest, []
    now, rest = bills(whole), _named(whole)
    last = minus(now, before)
    if waiting or last or rest != named:
        made.append(Effect((*waiting, Step.SAVED), last, rest - named))
    return tuple(made)


def minus(after: Mapping[tuple[str, str], int], before: Mapping[tuple[str, str], int]) -> Bills:
    """Give the differences of bills, by service and consumer, without those of nothing."""
    found = {
        key: after.get(key, 0) - before.get(key, 0) for key in sorted(before.keys() | after.keys())
    }
    return {key: amount for key, amount in found.items() if amount}
