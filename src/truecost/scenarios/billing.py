"""What falls on bills where services are charged at rates, shown, or funded centrally.

A scenario's lines are cost at actual, as a run's are. Where the model charges otherwise, the
engine charges them as a build does: by the scenario's quantities, and its rates. The difference
between what is billed and what it cost is recovery.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.engine.charging import charge_all
from truecost.engine.drivers import EXACT
from truecost.engine.lines import Line, Lines
from truecost.kernel.findings import AllocationError, Finding
from truecost.model.charging import Form, Rate, Tier, Treatment
from truecost.model.resolve import select
from truecost.model.scenario import How
from truecost.model.types import CostObject, Kind, Target
from truecost.scenarios.month import ALL, Patch
from truecost.scenarios.quantities import decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from truecost.engine.drivers import Quantities
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.model.scenario import RateChange, Scenario
    from truecost.scenarios.base import Base
    from truecost.scenarios.lines import Bills
    from truecost.scenarios.month import Month

_CHARGED = Treatment.CHARGE.value


@dataclass(frozen=True, slots=True)
class Billing:
    """Bills by service and consumer, before and with a scenario, in minor units."""

    before: Bills
    after: Bills


def charges_otherwise(base: Base) -> bool:
    """Say whether the model charges anything but what it cost."""
    return bool(base.model.rates) or any(service.charging for service in base.model.services)


def billing(
    base: Base, scenario: Scenario, held: Sequence[Period], months: Iterable[Month], currency: str
) -> Billing:
    """Charge all of a run's periods, those that are held as the scenario has them.

    All periods, since a true-up settles several. Raise AllocationError where a rate can't be
    applied to what the scenario makes of it.
    """
    patches = {period: Patch(base, scenario, period, ALL) for period in held}
    lines: dict[Period, list[Line]] = defaultdict(list)
    for month in months:
        lines[month.period] += [
            Line(month.period.index, month.currency, cls, service, consumer, amount)
            for (cls, service, consumer), amount in month.lines.items()
        ]
    for period in base.periods:
        if period not in patches:
            lines[period] = _of_run(base, period)

    def values(name: str, period: Period) -> Quantities | None:
        patch = patches.get(period)
        return patch.quantities(name) if patch else base.quantities(name, period)

    models = [
        _model(patches[period], scenario) if period in patches else base.model_of(period)
        for period in base.periods
    ]
    all_lines = Lines.of(line for period in base.periods for line in lines[period])
    charges, *_ = charge_all(models, all_lines, values)
    before = [
        (row["service"], row["consumer"], row["amount"])
        for row in base.run.table("charges").to_pylist()
        if row["currency"] == currency and row["treatment"] == _CHARGED
    ]
    after = [
        (row.service, row.consumer, row.amount)
        for row in charges
        if row.currency == currency and row.treatment == _CHARGED
    ]
    return Billing(_bills(before), _bills(after))


def _bills(rows: Iterable[tuple[str, str, int]]) -> Bills:
    found: Bills = defaultdict(int)
    for service, consumer, amount in rows:
        found[service, consumer] += amount
    return dict(found)


def _of_run(base: Base, period: Period) -> list[Line]:
    return [
        Line(period.index, currency, cls, service, consumer, amount)
        for currency in base.currencies[period]
        for (cls, service, consumer), amount in base.slice(period, currency).lines.items()
    ]


def _model(patch: Patch, scenario: Scenario) -> PeriodModel:
    """Give a month's model with the rates that the scenario leaves, and as it has them."""
    model = patch.model
    changes = {each.rate: each for each in scenario.rates}
    ended = {each.service for each in scenario.ends}
    gone = {CostObject(Kind.CONSUMER, each) for each in (*patch.made.gone, *patch.made.into)}
    left = _left(scenario, patch)
    rates = []
    for rate in model.rates:
        if rate.service in ended:
            continue
        going = gone | left.get(rate.service, set())
        targets = select(rate.target, model)
        if any(target in going for target in targets):
            kept = tuple(target for target in targets if target not in going)
            if not kept:
                continue
            target = Target(rate.target.place, kept)
            rate = dataclasses.replace(rate, target=target)  # noqa: PLW2901
        change = changes.get(rate.name)
        rates.append(changed(rate, change) if change else rate)
    return dataclasses.replace(model, rates=tuple(rates))


def _left(scenario: Scenario, patch: Patch) -> Mapping[str, set[CostObject]]:
    """Give who has left each service."""
    found: dict[str, set[CostObject]] = defaultdict(set)
    for leaving in scenario.leaves:
        services = leaving.services or tuple(each.id for each in patch.model.services)
        for service in services if not leaving.altogether else ():
            found[service] |= {
                CostObject(Kind.CONSUMER, each) for each in patch.model.within(leaving.consumer)
            }
    return found


def changed(rate: Rate, change: RateChange) -> Rate:
    """Give a rate at other prices: all of them scaled, or the only one replaced.

    Raise AllocationError where an amount is asked of a rate that has several prices.
    """
    how = change.change
    if how.how is How.SCALE:
        return dataclasses.replace(
            rate,
            tiers=tuple(_scaled(tier, how.by) for tier in rate.tiers),
            fee=_times(rate.fee, how.by),
            minimum=_times(rate.minimum, how.by),
            agreed_price=_times(rate.agreed_price, how.by),
        )
    if rate.form not in {Form.UNIT, Form.PACKAGES} or rate.tiers[0].price is None:
        raise AllocationError(
            Finding(
                change.place,
                f'rate "{rate.name}" has no single price that "{how.text}" could be done to',
                "write a percentage or x 1.05, which is done to all its prices",
            )
        )
    price = decimal(how.quantity(rate.tiers[0].price))
    if price < 0:
        what = f'rate "{rate.name}" would be {price:f}'
        raise AllocationError(Finding(change.place, what, "a price is not below 0"))
    return dataclasses.replace(rate, tiers=(dataclasses.replace(rate.tiers[0], price=price),))


def _scaled(tier: Tier, by: Decimal) -> Tier:
    percent = None if tier.percent is None else tier.percent * by.as_integer_ratio()[0]
    if percent is not None:
        percent /= by.as_integer_ratio()[1]
    return dataclasses.replace(
        tier, price=_times(tier.price, by), fee=_times(tier.fee, by), percent=percent
    )


def _times(amount: Decimal | None, by: Decimal) -> Decimal | None:
    return None if amount is None else EXACT.multiply(amount, by)
