"""What waits to be looked at, and what was decided: with addresses, for who moderates only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.briefings.replying import lines
from truecost.record.services import replies
from truecost.record.services.replies import Entry, State
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits; `?state=` what is shown or hidden."""
    said = request.GET.get("state", "")
    state = State(said) if said in set(State) else State.WAITING
    content = {
        "rows": [_row(each) for each in replies.to_look_at(by(request), state)],
        "state": state,
        "states": list(State),
    }
    return render(request, "briefings/queue.html", content)


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """Show one reply, with what may be decided of it."""
    return _page(request, _found(request, key))


@require_POST
def decided(request: HttpRequest, key: str, act: str) -> HttpResponse:
    """Let a reply be shown, or hide it, and go back to what waits."""
    found = _found(request, key)
    try:
        if act == "approve":
            replies.approve(by(request), found.row)
        elif act == "hide":
            replies.hide(by(request), found.row, request.POST.get("why", ""))
        else:
            raise Http404
    except UsageError as error:
        return _page(request, found, [each.what for each in error.findings])
    return HttpResponseRedirect(reverse("replies"), status=303)


def _found(request: HttpRequest, key: str) -> Entry:
    found = replies.one(by(request), key)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: Entry, faults: list[str] | None = None) -> HttpResponse:
    content = {"each": _row(found), "faults": faults}
    return render(request, "briefings/moderate.html", content, status=422 if faults else 200)


def _row(entry: Entry) -> dict[str, Any]:
    row = entry.row
    address = "briefing" if row.briefing_id else "statement"
    return {
        "key": row.key,
        "about": entry.about,
        "address": f"{reverse(address, args=[entry.about])}#{row.key}",
        "name": visible(entry.name or ""),
        "email": visible(entry.email or ""),
        "text": lines(entry.text or ""),
        "erased": entry.text is None,
        "visitor": not row.writer,
        "moment": row.moment,
        "state": entry.state,
        "why": visible(entry.why),
    }
