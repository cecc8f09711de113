"""The lines that were refused, with file and line; the reconciliation, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.engine.proof import STATEMENTS
from truecost.kernel.findings import VerifyError
from truecost.portal.period.shared import period_of, reading, told
from truecost.record.services.acts import store
from truecost.record.services.checklist import LOOSE, currencies
from truecost.statements import locale, proof

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.statements.proof import Proof

LISTED = 500


@require_safe
def rejects(request: HttpRequest, label: str) -> HttpResponse:
    """List the lines that could not be read, with file and line."""
    row = period_of(label)
    held, rows = refused(row)
    with reading(row):
        sums = [locale.shown(each.amount, each.name) for each in held.amounts]
    content = {"row": row, "lines": held.lines, "sums": sums, "rows": rows, "listed": LISTED}
    return render(request, "period/rejects.html", content)


def refused(row: Any) -> tuple[proof.Held, list[dict[str, Any]]]:
    """Give what is held back of a period's run, and the first `LISTED` lines that were refused."""
    with reading(row) as (book, _):
        loads = book.manifest["inputs"].get("sources", {})
        names = {each["name"] for each in book.manifest["sources"] if each["rejected"]}
        held = proof.held_back(book.manifest)
    opened = store()
    rows: list[dict[str, Any]] = []
    for name in sorted(names):
        source = opened.source(loads.get(name, ""))
        if source is not None:
            rows += ({"source": name, **each} for each in source.rejected(LISTED - len(rows)))
    return held, rows


@require_safe
def unmapped(request: HttpRequest, label: str) -> HttpResponse:
    """List what no rule places."""
    row = period_of(label)
    with reading(row) as (book, period):
        found = loose(book, period)
        rows = [
            {"line": each, "amount": locale.shown(each.amount, each.currency)}
            for each in found[:LISTED]
        ]
    content = {"row": row, "rows": rows, "more": len(found) - len(rows)}
    return render(request, "period/unmapped.html", content)


@dataclass(frozen=True, slots=True)
class Loose:
    """Lines of a source that no rule places, for the same account or cost centre; minor units."""

    why: str
    source: str
    label: str
    currency: str
    lines: int
    amount: int


def loose(book: Book, period: Period) -> list[Loose]:
    """Give what no rule places in a period, the largest first."""
    sums: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for cell in book.rows("cells", period, outcome=[str(each) for each in LOOSE]):
        key = (cell["outcome"], cell["source"], cell["label"], cell["currency"])
        lines, amount = sums.get(key, (0, 0))
        sums[key] = lines + cell["lines"], amount + cell["amount"]
    found = [Loose(*key, *both) for key, both in sorted(sums.items())]
    return sorted(found, key=lambda each: -abs(each.amount))


@require_safe
def reconciliation(request: HttpRequest, label: str) -> HttpResponse:
    """Show the proof of a period: what came in is what was charged and what remains, by name."""
    row = period_of(label)
    proofs, faults = [], []
    with reading(row) as (book, period):
        for unit in currencies(book, period):
            try:
                proofs.append(_laid_out(proof.proof(book, (period,), unit), unit))
            except VerifyError as error:
                faults += told(error.findings)
    content = {"row": row, "proofs": proofs, "faults": faults}
    return render(request, "period/reconciliation.html", content)


def _laid_out(found: Proof, unit: str) -> dict[str, Any]:
    """Give a proof as two sides of lines that come to the same."""

    def line(name: str, amount: int) -> dict[str, str]:
        return {"name": name, "amount": locale.shown(amount, unit)}

    came = [line(each.name, each.amount) for each in (*found.ledger, *found.moved)]
    went = [line(STATEMENTS, found.statements)]
    went += [line(each.name, each.amount) for each in found.remainders]
    remains = sum(each.amount for each in found.remainders)
    return {
        "unit": unit,
        "came": came,
        "went": went,
        "in": locale.shown(found.total, unit),
        "out": locale.shown(found.statements + remains, unit),
        "equal": found.total == found.statements + remains,
        "charged": locale.shown(found.charged, unit),
        "at_cost": found.at_cost,
        "shown": locale.shown(found.shown, unit),
        "central": locale.shown(found.central, unit),
        "recovery": [line(each.name, each.amount) for each in found.recovery],
        "as_at": found.as_at,
    }
