"""Having the whole record checked: a job, its last result, the head of the chain to note down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.jobs import papers
from truecost.portal.period.shared import rights, told
from truecost.record.services import events, jobs
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse

_TEMPLATE = "events/verification.html"
_LISTED = 10


@require_safe
def verification(request: HttpRequest) -> HttpResponse:
    """Show the last checks, and the head of the chain."""
    part = request.headers.get("HX-Request") == "true"
    name = "events/checked.html" if part else _TEMPLATE
    return render(request, name, _content(request))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Have everything checked."""
    try:
        papers.ask_verification(by(request))
    except UsageError as error:
        content = {**_content(request), "faults": told(error.findings)}
        return render(request, _TEMPLATE, content, status=422)
    return HttpResponseRedirect(reverse("verification"), status=303)


def _content(request: HttpRequest) -> dict[str, Any]:
    listed = jobs.known(by(request), jobs.Kind.VERIFY, _LISTED)
    return {
        "last": listed[0] if listed else None,
        "earlier": listed[1:],
        "head": events.head(),
        "address": reverse("verification"),
        "may": rights(request).may(Act.VERIFY),
    }
