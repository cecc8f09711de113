"""The bars that were set for speed and memory, and what was measured against each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness import Row


@dataclass(frozen=True)
class Bar:
    """A limit on one contender of a work: of seconds, of memory, or of how it compares.

    `work` and `contender` are patterns that find the row. `against` finds another of the same work
    (or of `against_work`): without `sooner`, the contender may take at most `bar` times its
    seconds; with it, the other must take at least `bar` times the contender's. Without `against`
    the bar is in seconds, or with `memory` in MB of the process's peak. `reach` is what to reach
    for, 0 for nothing more. `limit` says what stands in the way where either is missed.
    """

    said: str
    work: str
    contender: str
    bar: float
    reach: float = 0
    against: str = ""
    against_work: str = ""
    sooner: bool = False
    memory: bool = False
    limit: str = ""


_BULK, _AGAIN = "read in bulk", r"cells again"
_FROM_ALL = "50,000,000 charges from Parquet"
_FROM, _PEERS = "charges from Parquet", "charges again by"

BARS: tuple[Bar, ...] = (
    Bar(
        "hierarchical service consumption against cloud-cost-allocation, 100 k items",
        "service consumption, 100,000",
        "Truecost",
        30,
        against="cloud-cost-allocation",
        sooner=True,
    ),
    Bar(
        "the same, 1 M items",
        "consumption, 1,000,000 cost items, 50,000",
        "Truecost",
        50,
        against="cloud-cost-allocation",
        sooner=True,
    ),
    Bar(
        "HashMap rating loop of cloudkitty, per core, from compressed files",
        "points of usage",
        "Truecost",
        10,
        against="CloudKitty",
        sooner=True,
    ),
    Bar(
        "network of 1 M cost objects with cycles, certified",
        "^random network, 1,000,000",
        "solve, certified",
        3,
    ),
    Bar(
        "network of 1 M, forward with loops",
        "^hierarchical network, 1,000,000",
        "solve, certified",
        3,
        limit="27 triangular solves of some 60 ms, which one core does, and 0.8 s for making the"
        " triangle. Sweeps in blocks use both cores and take twice as many rounds; a looser"
        " certificate saves none (decisions 0034, 0047).",
    ),
    Bar(
        "network of 100 k, random",
        "^random network, 100,000",
        "solve, certified",
        0.2,
        limit="36 sweeps and what threads wait for each other at this size: on one core, where none"
        " waits, it comes to 0.19 s. Single precision, fewer digits and larger blocks gained"
        " nothing (decisions 0034, 0047).",
    ),
    Bar(
        "network of 100 k, forward with loops",
        "^hierarchical network, 100,000",
        "solve, certified",
        0.2,
        limit="20 triangular solves on one core, and making the triangle (decision 0047).",
    ),
    Bar(
        "bill from Parquet, against DuckDB's scan",
        _FROM_ALL,
        _BULK,
        6,
        2,
        "scan of the same",
        limit="the scan adds columns up where they lie in memory; we also keep each row, with its"
        " codes and amount, so that its cost can be opened later, and hash what is kept. Reading"
        " Parquet by Arrow alone takes twice the scan. Tried: one process forked per file, arrays"
        " in place of a table, two files at a time (31, 17, 8 times the scan); not done: the"
        " Parquet file itself as the rows (decisions 0047, 0049).",
    ),
    Bar("memory of it", _FROM_ALL, _BULK, 2048, memory=True),
    Bar(
        "bill from Parquet, against a CASE chain",
        _FROM_ALL,
        _BULK,
        2,
        10,
        "CASE chain",
        sooner=True,
        limit="the same: the first reading keeps every row.",
    ),
    Bar(
        "a rule edited over 50 M charges",
        _FROM_ALL,
        _AGAIN,
        5,
        1,
        limit="0.4 s of starting, then 45 ns a row: the codes are read from the disk's cache and"
        " added up by the new signatures, on two cores.",
    ),
    Bar("the same, against a CASE chain", _FROM, _AGAIN, 8, 0, "CASE chain", sooner=True),
    Bar("the same, against pandas", _PEERS, "Truecost, cells", 10, 80, "pandas", sooner=True),
    Bar("the same, against Polars", _PEERS, "Truecost, cells", 2, 10, "Polars", sooner=True),
    Bar("30 to 120 rules", "more rules", "120 rules", 1.5, 0, "30 rules"),
    Bar("start of `truecost --version`", "cold start$", "--version", 0.15, 0.08),
    Bar(
        "waterfall of 1 M ledger lines, 30 pools, 60 towers, 500 services, 1,000 departments",
        "waterfall, typical, a month",
        "^rehearse$",
        0.5,
    ),
    Bar(
        "one driver of the last tier changed, against the full run",
        "a driver of the last tier, typical, a month",
        "asked again",
        100,
        against="full run",
        sooner=True,
    ),
    Bar(
        "another rule changed, against the full run",
        "another rule, typical, a month",
        "tried first",
        1.1,
        against="full run",
    ),
    Bar(
        "100 scenarios, in full runs",
        "scenarios over .* months$",
        "100 scenarios",
        60,
        25,
        against="from loaded sources",
    ),
    Bar(
        "lineage of a bill line over 1 M ledger lines, the first asked of an opened run",
        "explain, 1,000,000 .* 24 months",
        "opened, a line of a bill, the first",
        0.05,
        limit="25 ms for reading flows, lines and cells of the run, 12 ms for ten lines with their"
        " texts, 10 ms for the chain and the words; smaller groups of rows cost classifying all"
        " lines more than they gain (decision 0047).",
    ),
    Bar(
        "lineage of a bill line over 1 M ledger lines, a later one of an opened run",
        "explain, 1,000,000 .* 24 months",
        "opened, a line of a bill, a later",
        0.05,
    ),
    Bar(
        "`truecost explain` of a bill's total over 1 M ledger lines, after start-up",
        "explain, 1,000,000 .* 24 months",
        "Truecost, a bill's total",
        0.1,
    ),
    Bar(
        "`truecost explain` of a bill line over 1 M ledger lines, after start-up",
        "explain, 1,000,000 .* 24 months",
        "Truecost, a line of a bill",
        0.1,
    ),
    Bar(
        "50 people reading statements while a month is issued: 95 of 100 requests",
        "people reading",
        "95 of 100 requests",
        0.5,
    ),
)


def bar_table(bars: Iterable[Bar], rows: Sequence[Row]) -> list[str]:
    """Give a line of Markdown per bar: what was set, what was measured, whether it is met."""
    lines = ["| work | bar | reach for | measured | |", "|---|---:|---:|---:|---|"]
    for bar in bars:
        found = _measured(bar, rows)
        met = "not measured" if found is None else _met(bar, found)
        shown = "" if found is None else _shown(bar, found)
        reach = _shown(bar, bar.reach) if bar.reach else ""
        lines.append(
            f"| {bar.said} | {_sign(bar)} {_shown(bar, bar.bar)} | {reach} | {shown} | {met} |"
        )
    return lines


def limits(bars: Iterable[Bar], rows: Sequence[Row]) -> list[str]:
    """Give a line of Markdown for each bar or reach that is missed: what limits it."""
    missed = [
        bar for bar in bars
        if bar.limit
        and (found := _measured(bar, rows)) is not None
        and _met(bar, found) != ("met, and reached" if bar.reach else "met")
    ]  # fmt: skip
    return [f"- **{bar.said}**: {bar.limit}" for bar in missed]


def _measured(bar: Bar, rows: Sequence[Row]) -> float | None:
    own = _one(rows, bar.work, bar.contender)
    if own is None:
        return None
    if not bar.against:
        return own.peak_mb if bar.memory else own.seconds
    other = _one(rows, bar.against_work or bar.work, bar.against)
    if other is None:
        return None
    return other.seconds / own.seconds if bar.sooner else own.seconds / other.seconds


def _one(rows: Sequence[Row], work: str, contender: str) -> Row | None:
    found = [
        row for row in rows if re.search(work, row.work) and re.search(contender, row.contender)
    ]
    if len(found) > 1:
        raise SystemExit(f"several rows are called {work!r}, {contender!r}")
    return found[0] if found else None


def _met(bar: Bar, found: float) -> str:
    def within(limit: float) -> bool:
        return found >= limit if bar.sooner else found <= limit

    if not within(bar.bar):
        return "not met"
    return "met, and reached" if bar.reach and within(bar.reach) else "met"


def _sign(bar: Bar) -> str:
    return "≥" if bar.sooner else "≤"


def _shown(bar: Bar, value: float) -> str:
    if bar.memory:
        return f"{value:,.0f} MB"
    return f"{value:.3g} ×" if bar.against else f"{value:.3g} s"
