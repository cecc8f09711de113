"""The accounts of a run's schedules computed once more, and compared with the cells they moved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from truecost.engine.cells import OF_LEDGER
from truecost.engine.schedules import Balance, Schedule
from truecost.engine.tables import values
from truecost.kernel.findings import Finding
from truecost.kernel.money import shown
from truecost.model.recognition import Way

if TYPE_CHECKING:
    from truecost.store.run import Run

_SHOWN = 10
_TERMS = "way total entered in_ledger begins ends by_days residual disposed sale until"
_BALANCE = "period opening posted released lost proceeds closing"
_PLACE = "currency source label pool object class consumer"

#: (period, currency, source, label, pool, object, class, consumer) → minor units.
_Sums = dict[tuple[object, ...], int]


def schedules_again(run: Run) -> list[Finding]:
    """Find accounts that are not what their terms come to, and moves that no schedule makes."""
    calendar = run.calendar
    sums: _Sums = defaultdict(int)
    findings = []
    columns = f"{_TERMS} {_BALANCE} {_PLACE} rule asset"
    width = len(_TERMS.split()), len(_BALANCE.split())
    for row in values(run, "schedules", columns):
        terms, rest = row[: width[0]], row[width[0] :]
        stored, (*place, rule, asset) = Balance(*rest[: width[1]]), rest[width[1] :]
        way, total, entered, in_ledger, begins, ends, *life = terms
        days = date.fromisoformat(begins), date.fromisoformat(ends)
        schedule = replace(
            Schedule(Way(way), total, entered, in_ledger, *days, *life), calendar=calendar
        )
        computed = list(schedule.balances(stored.period, stored.period))
        if computed != [stored]:
            named = " ".join(filter(None, (way, rule, asset, *place)))
            what = f"{calendar.period(stored.period)} {named}"
            closing = shown(computed[0].closing if computed else 0, place[0])
            findings.append(
                Finding(
                    None,
                    f"{what}: the account has {shown(stored.closing, place[0])} at its end, but its"
                    f" terms come to {closing}",
                )
            )
        moved = stored.released + stored.lost - (stored.posted if in_ledger else 0)
        sums[stored.period, *place] += moved
    for *key, nature, amount in values(run, "cells", f"period {_PLACE} nature amount"):
        if nature not in OF_LEDGER:
            sums[tuple(key)] -= amount
    findings += [
        Finding(
            None,
            f"{calendar.period(int(str(key[0])))} {' '.join(map(str, filter(None, key[1:])))}:"
            f" schedules and what entered differ by {shown(difference, str(key[1]))}",
        )
        for key, difference in sorted(sums.items(), key=str)
        if difference
    ]
    more = len(findings) - _SHOWN
    if more > 0:
        findings[_SHOWN:] = [Finding(None, f"and {more:,} more accounts that differ")]
    return findings
