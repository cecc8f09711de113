"""Scenarios as data: JSON with everything, CSV with a row per bill line."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from truecost.kernel.money import digits, plain
from truecost.scenarios.compute import minus
from truecost.statements.safe import defused
from truecost.statements.scenario_text import by_consumer, last_savings, per_month
from truecost.statements.scenario_words import Names, Reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from truecost.scenarios.base import Base
    from truecost.scenarios.cascade import Cascade, Unit
    from truecost.scenarios.compute import Computed
    from truecost.scenarios.savings import Saving

_COLUMNS = ("scenario", "currency", "consumer", "service", "before", "after", "change")


def scenarios_json(base: Base, found: Sequence[tuple[Computed, Sequence[Cascade]]]) -> str:
    """Give scenarios as JSON: amounts are decimals in text, per unit exact fractions too."""
    content = {
        "run": base.run.id or None,
        "scenarios": [_scenario(base, computed, cascades) for computed, cascades in found],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def scenarios_csv(parts: Iterable[str]) -> str:
    """Put the rows of scenarios (`scenario_rows`) under one head."""
    text = io.StringIO()
    csv.writer(text).writerow(_COLUMNS)
    return text.getvalue() + "".join(parts)


def scenario_rows(computed: Computed) -> str:
    """Give a row of CSV per consumer and service of a scenario."""
    text = io.StringIO()
    writer = csv.writer(text)
    unit = computed.currency
    for service, consumer in sorted(
        computed.before.keys() | computed.after.keys(), key=lambda key: key[::-1]
    ):
        before = computed.before.get((service, consumer), 0)
        after = computed.after.get((service, consumer), 0)
        amounts = (plain(amount, unit) for amount in (before, after, after - before))
        cells = (computed.scenario.name, unit, consumer, service)
        writer.writerow([*map(defused, cells), *amounts])
    return text.getvalue()


def _scenario(base: Base, computed: Computed, cascades: Sequence[Cascade]) -> dict[str, Any]:
    unit = computed.currency
    scenario = computed.scenario
    bills = (sum(computed.before.values()), sum(computed.after.values()))
    return {
        "name": scenario.name,
        "description": scenario.description,
        "owner": scenario.owner,
        "currency": unit,
        "from": str(computed.begins),
        "months": [str(period) for period in computed.periods],
        "told_by": str(computed.stands_for) if computed.stands_for else None,
        "bills": _change(*bills, unit),
        "billed_at_rates": _billed(computed),
        "not_charged": _change(computed.named_before, computed.total.named, unit),
        "costs_added": plain(computed.total.added, unit),
        "saved": plain(computed.total.saved, unit),
        "saved_a_month": plain(per_month(computed), unit),
        "gone_with_consumers": plain(computed.total.taken, unit),
        "savings": [_saving(saving) for saving in last_savings(computed)],
        "consumers": _consumers(base, computed),
        "unit_costs": [_cascade(cascade) for cascade in cascades],
    }


def _billed(computed: Computed) -> list[dict[str, str]] | None:
    """Give what consumers are billed where the model charges otherwise than at cost."""
    if computed.billing is None:
        return None
    before, after = computed.billing.before, computed.billing.after
    return [
        {
            "service": service,
            "consumer": consumer,
            **_change(
                before.get((service, consumer), 0),
                after.get((service, consumer), 0),
                computed.currency,
            ),
        }
        for service, consumer in sorted(before.keys() | after.keys())
    ]


def _change(before: int, after: int, unit: str) -> dict[str, str]:
    return {
        "before": plain(before, unit),
        "after": plain(after, unit),
        "change": plain(after - before, unit),
    }


def _saving(saving: Saving) -> dict[str, Any]:
    behaviour = saving.service.behaviour
    return {
        "service": saving.service.id,
        "behaviour": behaviour.kind.value,
        "step": behaviour.step_size,
        "notice_months": behaviour.notice_months,
        "unit": saving.unit,
        "used_before": str(saving.before) if saving.unit else None,
        "used_after": str(saving.after) if saving.unit else None,
        "own_cost": plain(saving.own, saving.currency),
        "a_month": plain(saving.amount, saving.currency),
        "from": str(saving.start) if saving.start else None,
    }


def _consumers(base: Base, computed: Computed) -> list[dict[str, Any]]:
    unit = computed.currency
    names = Names(base.model)
    reasons = Reasons(base, computed) if computed.effects else None
    before, after = by_consumer(computed.before), by_consumer(computed.after)
    change = minus(computed.after, computed.before)
    made = []
    for consumer in sorted(before.keys() | after.keys()):
        lines = []
        for service in sorted({s for s, c in (*computed.before, *computed.after) if c == consumer}):
            key = (service, consumer)
            line: dict[str, Any] = {
                "service": service,
                **_change(computed.before.get(key, 0), computed.after.get(key, 0), unit),
            }
            if reasons and key in change:
                line["because"] = [
                    {
                        "steps": [step.value for step in effect.steps],
                        "amount": plain(effect.bills[key], unit),
                        "reason": reasons.of(effect, service, consumer),
                    }
                    for effect in computed.effects
                    if key in effect.bills
                ]
            lines.append(line)
        made.append(
            {
                "consumer": consumer,
                "name": names.consumer(consumer),
                **_change(before.get(consumer, 0), after.get(consumer, 0), unit),
                "lines": lines,
            }
        )
    return made


def _cascade(cascade: Cascade) -> dict[str, Any]:
    unit = cascade.currency

    def rate(amount: Fraction | None) -> str | None:
        """Give minor units per unit as an exact fraction of major units."""
        return None if amount is None else str(amount / 10 ** digits(unit))

    def of(state: Unit) -> dict[str, Any]:
        return {
            "cost": plain(state.cost, unit),
            "quantity": str(state.quantity),
            "rate": rate(state.rate),
        }

    return {
        "service": cascade.after.service,
        "month": str(cascade.period),
        "driver": cascade.after.driver,
        "unit": cascade.after.unit,
        "before": of(cascade.before),
        "after": of(cascade.after),
        "leaving": [
            {
                "consumer": going.consumer,
                "at": rate(going.rate),
                "offer": rate(going.offer),
                "saved": plain(going.saved, unit),
                "then": of(going.then),
            }
            for going in cascade.going
        ],
        "staying": [
            {
                "consumer": each.consumer,
                "quantity": str(each.quantity),
                "leaves_below": rate(each.rate),
                "organisation_gains_below": rate(each.avoided),
                "offer": rate(each.offer),
            }
            for each in cascade.standing
        ],
        "not_computed": [{"consumer": each.consumer, "why": each.why} for each in cascade.beyond],
    }
