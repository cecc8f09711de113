"""Whether the capacities of a run add up, in units and in money."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.tables import read
from truecost.kernel.findings import Finding

if TYPE_CHECKING:
    from truecost.store.run import Run


def capacities_held(run: Run) -> list[Finding]:
    """Find rows whose practical capacity is not used and unused, or whose line costs otherwise."""
    costs: dict[tuple[int, str, str], int] = defaultdict(int)
    for row in read(run, "objects").to_pylist():
        costs[row["period"], row["currency"], row["object"]] += row["amount"]
    found = []
    for row in read(run, "capacity").to_pylist():
        units = [Fraction(row[name]) for name in ("practical", "over", "used", "unused")]
        period = run.calendar.period(row["period"])
        where = f"{period} {row['currency']} {row['object']} by {row['driver']}"
        if units[0] + units[1] != units[2] + units[3]:
            found.append(Finding(None, f"{where}: practical + over are not used + unused"))
        cost = costs.get((row["period"], row["currency"], row["line"]), 0)
        if row["line_cost"] != cost:
            what = f"{where}: {row['line']} has {row['line_cost']} minor units, not {cost}"
            found.append(Finding(None, what))
    return found
