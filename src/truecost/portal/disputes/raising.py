"""Asking about a line of a statement, or disputing it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from truecost.kernel.findings import UsageError
from truecost.kernel.money import plain
from truecost.portal.acting import by
from truecost.portal.disputes.shown import amount_of
from truecost.record.services import corrections, disputes, papers, reading
from truecost.record.services.acts import DeniedError
from truecost.record.services.disputes import Reason
from truecost.statements.explain_figures import DIRECTLY
from truecost.statements.locale import month, shown, speaking
from truecost.statements.views import StatementView

if TYPE_CHECKING:
    from django.http import HttpRequest

WHOLE = "The whole statement"


@require_http_methods(["GET", "HEAD", "POST"])
def raised(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form for a line (`?line=`); take it, and go to the dispute."""
    who = by(request)
    row = reading.statement(who, number)
    view = papers.restored(row) if row else None
    if row is None or not isinstance(view, StatementView):
        raise Http404
    said = request.POST if request.method == "POST" else request.GET
    line = said.get("line", "")
    status, faults = 200, []
    if request.method == "POST":
        try:
            reason = _reason(said.get("reason", ""))
            amount = None
            if reason is not Reason.QUESTION:
                amount = amount_of(said.get("amount", ""), row.currency)
            made = disputes.raise_dispute(
                who, row, reason, said.get("text", ""), line=line, amount=amount,
                key=said.get("key", ""),
            )  # fmt: skip
        except DeniedError as error:
            status, faults = 403, [each.what for each in error.findings]
        except UsageError as error:
            status, faults = 422, [each.what for each in error.findings]
        else:
            return HttpResponseRedirect(reverse("dispute", args=[made.number]), status=303)
    lines = [(each.object or DIRECTLY, each) for each in view.lines if not each.ended]
    chosen = next((each for object_, each in lines if object_ == line), None)
    if line and chosen is None:
        if request.method != "POST":
            raise Http404
        line = ""
    with speaking(view.locale):
        stands = corrections.standing(row, line)
        content = {
            "row": row,
            "month": month(view.period),
            "choices": [
                ("", f"{WHOLE}: {shown(row.amount, row.currency)}"),
                *((key, f"{each.name}: {shown(each.amount, row.currency)}") for key, each in lines),
            ],
            "line": line,
            "reasons": list(Reason),
            "reason": said.get("reason", ""),
            "amount": said.get("amount", ""),
            "text": said.get("text", ""),
            "key": said.get("key", "") or secrets.token_urlsafe(24),
            "stands": shown(stands, row.currency),
            "example": plain(stands, row.currency),
            "faults": faults,
            "what": chosen.name if chosen else WHOLE,
        }
        return render(request, "disputes/raise.html", content, status=status)


def _reason(text: str) -> Reason:
    try:
        return Reason(text)
    except ValueError:
        raise UsageError("choose a reason") from None
