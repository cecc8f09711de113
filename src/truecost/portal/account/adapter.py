"""Signing in, by allauth: nobody signs up by themselves, people are invited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from truecost.portal import limits
from truecost.record.services import entering
from truecost.record.services.acts import By

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What we want otherwise than allauth does."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        """Nobody lets themselves in."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Give the address that a list of sessions shows."""
        found = limits.address(request)
        return "::" if found == "unknown" else found

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:  # noqa: ARG002  as above
        """Let who was let in once begin anew."""
        return redirect("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002  as above
        """Lead back to the account."""
        return reverse("mfa_index")

    def add_message(self, *_: Any, **__: Any) -> None:
        """Say nothing beside: pages say themselves what was done."""

    def send_password_reset_mail(
        self,
        user: Any,
        email: str,  # noqa: ARG002  as above
        context: dict[str, Any],
    ) -> None:
        """Send the link to the address that the record knows, not to the one that was typed."""
        path = reverse(
            "account_reset_password_from_key",
            kwargs={"uidb36": context["uid"], "key": context["key"]},
        )
        # the host that a request names is believed only where no address is set
        link = (
            f"{settings.TRUECOST_ADDRESS}{path}"
            if settings.TRUECOST_ADDRESS
            else (context["request"].build_absolute_uri(path))
        )
        text = render_to_string("account/reset_mail.txt", {"link": link})
        entering.mail_link(By(None, "portal", timezone.now()), user, "A new password", text, link)
