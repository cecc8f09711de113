"""Recovery: what rates charged for a service, less what it cost; and how it is settled.

Where a rate says what it was made from, recovery is split as absorption costing does it
(flexible-budget analysis: Horngren, Cost Accounting, on overhead variances). With planned quantity
Qp and cost Cp, of which the part f is fixed, and the quantity Qa that was charged:

    flexed   = Cp · (f + (1 − f) · Qa/Qp)        what so much should have cost
    volume   = Cp · Qa/Qp − flexed               fixed cost that more or less use took in
    spending = flexed − actual cost
    price    = charged − Cp · Qa/Qp              what the rate is above the planned cost of a unit

so that volume + spending + price = charged − cost, to the minor unit. A rate that is planned cost
through planned quantity has no price part but cents of rounding.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from truecost.engine.charges import COST, TRUE_UP, Charge, Charged
from truecost.kernel.apportion import apportion, tie_of
from truecost.kernel.days import part
from truecost.kernel.findings import Finding, Severity
from truecost.kernel.money import digits, shown
from truecost.model.charging import Proportion, Settling, Treatment, TrueUp
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.engine.lines import Costs
    from truecost.kernel.periods import Period
    from truecost.model.charging import Rate
    from truecost.model.resolve import PeriodModel


class Recovery(NamedTuple):
    """A row of the run's table `recovery`; amounts are minor units, None is unknown.

    `charged` is what rates, and cost where it is charged as it is, came to; with `true_up`, less
    `cost`, that is `recovery`. `volume` + `spending` + `price` = `charged` − `cost`.
    """

    period: int
    currency: str
    service: str
    cost: int
    charged: int
    true_up: int
    recovery: int
    volume: int | None
    spending: int | None
    price: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """A period with its model, the cost of its lines and what was charged."""

    model: PeriodModel
    costs: Costs
    charged: Charged


def recover(months: Sequence[Month]) -> tuple[list[Charge], list[Recovery], list[Finding]]:
    """Give charges beyond plain costs, true-ups among them, recovery of services, and warnings."""
    rows: list[Charge] = []
    recoveries: list[Recovery] = []
    warnings: list[Finding] = []
    known: dict[int, dict[str, Recovery]] = {}
    for month in months:
        index = month.model.period.index
        sums = _sums(month)
        before = {each.service: each for each in _recoveries(month, sums)}
        settled, told = _true_ups(months, month, {**known, index: before})
        warnings += told
        known[index] = {}
        rows += month.charged.rows
        rows += settled
        given = Counter[str]()
        for row in settled:
            given[row.service] += row.amount
        for service in sorted(before.keys() | given.keys()):
            row_before = before.get(service) or _of(month, service, sums)
            known[index][service] = row_before._replace(
                true_up=given[service], recovery=row_before.recovery + given[service]
            )
        recoveries += known[index].values()
    return rows, recoveries, warnings


def _sums(month: Month) -> dict[str, tuple[int, int]]:
    """Give what each service cost, and what was charged for it."""
    currency = month.model.currency
    cost, charged = Counter[str](), Counter[str]()
    for row in month.charged.rows:
        if row.currency == currency:
            charged[row.service] += row.amount
    for costs, sums in ((month.costs, cost), (month.charged.plain, charged)):
        for (of, service), amount in costs.by_service.items():
            if of == currency:
                sums[service] += amount
    return {service: (cost[service], charged[service]) for service in {**cost, **charged}}


def _recoveries(month: Month, sums: Mapping[str, tuple[int, int]]) -> Iterable[Recovery]:
    """Give the recovery of each service at rates, before anything is settled."""
    for service, rates in sorted(month.charged.rates.items()):
        made = _of(month, service, sums)
        if made.cost or made.charged:
            yield _split(made, rates, month)


def _of(month: Month, service: str, sums: Mapping[str, tuple[int, int]]) -> Recovery:
    """Set what was charged for a service against what it cost."""
    period, currency = month.model.period.index, month.model.currency
    cost, charged = sums.get(service, (0, 0))
    return Recovery(period, currency, service, cost, charged, 0, charged - cost, None, None, None)


def _split(made: Recovery, rates: Sequence[Rate], month: Month) -> Recovery:
    """Split a recovery into volume, spending and price, where every rate has a plan."""
    actual = month.charged.at_actual[made.service]
    plain = [rate for rate in rates if rate.instead_of is None]
    if any(rate.planned is None for rate in plain):
        return made
    period, unit = month.model.period, 10 ** digits(made.currency)
    flexed = planned = Fraction(0)
    for rate in plain:
        if rate.planned is None:  # never: the check above
            return made
        share = part(len(rate.days.in_period(period)), period)
        cost = Fraction(rate.planned.cost) * unit * share
        use = month.charged.quantities.get(rate.name, Fraction(0))
        ratio = use / (Fraction(rate.planned.quantity) * share)
        flexed += cost * (rate.planned.fixed + (1 - rate.planned.fixed) * ratio)
        planned += cost * ratio
    volume, flexed_whole = round(planned - flexed), round(flexed)
    spending = flexed_whole - (made.cost - actual)
    price = made.charged - made.cost - volume - spending
    return made._replace(volume=volume, spending=spending, price=price)


def closes(model: PeriodModel, entry: TrueUp) -> Period | None:
    """Give the first period of what an entry settles in a period, if it settles then."""
    calendar, period = model.calendar, model.period
    if entry.at is Settling.QUARTER:
        return calendar.first_of_quarter(period) if calendar.ends_quarter(period) else None
    return calendar.first(period) if calendar.ends_year(period) else None


def needed(model: PeriodModel) -> Period:
    """Give the earliest period that a period needs to be settled."""
    firsts = (closes(model, entry) for entry in model.true_ups)
    return min((first for first in firsts if first), default=model.period)


def _true_ups(
    months: Sequence[Month], month: Month, known: Mapping[int, Mapping[str, Recovery]]
) -> tuple[list[Charge], list[Finding]]:
    """Settle what a period closes, for every service that an entry names."""
    rows: list[Charge] = []
    warnings: list[Finding] = []
    for entry in month.model.true_ups:
        first = closes(month.model, entry)
        if first is None:
            continue
        some = [each for each in months if first <= each.model.period <= month.model.period]
        names = {service for each in some for service in known[each.model.period.index]}
        wanted = {f"{Kind.SERVICE} {each}" for each in entry.services}
        for service in sorted(names & wanted if wanted else names):
            of = [known[each.model.period.index].get(service) for each in some]
            found = [each for each in of if each]
            total = sum(each.recovery for each in found)
            cost = sum(each.cost for each in found)
            if not total or abs(total) <= _threshold(entry, cost, month.model.currency):
                continue
            made = _shared(entry, service, total, some)
            if not made:
                warnings.append(_unsettled(entry, service, total, month))
            rows += made
    return rows, warnings


def _threshold(entry: TrueUp, cost: int, currency: str) -> Fraction:
    amount: Fraction = Fraction(entry.amount or 0) * 10 ** digits(currency)
    return max(amount, Fraction(entry.percent or 0) * abs(cost))


def _shared(entry: TrueUp, service: str, total: int, months: Sequence[Month]) -> list[Charge]:
    """Share a recovery, with its sign turned, among those who were charged at rates."""
    model = months[-1].model
    weights: Counter[str] = Counter()
    for month in months:
        charged: Counter[str] = Counter()
        for row in month.charged.rows:
            billed = row.treatment == Treatment.CHARGE and row.kind not in {COST, TRUE_UP}
            if row.service == service and billed:
                charged[row.consumer] += row.amount
        for consumer, amount in charged.items():
            by_cost = entry.proportion is Proportion.COST
            cost = month.costs.of(model.currency, service).get(consumer, 0)
            weights[consumer] += cost if by_cost else amount
    weights = Counter({each: weights[each] for each in model.leaves if weights[each]})
    if not weights or min(weights.values()) < 0:
        return []
    begins = months[0].model.period
    words = begins.words if len(months) == 1 else f"{begins.words} to {model.period.words}"
    ties = [tie_of(f"{service} {each}", model.period) for each in weights]
    parts = apportion(-total, list(weights.values()), ties)
    return [
        Charge(
            model.period.index, model.currency, consumer, service, Treatment.CHARGE, TRUE_UP, words,
            "", "", "", "", amount,
        )
        for consumer, amount in zip(weights, parts, strict=True)
        if amount
    ]  # fmt: skip


def _unsettled(entry: TrueUp, service: str, total: int, month: Month) -> Finding:
    amount = shown(total, month.model.currency, sign=True)
    return Finding(
        entry.place,
        f"the recovery of {service} can't be settled in {month.model.period}: {amount}",
        "nobody who is still here was charged for it at a rate; it stays named as recovery",
        severity=Severity.WARNING,
    )
