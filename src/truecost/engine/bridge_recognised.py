"""What a period's ledger lines under other rules count for, where cost is recognised over time.

What earlier months have released stays as it was: those lines were placed when they were posted.
Of what the period itself has, so much counts there as the run's own schedules let count: of a cell
that both models have alike the very same, of others the share of all that their rule recognises.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from truecost.engine.lineage_lines import Cell
    from truecost.model.types import MappingRule, Model


def recognised_again(
    period: int, again: Iterable[Cell], stored: Sequence[Cell], registers: Collection[str],
    model: Model,
) -> list[Cell]:  # fmt: skip
    """Give what counts in a period of the cells that other rules make of its own lines.

    `stored` are the run's cells, `registers` its sources that are none of the ledger's.
    """
    kept = [cell for cell in stored if cell.period != period or cell.source in registers]
    own = {_key(cell): cell for cell in stored if cell.period == period}
    shares: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for cell in own.values():
        if cell.share:
            for name in (cell.rule, cell.centre_rule):
                shares[name][0] += cell.amount
                shares[name][1] += cell.amount / cell.share
    rules = {rule.name: rule for rule in (*model.cost_centres, *model.accounts)}
    made = []
    for cell in again:
        same = own.get(_key(cell))
        rule = _recognising(cell, rules)
        if same is not None and same.share and same.amount / same.share == cell.amount:
            made.append(replace(cell, amount=same.amount))
        elif rule is None:
            made.append(cell)
        else:
            counts, whole = shares.get(rule.name, [Fraction(0), Fraction(0)])
            months = rule.recognise.months if rule.recognise else None
            share = counts / whole if whole else Fraction(1, months or 1)
            made.append(replace(cell, amount=round(cell.amount * share)))
    return kept + made


def _recognising(cell: Cell, rules: dict[str, MappingRule]) -> MappingRule | None:
    found = (rules.get(name) for name in (cell.rule, cell.centre_rule))
    return next((rule for rule in found if rule and rule.recognise), None)


def _key(cell: Cell) -> tuple[str, ...]:
    return (
        cell.source, cell.outcome, cell.label, cell.pool, cell.object, cell.cls, cell.consumer,
        cell.rule, cell.centre_rule,
    )  # fmt: skip
