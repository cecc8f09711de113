"""A run's lines computed once more from its own tables: what entered, and where it goes.

The result of settling is defined by exact figures, so whoever computes it gets the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from truecost.engine.allocate import settled, solved
from truecost.engine.cells import Outcome
from truecost.engine.flows import Flow, Flows
from truecost.engine.graph import REMAINDER
from truecost.engine.tables import values
from truecost.kernel.findings import Finding, TruecostError

if TYPE_CHECKING:
    from truecost.engine.allocate import Entries
    from truecost.kernel.calendars import Calendar
    from truecost.store.run import Run

_SHOWN = 10
_At = tuple[int, str]
#: (table, period, currency, class, what it comes from, where it goes, minor units)
_Row = tuple[str, int, str, str, str, str, int]


def settled_again(run: Run) -> list[Finding]:
    """Find lines, remainders and costs of objects that are not what cells and flows come to."""
    entries = _entries(run)
    flows = _flows(run)
    stored = _stored(run)
    computed: Counter[_Row] = Counter()
    findings = []
    for at in sorted(entries.keys() | flows.keys()):
        period = run.calendar.period(at[0])
        try:
            moved = Flows.of(flows[at], entries[at])
            network, solution = solved(moved, entries[at])
            result = settled(moved, network, solution, at[1], period)
        except (TruecostError, ValueError) as fault:
            what = f"{period} {at[1]}: what entered can't be settled again: {fault}"
            findings.append(Finding(None, what))
            continue
        computed.update(("lines", *at, x.cls, x.source, x.target, x.amount) for x in result.lines)
        computed.update(
            ("remainders", *at, x.cls, x.source, x.target, x.amount) for x in result.remainders
        )
        computed.update(
            ("objects", *at, cls, name, "", amount)
            for name, by_class in result.gross.items()
            for cls, amount in by_class.items()
            if amount
        )
    computed.update(_apart(run))
    return findings + _told(stored, computed, run.calendar)


def _told(stored: Counter[_Row], computed: Counter[_Row], calendar: Calendar) -> list[Finding]:
    """Say where stored rows are others than those computed."""
    if dict(stored) == dict(computed):  # a Counter compares itself slowly
        return []
    keys = sorted({row[:-1] for row in (stored - computed) + (computed - stored)})
    has = {row[:-1]: row[-1] for row in stored}
    comes = {row[:-1]: row[-1] for row in computed}
    findings = [
        Finding(
            None,
            f"{calendar.period(key[1])} {key[2]} {key[3]} {key[4]} → {key[5]}: {key[0]} has"
            f" {has.get(key, 0)} minor units, but it comes to {comes.get(key, 0)}",
        )
        for key in keys[:_SHOWN]
    ]
    if len(keys) > _SHOWN:
        findings.append(Finding(None, f"and {len(keys) - _SHOWN:,} more rows that differ"))
    return findings


def _entries(run: Run) -> dict[_At, Entries]:
    entries: dict[_At, Entries] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in run.table("cells").to_pylist():
        if row["outcome"] == Outcome.ALLOCATED:
            of_object = entries[row["period"], row["currency"]][row["object"]]
            of_object[row["class"]] += row["amount"]
    return entries


def _flows(run: Run) -> dict[_At, list[Flow]]:
    flows: dict[_At, list[Flow]] = defaultdict(list)
    columns = "period currency source_object target_object weight whole"
    for period, currency, source, target, weight, whole in values(run, "flows", columns):
        flows[period, currency].append(Flow(source, target, int(weight), int(whole)))
    return flows


def _stored(run: Run) -> Counter[_Row]:
    stored: Counter[_Row] = Counter()

    at = "period currency class amount"
    for period, currency, cls, amount, service, consumer in values(
        run, "lines", f"{at} service consumer"
    ):
        stored["lines", period, currency, cls, service, f"consumer {consumer}", amount] += 1
    for period, currency, cls, amount, name, object_, consumer in values(
        run, "remainders", f"{at} name object consumer"
    ):
        target = f"{REMAINDER}{name}" if object_ else name
        stored["remainders", period, currency, cls, object_ or consumer, target, amount] += 1
    for period, currency, cls, amount, object_ in values(run, "objects", f"{at} object"):
        stored["objects", period, currency, cls, object_, "", amount] += 1
    return stored


def _apart(run: Run) -> Counter[_Row]:
    """Give the remainders that cells themselves are: kept apart, or unmapped and allowed."""
    sums: dict[tuple[int, str, str, str, str], int] = defaultdict(int)
    for row in run.table("cells").to_pylist():
        if row["outcome"] not in {Outcome.ALLOCATED, Outcome.IGNORED}:
            name = row["label"] or row["outcome"]
            at = (row["period"], row["currency"], row["class"])
            sums[*at, row["consumer"], name] += row["amount"]
    return Counter({("remainders", *key, amount): 1 for key, amount in sums.items()})
