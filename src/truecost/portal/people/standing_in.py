"""One's own roles, and who stands in for them from one day to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from truecost.kernel.findings import TruecostError, UsageError
from truecost.portal.acting import by
from truecost.portal.people.administering import day
from truecost.record.services import grants, people
from truecost.record.services.acts import DeniedError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.record.services.acts import By

_TEMPLATE = "people/standing_in.html"
_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
def standing_in(request: HttpRequest) -> HttpResponse:
    """Show one's own roles; let another stand in for one."""
    faults = []
    if request.method == "POST":
        try:
            _delegate(by(request), request.POST.dict())
        except TruecostError as error:
            faults = [each.what for each in error.findings]
        else:
            return HttpResponseRedirect(reverse("standing_in"), status=303)
    content = {"grants": grants.own(by(request)), "faults": faults, "said": request.POST}
    return render(request, _TEMPLATE, content, status=422 if faults else 200)


@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End a role: who may manage people any, everybody what they let others do for them."""
    who = by(request)
    held = grants.held(who, number)
    if held is None:
        raise Http404
    try:
        grants.end(who, held)
    except DeniedError:
        raise Http404 from None  # whether there is such a grant is not theirs to know
    except UsageError as error:
        faults = [each.what for each in error.findings]
        content = {"grants": grants.own(who), "faults": faults}
        return render(request, _TEMPLATE, content, status=422)
    mine = held.delegate_of is not None and held.delegate_of.person_id == (
        who.person and who.person.pk
    )
    if mine and request.POST.get("back") != "person":
        return HttpResponseRedirect(reverse("standing_in"), status=303)
    return HttpResponseRedirect(reverse("person", args=[held.person.key]), status=303)


def _delegate(who: By, said: dict[str, Any]) -> None:
    number = str(said.get("grant", ""))
    known = number.isdecimal() and len(number) < _DIGITS
    held = grants.held(who, int(number)) if known else None
    if held is None:
        raise UsageError("choose the role that another stands in for")
    try:
        to = people.find(str(said.get("email", "")))
    except UsageError:
        # without a hint: everybody may ask here, and addresses are not for everybody
        raise UsageError("nobody in the record has this address") from None
    grants.delegate(who, held, to, day(str(said.get("from", ""))), day(str(said.get("until", ""))))
