"""The briefings: the list, one of them with its thread, and what who may write does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.briefings import markup, replying
from truecost.record.services import briefings, replies
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from django.http import HttpRequest

    from truecost.record.services.acts import By
    from truecost.record.services.briefings import Shown


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List the briefings, the newest first."""
    who = by(request)
    writes = who.rights.may(Act.BRIEF)
    content = {
        "rows": briefings.published(who),
        "drafts": briefings.drafts(who) if writes else [],
        "waiting": replies.waiting(who),
    }
    return render(request, "briefings/list.html", content)


@require_safe
def shown(request: HttpRequest, number: str) -> HttpResponse:
    """Show a briefing and what was replied to it."""
    who = by(request)
    return _page(request, who, found(who, number))


@require_POST
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a draft that corrects it."""
    who = by(request)
    row = found(who, number)
    try:
        draft = briefings.correct(who, row.row)
    except UsageError as error:
        return _page(request, who, row, [each.what for each in error.findings])
    return HttpResponseRedirect(reverse("briefing_draft", args=[draft.key]), status=303)


@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take it back."""
    who = by(request)
    row = found(who, number)
    try:
        briefings.withdraw(who, row.row, request.POST.get("why", ""))
    except UsageError as error:
        return _page(request, who, row, [each.what for each in error.findings])
    messages.info(request, "It is withdrawn.")
    return HttpResponseRedirect(reverse("briefing", args=[number]), status=303)


def found(who: By, number: str) -> Shown:
    """Give a briefing that somebody may read. Raise Http404."""
    row = briefings.briefing(who, number)
    if row is None:
        raise Http404
    return row


def _page(
    request: HttpRequest, who: By, row: Shown, faults: list[str] | None = None
) -> HttpResponse:
    content: dict[str, Any] = {
        "briefing": row,
        "row": row.row,
        "body": markup.drawn(row.row.body) if row.readable else "",
        "faults": faults,
        "writes": who.rights.may(Act.BRIEF),
        **replying.content(who, row.row, open_=row.withdrawn is None),
    }
    return render(request, "briefings/briefing.html", content, status=422 if faults else 200)
