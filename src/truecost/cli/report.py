"""What `build` prints: sources, reconciliation, where the run is. 80 columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from truecost.cli.wording import WIDTH, counted, wrapped
from truecost.engine.cells import OF_LEDGER, Outcome
from truecost.engine.proof import CHARGING_SIGNS, IGNORED, LEDGER, RECOVERY, REMAINDER, STATEMENTS
from truecost.engine.tables import read
from truecost.kernel.money import shown
from truecost.statements.lines import CLASSES
from truecost.statements.proof import held_back, moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.engine.build import Built
    from truecost.store.run import Run

_AMOUNT = 20


def build_report(built: Built, sources: str, seconds: float, *, known: bool) -> str:
    """Say what a build came to: sources (their report), reconciliation, run.

    `known` says that the store had this very run before.
    """
    run = built.run
    came_to = "as before: nothing has changed" if known else "whole and saved"
    return "\n".join(
        [
            sources,
            "",
            reconciliation(run),
            *_elsewhere(built),
            *_late(run),
            "",
            f"Run {run.id}, {came_to}, in {seconds:.2f} s",
        ]
    )


def _elsewhere(built: Built) -> list[str]:
    """Say how many loaded lines belong to periods that were not computed."""
    registers = built.run.manifest["workspace"].get("registers", ())
    sources = built.run.manifest["sources"]
    loaded = sum(source["loaded"] for source in sources if source["name"] not in registers)
    cells = read(built.run, "cells").select(["nature", "lines"]).to_pylist()
    rest = loaded - sum(cell["lines"] for cell in cells if cell["nature"] in OF_LEDGER)
    return [f"Ledger lines of other periods: {rest:,}"] if rest else []


def _late(run: Run) -> list[str]:
    """Say which lines came after their period was closed, and where they are now."""
    told = []
    period = run.calendar.period
    for late in run.manifest.get("late", ()):
        if late["into"] is not None:
            sums = [f"{amount} {currency}" for currency, amount in late["amounts"].items()]
            text = (
                f"{late['source']}: {counted(late['came'] + late['gone'], 'line')} for"
                f" {period(late['period'])}, closed before, placed in {period(late['into'])}:"
                f" {', '.join(sums)}"
            )
            told += wrapped(text)
    return told


def reconciliation(run: Run) -> str:
    """Lay out the proof over all periods of a run: one block per currency."""
    periods = sorted({row["period"] for row in run.manifest["proof"]})
    currencies = sorted({row["currency"] for row in run.manifest["proof"]})
    if not periods:
        return "\n".join(["Reconciliation: nothing to allocate", *_held(run)])
    span = str(run.calendar.period(periods[0]))
    if len(periods) > 1:
        span += f" to {run.calendar.period(periods[-1])}"
    blocks = "\n\n".join(_block(run, currency, span) for currency in currencies)
    return "\n".join([blocks, *_held(run)])


def _held(run: Run) -> list[str]:
    """Say how many lines are in no period, because the model holds them back."""
    held = held_back(run.manifest)
    if not held.lines:
        return []
    sums = [shown(entry.amount, entry.name) for entry in held.amounts]
    without = f" ({held.unreadable:,} without an amount)" if held.unreadable else ""
    text = ", ".join([counted(held.lines, "line"), *sums])
    return wrapped(f"held back, in no period: {text}{without}", "  ")


def _block(run: Run, currency: str, span: str) -> str:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    classes: dict[str, int] = defaultdict(int)
    for row in run.manifest["proof"]:
        if row["currency"] == currency:
            sums[row["side"], row["label"]] += row["amount"]
            if row["side"] == LEDGER:
                classes[row["class"]] += row["amount"]
    rows = (row for row in run.manifest["proof"] if row["currency"] == currency)
    moves = moved(rows, run.calendar.unit)
    counts = _lines(run, currency)
    sides = {side: _side(sums, side) for side in (LEDGER, STATEMENTS, REMAINDER, IGNORED)}
    ledger = sum(amount for _, amount in sides[LEDGER])
    came = [*((f"source {x}", amount) for x, amount in sides[LEDGER]), *moves]
    out = sum(amount for side in (STATEMENTS, REMAINDER) for _, amount in sides[side])
    lines = [
        f"Reconciliation, {span}, {currency}",
        *(_line(f"  {label}", amount, currency) for label, amount in came),
        *(_line("  = statements", amount, currency) for _, amount in sides[STATEMENTS]),
        *(_line(f"  + {x}", amount, currency) for x, amount in sides[REMAINDER]),
        _line("  difference", sum(amount for _, amount in came) - out, currency),
        *(_line(f"  of the ledger, {name}", classes[name], currency) for name in CLASSES),
        *(_line(f"  of the statements, {name}", amount, currency) for name, amount in _told(sums)),
        "",
        f"Ledger lines of these periods: {sum(counts.values()):,}",
        _line(f"  in the reconciliation: {counts[LEDGER, '']:,}", ledger, currency),
    ]
    for label, amount in sides[IGNORED]:
        lines.append(_line(f"  ignored: {counts[IGNORED, label]:,}, {label}", amount, currency))
    return "\n".join(lines)


def _told(sums: dict[tuple[str, str], int]) -> list[tuple[str, int]]:
    """Give what is charged, shown and funded of the statements; nothing where all is at cost."""
    found: dict[str, int] = {}
    for (side, _), amount in sums.items():
        if side in CHARGING_SIGNS:
            found[side] = found.get(side, 0) + amount
    named = {"charged": "charged", "shown": "shown", "central": "funded centrally"}
    if not found:
        return []
    statements = sum(amount for (side, _), amount in sums.items() if side == STATEMENTS)
    rest = found.get("shown", 0) + found.get("central", 0)
    found["charged"] = statements - rest + found.get(RECOVERY, 0)  # also of months all at cost
    rows = [(word, found[side]) for side, word in named.items() if side in found]
    return [*rows, ("less recovery", -found[RECOVERY])] if RECOVERY in found else rows


def _lines(run: Run, currency: str) -> dict[tuple[str, str], int]:
    """Count the ledger lines that are reconciled, and those that each reason leaves out."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    columns = ["ledger_currency", "outcome", "label", "lines", "nature"]
    for row in read(run, "cells").select(columns).to_pylist():
        if row["ledger_currency"] == currency and row["nature"] in OF_LEDGER:
            ignored = row["outcome"] == Outcome.IGNORED
            counts[(IGNORED, row["label"]) if ignored else (LEDGER, "")] += row["lines"]
    return counts


def _side(sums: Mapping[tuple[str, str], int], side: str) -> list[tuple[str, int]]:
    return sorted((label, amount) for (of, label), amount in sums.items() if of == side)


def _line(label: str, amount: int, currency: str) -> str:
    """Lay out a label, over lines where it is long, and an amount at its end."""
    width = WIDTH - 2 - _AMOUNT
    money = f"{shown(amount, currency):>{_AMOUNT}}"
    *above, last = wrapped(label.strip(), "  ")
    if len(last) >= width:
        above, last = [*above, last], ""
    return "\n".join([*above, f"{last:<{width}}{money}"])
