"""What a disputed figure rests on: drawn from the statement's own run, kept with the dispute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from truecost.engine.capacity import LINES
from truecost.kernel import digest
from truecost.kernel.findings import Finding, TruecostError, UsageError
from truecost.model.types import Kind
from truecost.record.services import papers, runs
from truecost.record.services.acts import store
from truecost.statements import explain_json
from truecost.statements.explain_figures import DIRECTLY
from truecost.statements.inquiry import Inquiry
from truecost.statements.safe import visible_all
from truecost.statements.views import StatementView

if TYPE_CHECKING:
    from truecost.record import models
    from truecost.statements.lines import StatementLine

SCHEMA = "truecost.evidence/1"
WHOLE = "the whole statement"


def view_of(row: models.Statement) -> StatementView:
    """Give what a statement was drawn from. Raise UsageError for what corrects one."""
    if row.kind != papers.STATEMENT:
        hint = f"take the statement itself: {row.cites_id}"
        raise UsageError(Finding(None, f"{row.number} is a correction", hint))
    view = papers.restored(row)
    if not isinstance(view, StatementView):
        raise TypeError(row.number)
    return view


def line_of(view: StatementView, line: str) -> StatementLine | None:
    """Give the line that an object names (`directly`: what has none), None for the whole ("")."""
    if not line:
        return None
    wanted = "" if line == DIRECTLY else line
    for each in view.lines:
        if each.object == wanted and not each.ended:
            return each
    known = ", ".join(each.object or DIRECTLY for each in view.lines if not each.ended)
    raise UsageError(Finding(None, f'the statement has no line "{line[:80]}"', f"it has {known}"))


def service_of(line: str) -> str:
    """Give the id of the service that a line is of; "" for a tower, and the whole."""
    of = next((line.removeprefix(each) for each in LINES if line.startswith(each)), line)
    kind, _, name = of.partition(" ")
    return name.partition(" by ")[0] if kind == Kind.SERVICE else ""


def drawn(row: models.Statement, view: StatementView, line: str) -> str:
    """Draw the evidence as JSON: the line as it was issued, and its explanation by ledger lines.

    `explanation` is None where the run can't be asked any more; `note` says why.
    """
    found = line_of(view, line)
    explanation, note = _explanation(row, view, line)
    content = {
        "schema": SCHEMA,
        "statement": row.number,
        "statement_sha256": row.sha256,
        "run": row.run_id,
        "line": _line(found, row.currency) if found else None,
        "explanation": explanation,
        "note": note,
    }
    return digest.canonical(visible_all(content))


def read(text: str) -> dict[str, Any]:
    """Give evidence as plain values."""
    content: dict[str, Any] = json.loads(text)
    return content


def _explanation(
    row: models.Statement, view: StatementView, line: str
) -> tuple[dict[str, Any] | None, str]:
    try:
        opened = store()
        with Inquiry(opened, runs.opened(opened, row.run)) as inquiry:
            found = inquiry.statement(
                row.consumer, view.period, service=line or None, currency=row.currency
            )
            return explain_json.explanation_document(found), ""
    except TruecostError as error:
        return None, error.findings[0].what


def _line(found: StatementLine, currency: str) -> dict[str, Any]:
    return {
        "object": found.object,
        "name": found.name,
        "amount": explain_json.amount(found.amount, currency),
        "previous": None
        if found.previous is None
        else explain_json.amount(found.previous, currency),
        "use": found.use.text,
        "previous_use": found.previous_use.text,
        "rates": list(found.charged.rates),
    }
