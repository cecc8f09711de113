"""Ledger lines that no rule places: refused with what they are and what they cost, or allowed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.engine.cells import Outcome
from truecost.kernel.findings import Finding, Place
from truecost.kernel.money import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.engine.cells import Cell
    from truecost.engine.ledger import Ledger
    from truecost.kernel.calendars import Calendar, Period
    from truecost.model.types import Model

_LISTED = 10


@dataclass(frozen=True, slots=True)
class _Kind:
    """How an outcome is told: the column that tells lines apart, what to do."""

    column: str
    file: str
    what: str
    hint: str


_KINDS = {
    Outcome.UNMAPPED_ACCOUNT: _Kind(
        "account",
        "model/accounts.yaml",
        "no account rule takes",
        'add a rule (the first that matches wins), or a last one  where: "TRUE"  with  ignore:',
    ),
    Outcome.UNMAPPED_CENTRE: _Kind(
        "cost_centre",
        "model/cost_centres.yaml",
        "no cost centre rule takes",
        "add a rule that says  to:  , keep_apart:  or  ignore:",
    ),
    Outcome.NO_CONSUMER: _Kind(
        "cost_centre",
        "model/consumers.yaml",
        "no consumer recognises as its own",
        "add the cost centre to a consumer's  where:",
    ),
}


def unmapped(model: Model, ledger: Ledger, cells: Iterable[Cell]) -> list[Finding]:
    """Tell of lines without a place, or without a class, and what they cost.

    With `unallocated: allowed` in truecost.yaml lines without a place become named remainders; a
    line without a class is never allowed, since the proof is per class.
    """
    cells = tuple(cells)
    findings = []
    sums: dict[tuple[Outcome, str], list[int]] = defaultdict(lambda: [0, 0])
    classless: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cell in cells:
        key = cell.key
        if key.outcome in _KINDS and not model.unallocated:
            _add(sums[key.outcome, cell.ledger_currency], cell)
        elif key.outcome is not Outcome.IGNORED and not key.cls:
            _add(classless[cell.ledger_currency], cell)
    for (outcome, currency), (lines, amount) in sorted(sums.items()):
        kind = _KINDS[outcome]
        findings.append(
            Finding(
                Place(kind.file),
                f"{kind.what} {_lines(lines, 'ledger ')}, {shown(amount, currency)}",
                f"{kind.hint}; or, to see them as a named remainder, write"
                "  unallocated: allowed  in truecost.yaml",
                tuple(_examples(ledger, outcome, currency, _span(cells, model.calendar))),
            )
        )
    findings += [
        Finding(
            Place("truecost.yaml"),
            f"{_lines(lines, 'ledger ')}, {shown(amount, currency)}, without a class",
            "give their rules a  class:  or write  default_class: run",
        )
        for currency, (lines, amount) in sorted(classless.items())
    ]
    return findings


def _add(counted: list[int], cell: Cell) -> None:
    counted[0] += cell.lines
    counted[1] += cell.ledger_amount


def _span(cells: Iterable[Cell], calendar: Calendar) -> tuple[Period, Period]:
    periods = [cell.key.period for cell in cells]
    return calendar.period(min(periods)), calendar.period(max(periods))


def _lines(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}line{'' if count == 1 else 's'}"


def _examples(
    ledger: Ledger, outcome: Outcome, currency: str, span: tuple[Period, Period]
) -> Iterable[str]:
    """Name the dearest values that no rule takes."""
    column = _KINDS[outcome].column
    found = sorted(
        ledger.examples(outcome, column, currency, span), key=lambda row: (-abs(row[2]), row[0])
    )
    for value, lines, amount in found[:_LISTED]:
        text = f'"{value}"' if value else "(empty)"
        yield f"{column} {text}: {_lines(lines)}, {shown(amount, currency)}"
    if len(found) > _LISTED:
        yield f"and {len(found) - _LISTED:,} more"
