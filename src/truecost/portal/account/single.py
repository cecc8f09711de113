"""Signing in by the organisation's provider: who was invited, and nobody else.

The first time, somebody is known by the verified e-mail address that they were invited with; from
then on by the provider's own name for them, so that an address given to somebody else opens
nothing. What the provider tells besides is not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.shortcuts import render
from django.utils import timezone

from truecost.kernel.findings import UsageError
from truecost.record.services import entering
from truecost.record.services.acts import By
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What we want otherwise than allauth does."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002  allauth's signature
        """Nobody lets themselves in."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find who it is; refuse who was not invited. Roles follow groups, where they are to."""
        account = sociallogin.account
        told = account.extra_data
        account.extra_data = {}  # names and addresses stand in a person's row and nowhere else
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(refused(request, "it was not asked for here"))
        known = sociallogin.user if account.pk else None
        emails = [each.email for each in sociallogin.email_addresses if each.verified]
        settings = sociallogin.provider.app.settings
        by = By(known, "portal", timezone.now())
        try:
            person = entering.signed_on(
                by, account.provider, account.uid, emails, roles(settings, told)
            )
        except UsageError as error:
            raise ImmediateHttpResponse(refused(request, str(error))) from None
        if known is None:
            sociallogin.lookup()
        else:
            account.save()
        if sociallogin.user != person:
            raise ImmediateHttpResponse(refused(request, ""))

    def on_authentication_error(self, request: HttpRequest, *_: Any, **__: Any) -> None:
        """Say that it failed, in our look; what the provider said may hold anything."""
        raise ImmediateHttpResponse(refused(request, "the provider did not say who you are"))


def cancelled(request: HttpRequest) -> HttpResponse:
    """Say that nobody signed in."""
    return refused(request, "you stopped it")


def refused(request: HttpRequest, why: str) -> HttpResponse:
    """Draw the page that says that single sign-on let nobody in."""
    return render(request, "account/not_signed_on.html", {"why": why}, status=403)


def roles(settings: Mapping[str, Any], told: Mapping[str, Any]) -> dict[Role, bool] | None:
    """Give for each role that follows from groups whether somebody has it; None where none does."""
    mapping: Mapping[str, str] = settings["groups"]
    if not mapping:
        return None
    groups = set(_groups(settings["groups_claim"], told))
    held = {role for group, role in mapping.items() if group in groups}
    return {Role(role): role in held for role in mapping.values()}


def _groups(claim: str, told: Mapping[str, Any]) -> Iterable[str]:
    """Look for a claim in what the provider told: at its top, of its person, or in its token."""
    for part in (told, told.get("userinfo"), told.get("id_token")):
        if isinstance(part, dict) and claim in part:
            said = part[claim]
            return [str(each) for each in said] if isinstance(said, list) else [str(said)]
    return []
