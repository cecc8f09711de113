"""One's own tokens; who manages people sees and revokes everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.record.services import tokens as service
from truecost.record.services.tokens import ACTS, Scope

if TYPE_CHECKING:
    from django.http import HttpRequest

_USUAL_DAYS = 90
_DIGITS = 3


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """List tokens, and offer to make one."""
    return _page(request)


@require_POST
@sensitive_variables("word")
def made(request: HttpRequest) -> HttpResponse:
    """Make a token, and show its word: this once, so the answer is the page itself."""
    said = request.POST.get("days", "")
    # what is no number is refused by the service, as one that is too large
    days = int(said) if said.isascii() and said.isdigit() and len(said) <= _DIGITS else 0
    try:
        row, word = service.make(
            by(request), request.POST.get("name", ""), request.POST.getlist("scope"), days
        )
    except UsageError as error:
        return _page(request, [str(each) for each in error.findings])
    return render(request, "tokens/made.html", {"row": row, "word": word})


@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End a token."""
    who = by(request)
    row = service.get(who, number)
    if row is None:
        raise Http404
    service.revoke(who, row)
    return HttpResponseRedirect(reverse("tokens"), status=303)


def _page(request: HttpRequest, faults: list[str] | None = None) -> HttpResponse:
    who = by(request)
    rows = service.of(who)
    content = {
        "tokens": [{"row": each, "good": not each.revoked and each.expires > who.now,
                    "mine": who.person is not None and each.person_id == who.person.pk}
                   for each in rows],
        "scopes": [{"scope": each, "acts": ", ".join(sorted(map(str, ACTS[each])))}
                   for each in Scope],
        "said": request.POST, "chosen": request.POST.getlist("scope"),
        "days": request.POST.get("days", _USUAL_DAYS), "longest": service.LONGEST_DAYS,
        "faults": faults or [],
    }  # fmt: skip
    return render(request, "tokens/tokens.html", content, status=422 if faults else 200)
