"""A scenario computed over the months of a run, compared with it, and taken apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from truecost.engine.codes import Codebook
from truecost.kernel.findings import AllocationError, Finding, ModelError
from truecost.scenarios.billing import Billing, billing, charges_otherwise
from truecost.scenarios.lines import bills
from truecost.scenarios.month import (
    ALL,
    REFERENCE,
    Month,
    Patch,
    Step,
    month_of,
    prove,
    reference_of,
)
from truecost.scenarios.uses import savings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.engine.allocate import Entries
    from truecost.kernel.periods import Period
    from truecost.model.scenario import Scenario
    from truecost.scenarios.base import Base
    from truecost.scenarios.lines import Billed, Bills
    from truecost.scenarios.savings import Saving


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step of a scenario does to bills, in one currency: by service and consumer.

    `steps` are several where the model holds only with all of them. `remainders` is what it does
    to what is named and not charged.
    """

    steps: tuple[Step, ...]
    bills: Bills
    remainders: int


@dataclass(slots=True)
class Total:
    """Months added up, without being kept: bills, what is named, what is behind them; minor units.

    `saved` is what the organisation saves by cost behaviour, `added` what costs more because the
    scenario says so, `taken` what goes with consumers who are gone.
    """

    named: int = 0
    saved: int = 0
    added: int = 0
    taken: int = 0
    _book: Codebook = field(default_factory=Codebook)
    _billed: list[Billed] = field(default_factory=list)
    _bills: Bills | None = None

    @property
    def bills(self) -> Bills:
        """By service and consumer."""
        if self._bills is None:
            self._bills = bills(self._billed, self._book)
        return self._bills

    def add(self, month: Month) -> None:
        """Take a month."""
        self._billed.append(month.lines.billed(self._book))
        self._bills = None
        self.named += sum(month.remainders.values())
        self.saved += month.saved
        self.added += _sum(month.added)
        self.taken += _sum(month.taken) + month.apart


@dataclass(frozen=True, slots=True)
class Computed:
    """A scenario over the months in which it holds, in one currency; minor units.

    `stands_for` is the month that the figures are told by, where the scenario begins after all
    that was computed. `before` and `total` are bills of all months together; `last` is the last of
    them. `effects` take the difference apart, to the unit, and `months` are all of them: both are
    empty unless asked for, as is `billing`: bills at rates, where the model charges otherwise than
    at cost.
    """

    scenario: Scenario
    currency: str
    periods: tuple[Period, ...]
    stands_for: Period | None
    begins: Period
    before: Bills
    named_before: int
    total: Total
    last: Month
    months: tuple[Month, ...]
    effects: tuple[Effect, ...]
    billing: Billing | None = None

    @property
    def after(self) -> Bills:
        """Bills with the scenario."""
        return self.total.bills


def _sum(entries: Entries) -> int:
    return sum(sum(by_class.values()) for by_class in entries.values())


def compute(
    base: Base,
    scenario: Scenario,
    periods: Sequence[Period],
    *,
    detail: bool = False,
) -> tuple[Computed, ...]:
    """Compute a scenario over the run's `periods`, currency by currency.

    Months in which it does not hold are left out; where it begins after all of them, the last
    stands for what comes. Each month is proved. Raise ModelError where it holds in none,
    AllocationError, with every fault, where the changed model can't carry it out.
    """
    held = tuple(period for period in periods if scenario.valid.holds(period))
    stands_for = None
    first = scenario.begins
    if not held and first is not None and periods and first > periods[-1]:
        stands_for, held = periods[-1], (periods[-1],)
    if not held:
        unit = base.model.calendar.unit
        what = f"the scenario holds in no {unit} from {periods[0]} to {periods[-1]}"
        raise ModelError(Finding(scenario.place, what, "change its  from:  or  to:"))
    begins = first if first is not None else held[0]
    totals: dict[str, Total] = defaultdict(Total)
    last: dict[str, Month] = {}
    kept: dict[str, list[Month]] = defaultdict(list)
    findings: list[Finding] = []
    since: dict[tuple[str, str], Period] = {}
    for period in held:
        try:
            for month in _months(base, scenario, period, since, begins, held[0]):
                prove(base, month)
                totals[month.currency].add(month)
                last[month.currency] = month
                if detail:
                    kept[month.currency].append(month)
        except AllocationError as fault:
            findings += fault.findings
    if findings:
        raise AllocationError(dict.fromkeys(findings))
    made = []
    for currency, total in sorted(totals.items()):
        before, named = base.bills(held, currency)
        effects = _effects(base, scenario, held, currency, total) if detail else ()
        billed = None
        if detail and charges_otherwise(base):
            every = [month for some in kept.values() for month in some]
            billed = billing(base, scenario, held, every, currency)
        made.append(
            Computed(
                scenario, currency, held, stands_for, begins, before, named, total,
                last[currency], tuple(kept[currency]), effects, billed,
            )
        )  # fmt: skip
    return tuple(made)


def _months(
    base: Base,
    scenario: Scenario,
    period: Period,
    since: dict[tuple[str, str], Period],
    begins: Period,
    first: Period,
) -> list[Month]:
    """Compute one month in each of its currencies, with its savings."""
    patch = Patch(base, scenario, period, ALL)
    reference = None
    if scenario.savings and {Step.USE, Step.WHO} & set(active(scenario)):
        reference = Patch(base, scenario, period, REFERENCE)
    months = []
    for currency in base.currencies[period]:
        savings: tuple[Saving, ...] = ()
        if reference is not None:
            old = reference_of(base, scenario, reference, currency)
            start = begins if period == first else period
            patches = (reference, patch)
            savings = savings_of(base, scenario, old, patches, currency, since, start)
        months.append(month_of(base, scenario, patch, currency, steps=ALL, savings=savings))
    return months


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
    whole: Total,
) -> tuple[Effect, ...]:
    """Take the difference apart: what each step does, after those before it, to the unit.

    The steps add up to the whole difference because each is the difference of two settled results.
    """
    before, named = base.bills(periods, currency)
    made: list[Effect] = []
    waiting: list[Step] = []
    done: list[Step] = []
    for step in active(scenario):
        waiting.append(step)
        done.append(step)
        now = Total()
        try:
            for period in periods:
                if currency in base.currencies[period]:
                    patch = Patch(base, scenario, period, done)
                    now.add(month_of(base, scenario, patch, currency, steps=done))
        except AllocationError:  # this step does not hold without those after it
            continue
        made.append(Effect(tuple(waiting), minus(now.bills, before), now.named - named))
        before, named, waiting = now.bills, now.named, []
    last = minus(whole.bills, before)
    if waiting or last or whole.named != named:
        made.append(Effect((*waiting, Step.SAVED), last, whole.named - named))
    return tuple(made)


def minus(after: Mapping[tuple[str, str], int], before: Mapping[tuple[str, str], int]) -> Bills:
    """Give the differences of bills, by service and consumer, without those of nothing."""
    found = {
        key: after.get(key, 0) - before.get(key, 0) for key in sorted(before.keys() | after.keys())
    }
    return {key: amount for key, amount in found.items() if amount}
