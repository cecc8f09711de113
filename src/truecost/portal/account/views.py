"""Pages about oneself: sessions, and a forgotten password. The others are allauth's."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from truecost.portal import acting, limits
from truecost.portal.account import second_factor
from truecost.portal.limits import limited
from truecost.record.services import entering
from truecost.record.services.permissions import rights_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from django.http import HttpRequest, HttpResponse

#: So long it takes to answer who has forgotten a password, in seconds, whether there is somebody
#: of that address or not.
EVEN = 0.5


class Account(factors.IndexView):  # type: ignore[misc]  # allauth has no types
    """Who one is to the record, and how one signs in."""

    template_name = "account/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add roles and sessions to the second factors."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        person: Any = self.request.user
        rights = rights_of(person, acting.by(self.request).day)
        sessions = UserSession.objects.purge_and_list(person)
        return found | {
            "grants": rights.grants,
            "needs_factor": second_factor.needs(rights),
            "sessions": sorted(sessions, key=lambda each: each.created_at, reverse=True),
            "has_password": person.has_usable_password(),
        }


@login_required
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """End one of one's own sessions."""
    session = get_object_or_404(UserSession, pk=number, user=request.user)
    session.end()
    entering.noted(acting.by(request), "session ended")
    return _back()


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    for session in UserSession.objects.filter(user=request.user):
        if not session.is_current():
            session.end()
    entering.noted(acting.by(request), "other sessions ended")
    return _back()


def _back() -> HttpResponse:
    answer = HttpResponseRedirect(reverse("mfa_index"))
    answer.status_code = 303
    return answer


@limited("forgotten", "10/h")
@limited("forgotten of", "3/h", by=lambda request: _typed(request, "email"))
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link. It takes the same time whoever is asked about."""
    begun = time.monotonic()
    answer: HttpResponse = account.password_reset(request)
    if answer.status_code == HTTPStatus.FOUND:
        time.sleep(max(0.0, EVEN - (time.monotonic() - begun)))
    return answer


@login_required
@limited("password", "10/h")
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password, where there is one: other sessions end with it."""
    person: Any = request.user
    if not person.has_usable_password():
        raise Http404
    answer: HttpResponse = account.password_change(request)
    return answer


def _typed(request: HttpRequest, field: str) -> str:
    return request.POST.get(field, "").strip().casefold()


def _typed_here(request: HttpRequest) -> str:
    typed = _typed(request, "login")
    return f"{typed} {limits.address(request)}" if typed else ""


class SignIn(account.LoginView):  # type: ignore[misc]  # allauth has no types
    """Signing in: with a password, or with whom the organisation trusts."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the providers."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return found | {"providers": [*_providers()]}


def _providers() -> Iterator[dict[str, str]]:
    ways = {"openid_connect": "openid_connect_login", "saml": "saml_login"}
    for kind, each in settings.SOCIALACCOUNT_PROVIDERS.items():
        for app in each["APPS"]:
            yield {"name": app["name"], "address": reverse(ways[kind], args=[app["provider_id"]])}


# from one machine; at one account from one machine; at one account from wherever
sign_in = limited("sign-in", "60/10m")(
    limited("sign-in as", "8/10m", by=_typed_here)(
        limited("sign-in of", "100/h", by=lambda request: _typed(request, "login"))(
            SignIn.as_view()
        )
    )
)
