"""Which address asks for what: every address has a rule, or nobody gets in.

The gate only asks whether somebody may do the thing at all; what it may be done to is decided by
the services. `tests/portal/test_rules.py` walks all addresses: one without a rule fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone

from truecost.portal import areas
from truecost.portal.account import second_factor
from truecost.record.services import briefings
from truecost.record.services.permissions import rights_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from truecost.record.services.permissions import Rights

RULES = areas.rules()
PUBLIC = areas.public()
#: The namespace of the API, which asks for tokens and answers no pages.
API = "api"
#: Under which name a request holds the rights that it was let in with.
RIGHTS = "truecost_rights"


class Gate:
    """The middleware that asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Let pass, send to the sign-in page, or refuse."""
        match = request.resolver_match
        if match is not None and match.namespaces == [API]:
            # `truecost.api.door` stands before each of its addresses; a session needs all it needs
            # elsewhere
            return None if "Authorization" in request.headers else _second_factor(request)
        name = match.view_name if match else ""
        if name not in RULES:
            raise PermissionDenied(f"no rule says who may see {name}")
        act = RULES[name]
        if act is None:
            return None
        if not request.user.is_authenticated:
            open_ = name in PUBLIC and briefings.public()
            return None if open_ else redirect_to_login(request.get_full_path())
        rights = rights_of(request.user, timezone.now().date())
        if rights.parts(act) == frozenset() and not (name in PUBLIC and briefings.public()):
            raise PermissionDenied
        setattr(request, RIGHTS, rights)  # the menu asks again
        return _second_factor(request, rights)


def _second_factor(request: HttpRequest, rights: Rights | None = None) -> HttpResponseBase | None:
    """Send who needs a second factor and has none to where it is switched on."""
    if not settings.TRUECOST_MFA or not request.user.is_authenticated:
        return None
    rights = rights or rights_of(request.user, timezone.now().date())
    return redirect("mfa_activate_totp") if second_factor.lacks(request, rights) else None
