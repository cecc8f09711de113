"""What `build` prints: sources, reconciliation, where the run is. 80 columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from truecost.cli.report_sources import sources_report
from truecost.engine.allocate import CLASSES
from truecost.engine.cells import Outcome
from truecost.engine.proof import IGNORED, LEDGER, REMAINDER, STATEMENTS
from truecost.kernel.money import shown
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from truecost.engine.build import Built
    from truecost.store.runs import Run, Store

_AMOUNT = 20


def build_report(
    built: Built,
    seconds: float,
    distinct: Collection[str] = (),
    before: Run | None = None,
    store: Store | None = None,
) -> str:
    """Say what a build came to: sources as in `sources_report`, reconciliation, run."""
    run = built.run
    return "\n".join(
        [
            sources_report(built.sources, distinct, before, store),
            "",
            reconciliation(run),
            *_elsewhere(built),
            "",
            f"Run {run.id}, whole and saved, in {seconds:.2f} s",
        ]
    )


def _elsewhere(built: Built) -> list[str]:
    """Say how many loaded lines belong to periods that were not computed."""
    loaded = sum(source.statistics.loaded for source in built.sources)
    rest = loaded - sum(built.run.table("cells")["lines"].to_pylist())
    return [f"Ledger lines of other periods: {rest:,}"] if rest else []


def reconciliation(run: Run) -> str:
    """Lay out the proof over all periods of a run: one block per currency."""
    periods = sorted({row["period"] for row in run.manifest["proof"]})
    currencies = sorted({row["currency"] for row in run.manifest["proof"]})
    if not periods:
        return "Reconciliation: nothing to allocate"
    span = str(Period(periods[0]))
    if len(periods) > 1:
        span += f" to {Period(periods[-1])}"
    return "\n\n".join(_block(run, currency, span) for currency in currencies)


def _block(run: Run, currency: str, span: str) -> str:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    classes: dict[str, int] = defaultdict(int)
    for row in run.manifest["proof"]:
        if row["currency"] == currency:
            sums[row["side"], row["label"]] += row["amount"]
            if row["side"] == LEDGER:
                classes[row["class"]] += row["amount"]
    counts = _lines(run, currency)
    sides = {side: _side(sums, side) for side in (LEDGER, STATEMENTS, REMAINDER, IGNORED)}
    ledger = sum(amount for _, amount in sides[LEDGER])
    out = sum(amount for side in (STATEMENTS, REMAINDER) for _, amount in sides[side])
    lines = [
        f"Reconciliation, {span}, {currency}",
        *(_line(f"  ledger: {x}", amount, currency) for x, amount in sides[LEDGER]),
        *(_line("  = statements", amount, currency) for _, amount in sides[STATEMENTS]),
        *(_line(f"  + {x}", amount, currency) for x, amount in sides[REMAINDER]),
        _line("  difference", ledger - out, currency),
        "  of the ledger: "
        + ", ".join(f"{name} {shown(classes[name], currency)}" for name in CLASSES),
        "",
        f"Ledger lines of these periods: {sum(counts.values()):,}",
        _line(f"  in the reconciliation: {counts[LEDGER, '']:,}", ledger, currency),
    ]
    for label, amount in sides[IGNORED]:
        lines.append(_line(f"  ignored: {counts[IGNORED, label]:,}, {label}", amount, currency))
    return "\n".join(lines)


def _lines(run: Run, currency: str) -> dict[tuple[str, str], int]:
    """Count the ledger lines that are reconciled, and those that each reason leaves out."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    columns = ["currency", "outcome", "label", "lines"]
    for row in run.table("cells").select(columns).to_pylist():
        if row["currency"] == currency:
            ignored = row["outcome"] == Outcome.IGNORED
            counts[(IGNORED, row["label"]) if ignored else (LEDGER, "")] += row["lines"]
    return counts


def _side(sums: Mapping[tuple[str, str], int], side: str) -> list[tuple[str, int]]:
    return sorted((label, amount) for (of, label), amount in sums.items() if of == side)


def _line(label: str, amount: int, currency: str) -> str:
    """Lay out a label and an amount; a long label takes a line of its own."""
    money = f"{shown(amount, currency):>{_AMOUNT}}"
    width = 78 - _AMOUNT
    return f"{label:<{width}}{money}" if len(label) < width else f"{label}\n{'':<{width}}{money}"
