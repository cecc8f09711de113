"""What the organisation saves when a service is used less, by cost behaviour, and from when.

With C the service's own cost of a month (what it comes to, less what other services pass to it:
that answers to theirs), Q₀ what was used and Q₁ what is used now, in units of its driver:

    fixed       nothing; once nobody uses it and there is a notice, all of C after the notice
    variable    C·(Q₀ − Q₁)/Q₀, after the notice, if there is one
    step of k   C·k·⌊(Q₀ − Q₁)/k⌋/Q₀: whole steps that come back, after the notice; all of C once
                nobody uses it

More use costs more by the same formulas, at once: a variable cost in proportion, a cost in steps
by whole steps. Amounts are rounded once, half to even, and distributed to classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.model.types import BehaviourKind, Kind
from truecost.scenarios.costs import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.kernel.calendars import Calendar
    from truecost.kernel.periods import Period
    from truecost.model.types import Service
    from truecost.scenarios.base import Slice


@dataclass(frozen=True, slots=True)
class Saving:
    """What less use of a service saves in a month and currency; minor units.

    `full` is what it saves once the notice has run out (negative: what more use costs), by class;
    `start` the first month of that, None where nothing is ever saved; `counted` is whether it is in
    this month. `before` and `after` are quantities of `unit`, `own` the cost that it is reckoned
    on.
    """

    service: Service
    period: Period
    currency: str
    before: Fraction
    after: Fraction
    unit: str
    own: int
    full: Mapping[str, int]
    start: Period | None
    counted: bool

    @property
    def amount(self) -> int:
        """What it saves once the notice has run out."""
        return sum(self.full.values())

    @property
    def now(self) -> int:
        """What it saves in the month itself."""
        return self.amount if self.counted else 0


def factor(service: Service, before: Fraction, after: Fraction) -> Fraction:
    """Give the part of a service's own cost that a change of use saves; negative for more use."""
    if before <= 0 or before == after:
        return Fraction(0)
    behaviour = service.behaviour
    match behaviour.kind:
        case BehaviourKind.FIXED:
            return Fraction(1 if not after and behaviour.notice_months else 0)
        case BehaviourKind.VARIABLE:
            return (before - after) / before
        case BehaviourKind.STEP:
            if not after:
                return Fraction(1)
            size = behaviour.step_size or 1
            back = before - after
            steps = abs(back) // size * (1 if back > 0 else -1)
            return min(Fraction(steps * size) / before, Fraction(1))


def own_cost(here: Slice, name: str) -> dict[str, Fraction]:
    """Give what a service costs by class, less what other services pass to it."""
    own = {cls: Fraction(part) for cls, part in here.gross.get(name, {}).items() if part}
    for flow in here.from_services(name):
        for cls, amount in here.gross.get(flow.source, {}).items():
            if amount:
                passed = Fraction(amount * flow.weight, flow.whole)
                own[cls] = own.get(cls, Fraction(0)) - passed
    return own


def saving(
    service: Service,
    here: Slice,
    period: Period,
    currency: str,
    use: tuple[Fraction, Fraction, str],
    since: Period,
    calendar: Calendar,
) -> Saving:
    """Say what a change of use since a month saves in a period.

    `use` is the quantity before and after, and its unit.
    """
    before, after, unit = use
    own = own_cost(here, f"{Kind.SERVICE} {service.id}")
    part = factor(service, before, after)
    full = spread({cls: amount * part for cls, amount in own.items()}) if part else {}
    notice = service.behaviour.notice_months if after < before else 0
    start = calendar.after_months(since, notice) if part else None
    return Saving(
        service,
        period,
        currency,
        before,
        after,
        unit,
        round(sum(own.values(), Fraction(0))),
        full,
        start,
        start is not None and start <= period,
    )
