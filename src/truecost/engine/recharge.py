"""A run's charges computed once more from its own tables: its lines, its model, its quantities."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.engine.charging import charge_all
from truecost.engine.frozen import thaw
from truecost.engine.lines import Line, Lines
from truecost.engine.tables import SCHEMAS, values
from truecost.kernel.findings import AllocationError, Finding
from truecost.model.resolve import Resolver
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from truecost.engine.graph import Quantities
    from truecost.store.run import Run

_SHOWN = 10


def charged_again(run: Run) -> list[Finding]:
    """Find charges and recovery that are not what lines, rates and quantities come to."""
    model = thaw(run.table("model").to_pylist()).model
    periods = sorted(set(run.table("consumers")["period"].to_pylist()))
    quantities: dict[tuple[int, str], Quantities] = defaultdict(dict)
    for period, driver, target, quantity in values(
        run, "quantities", "period driver object quantity"
    ):
        kind, _, name = target.partition(" ")
        quantities[period, driver][CostObject(Kind(kind), name)] = Decimal(quantity)
    columns = "period currency class service consumer amount"
    lines = Lines.of(Line(*row) for row in values(run, "lines", columns))
    resolver = Resolver(model)
    models = [resolver.at(run.calendar.period(index)) for index in periods]
    try:
        charges, recovery, _ = charge_all(
            models, lines, lambda name, period: quantities.get((period.index, name))
        )
    except (AllocationError, ValueError) as fault:
        return [Finding(None, f"what was charged can't be charged again: {fault}")]
    return [
        *_told("charges", run, charges, "consumer service kind item rate"),
        *_told("recovery", run, recovery, "service"),
    ]


def _told(table: str, run: Run, computed: Iterable[tuple[Any, ...]], named: str) -> list[Finding]:
    """Say where a stored table has other rows than those computed."""
    columns = list(SCHEMAS[table].names)
    stored = Counter(values(run, table, " ".join(columns)))
    comes = Counter(map(tuple, computed))
    if dict(stored) == dict(comes):
        return []
    at = [columns.index(name) for name in named.split()]
    differing = sorted((stored - comes) + (comes - stored), key=str)
    period = run.calendar.period
    keys = dict.fromkeys((period(row[0]), row[1], *(row[each] for each in at)) for row in differing)
    findings = [
        Finding(
            None,
            f"{' '.join(filter(None, map(str, key)))}: {table} has other figures than what was"
            " used, at its rates, comes to",
        )
        for key in list(keys)[:_SHOWN]
    ]
    if len(keys) > _SHOWN:
        findings.append(Finding(None, f"and {len(keys) - _SHOWN:,} more rows that differ"))
    return findings
