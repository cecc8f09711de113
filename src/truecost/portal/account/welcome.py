"""The page behind an invitation: say who you are, choose a password, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from truecost.kernel.findings import UsageError
from truecost.portal.limits import limited
from truecost.record.services import people

if TYPE_CHECKING:
    from django.http import HttpRequest

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@limited("welcome", "30/h")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form; take it, and sign in."""
    found = people.invitation(token, timezone.now())
    if found is None:
        return render(request, "portal/link_used.html", status=404)
    known = found.person.email
    said = {
        "email": known or request.POST.get("email", ""),
        "name": request.POST.get("name", found.person.name),
    }
    faults: list[str] = []
    if request.method == "POST":
        try:
            person = people.accept(
                token, timezone.now(), **said, password=request.POST.get("password", "")
            )
        except UsageError as error:
            faults = [each.what for each in error.findings]
        else:
            login(request, person, backend=_BACKEND)
            UserSession.objects.create_from_request(request)
            return HttpResponseRedirect(reverse("home"))
    content = {**said, "known": bool(known), "faults": faults}
    return render(request, "portal/welcome.html", content, status=422 if faults else 200)
