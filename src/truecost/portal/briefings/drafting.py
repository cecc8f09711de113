"""Writing a briefing: a draft, its preview, and from there to the readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.briefings import markup
from truecost.record.services import briefings
from truecost.record.services.briefings import Text

if TYPE_CHECKING:
    from django.http import HttpRequest

_READ_OR_SEND = ["GET", "HEAD", "POST"]


@require_http_methods(_READ_OR_SEND)
def begun(request: HttpRequest) -> HttpResponse:
    """Show an empty form; take it, and go on to the preview."""
    return _written(request, "")


@require_http_methods(_READ_OR_SEND)
def edited(request: HttpRequest, key: str) -> HttpResponse:
    """Show a draft to go on with; take it, and go on to the preview."""
    return _written(request, key)


@require_safe
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """Show a draft as readers will."""
    return _preview(request, key)


@require_POST
def publish(request: HttpRequest, key: str) -> HttpResponse:
    """Publish what was previewed."""
    who = by(request)
    try:
        made = briefings.publish(who, key, request.POST.get("seen", ""))
    except UsageError as error:
        if briefings.draft(who, key) is None:
            raise Http404 from None
        return _preview(request, key, [each.what for each in error.findings])
    messages.info(request, "It is published, and subscribers are told of it.")
    return HttpResponseRedirect(reverse("briefing", args=[made.number]), status=303)


@require_POST
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw a draft away."""
    briefings.discard(by(request), key)
    return HttpResponseRedirect(reverse("briefings"), status=303)


def _written(request: HttpRequest, key: str) -> HttpResponse:
    who = by(request)
    row = briefings.draft(who, key) if key else None
    if key and row is None:
        raise Http404
    kept = Text(row.title, row.body, row.about) if row else Text("", "")
    faults: list[str] = []
    if request.method == "POST":
        kept = Text(*(request.POST.get(each, "") for each in ("title", "body", "about")))
        try:
            row = briefings.save(who, key, kept) if key else briefings.begin(who, kept)
        except UsageError as error:
            faults = [each.what for each in error.findings]
        else:
            return HttpResponseRedirect(reverse("briefing_preview", args=[row.key]), status=303)
    content = {"text": kept, "draft": row, "faults": faults}
    return render(request, "briefings/write.html", content, status=422 if faults else 200)


def _preview(request: HttpRequest, key: str, faults: list[str] | None = None) -> HttpResponse:
    row = briefings.draft(by(request), key)
    if row is None:
        raise Http404
    content = {
        "draft": row,
        "body": markup.drawn(row.body),
        "seen": briefings.hash_of(row),
        "public": briefings.public(),
        "faults": faults,
    }
    return render(request, "briefings/preview.html", content, status=422 if faults else 200)
