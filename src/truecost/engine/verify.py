"""Whether a run is what its manifest says, and holds together.

Recomputed from the stored tables alone: hashes and row counts, the proof's both sides, that every
object's shares add up to its whole, that no amount is booked twice; and, from what entered (cells)
and where it goes (flows), every statement line, remainder and object's cost anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.engine.exchange_again import exchanged_again
from truecost.engine.proof import (
    REMAINDER,
    STATEMENTS,
    charging_sides,
    differences,
    sides,
    told,
)
from truecost.engine.recharge import charged_again
from truecost.engine.resettle import settled_again
from truecost.engine.tables import LATER_TABLES, SCHEMAS, read, values
from truecost.engine.verify_capacity import capacities_held
from truecost.engine.verify_schedules import schedules_again
from truecost.kernel.findings import Finding

if TYPE_CHECKING:
    from truecost.engine.build import Progress
    from truecost.store.run import Run

_HASHES, _FORM, _SUMS, _AGAIN = (
    "reading every table and its hash", "looking at the tables' form", "adding up both sides",
    "settling and charging again",
)  # fmt: skip
_STAGES = (_HASHES, _FORM, _SUMS, _AGAIN)


def silent(stage: str, done: int, of: int) -> None:
    """Take progress and say nothing."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found wrong, and what was found to hold, in words."""

    findings: tuple[Finding, ...]
    held: tuple[str, ...]


def verify_run(run: Run, progress: Progress = silent) -> Verified:
    """Recompute a run's hashes and invariants; `progress` is told each stage that begins."""

    def begin(stage: str) -> None:
        progress(stage, _STAGES.index(stage), len(_STAGES))

    begin(_HASHES)
    findings = list(run.verify())
    if findings:
        return Verified(tuple(findings), ())
    begin(_FORM)
    findings += _form(run)
    if findings:
        return Verified(tuple(findings), ())
    begin(_SUMS)
    findings += capacities_held(run) + schedules_again(run)
    findings += _proof(run) + _shares(run) + _unique(run)
    begin(_AGAIN)
    if not findings:
        findings += settled_again(run) + exchanged_again(run) + charged_again(run)
    rows = run.table("proof").num_rows
    held = (
        f"{len(run.manifest['tables'])} tables have the hashes of the manifest",
        f"{rows:,} rows of proof: ledger = statements + named remainders, to the cent",
        f"{run.table('lines').num_rows:,} statement lines, none twice, each as when settled again",
        f"{read(run, 'charges').num_rows:,} charges, each as when charged again",
        *_exchanged(run),
        f"{run.table('flows').num_rows:,} shares add up to the whole of their cost object",
    )
    return Verified(tuple(findings), held)


def _exchanged(run: Run) -> list[str]:
    rates = read(run, "exchange").num_rows
    return [f"{rates:,} exchange rates, and what they come to"] if rates else []


def _form(run: Run) -> list[Finding]:
    """Find tables that a run must have and lacks, or whose columns are others."""
    there = run.manifest["tables"]
    findings = []
    for name, schema in SCHEMAS.items():
        if name not in there and name not in LATER_TABLES:
            findings.append(Finding(None, f"the run has no table {name}"))
        elif not read(run, name).schema.equals(schema):
            findings.append(Finding(None, f"the table {name} has other columns than it must have"))
    return findings


_Sums = dict[tuple[int, str, str, str, str], int]


def _computed(run: Run) -> _Sums:
    """Add up both sides of the proof from the tables behind it."""
    sums: _Sums = defaultdict(int)
    columns = "currency outcome label source nature amount ledger_currency ledger_amount"
    for period, cls, *of_cell in values(run, "cells", f"period class {columns}"):
        for currency, side, label, amount in sides(*of_cell):
            sums[period, currency, cls, side, label] += amount
    for period, currency, cls, amount in values(run, "lines", "period currency class amount"):
        sums[period, currency, cls, STATEMENTS, ""] += amount
    for row in run.table("remainders").to_pylist():
        key = (row["period"], row["currency"], row["class"], REMAINDER, row["name"])
        sums[key] += row["amount"]
    return sums


def _proof(run: Run) -> list[Finding]:
    stored = {
        (row["period"], row["currency"], row["class"], row["side"], row["label"]): row["amount"]
        for row in run.table("proof").to_pylist()
    }
    computed = _computed(run)
    calendar = run.calendar
    charged = charging_sides(
        values(run, "charges", "period currency treatment amount"),
        values(run, "recovery", "period currency service recovery"),
    )
    open_ends = differences((*key, amount) for key, amount in {**computed, **charged}.items())
    computed |= told(charged)
    said = [dict(row) for row in run.manifest.get("proof", ())]
    findings = []
    if said != run.table("proof").to_pylist():
        findings.append(Finding(None, "the proof in the manifest is not that of the table"))
    findings += [
        Finding(
            None,
            f"{calendar.period(key[0])} {' '.join(key[1:])}: the proof says {stored.get(key, 0)}"
            f" minor units, its rows come to {computed.get(key, 0)}",
        )
        for key in sorted(stored.keys() | computed.keys())
        if stored.get(key, 0) != computed.get(key, 0)
    ]
    findings += [
        Finding(
            None,
            f"{calendar.period(period)} {currency} {cls}: both sides of the proof differ by"
            f" {difference} minor units",
        )
        for (period, currency, cls), difference in sorted(open_ends.items())
        if difference
    ]
    return findings


def _shares(run: Run) -> list[Finding]:
    sums: dict[tuple[int, str, str], int] = defaultdict(int)
    wholes: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    columns = "period currency source_object weight whole"
    for period, currency, source, weight, whole in values(run, "flows", columns):
        key = (period, currency, source)
        sums[key] += int(weight) if weight.isdecimal() else -1
        wholes[key].add(whole)
    calendar = run.calendar
    return [
        Finding(
            None,
            f"{calendar.period(key[0])} {key[1]} {key[2]}: its shares don't add up to its whole",
        )
        for key, weight in sorted(sums.items())
        if wholes[key] != {str(weight)}
    ]


def _unique(run: Run) -> list[Finding]:
    keys = Counter(values(run, "lines", "period currency class service consumer"))
    calendar = run.calendar
    return [
        Finding(
            None, f"{calendar.period(key[0])} {' '.join(key[1:])}: the line stands {count} times"
        )
        for key, count in sorted(keys.items())
        if count > 1
    ]
