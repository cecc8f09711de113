"""Second factors: who must have one, and how their secrets and codes are kept.

A code counts once, whichever process is asked. Secrets are encrypted with the secret key, which
lies in a file: a copy of the database alone makes no codes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from truecost.portal.limits import wait
from truecost.record.ciphers import cipher
from truecost.record.services import limits, periods
from truecost.record.services.permissions import rights_of

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest

    from truecost.record.services.permissions import Rights

_PURPOSE = "second-factor"
_TRIES = "10/10m"
_ONCE = "1/3m"  # longer than a code is good for


def needs(rights: Rights) -> bool:
    """Whether somebody has a role that needs a second factor."""
    return any(role in settings.TRUECOST_MFA for role, _ in rights.grants)


def lacks(request: HttpRequest, rights: Rights) -> bool:
    """Whether somebody needs a second factor and has shown none, here or at their provider."""
    if not needs(rights) or is_mfa_enabled(request.user):
        return False
    return not any(_brought(each) for each in get_authentication_records(request, request.user))


def _brought(record: dict[str, Any]) -> bool:
    """Whether somebody came by a provider that asks for a second factor itself."""
    if record.get("method") != "socialaccount":
        return False
    apps = [app for each in settings.SOCIALACCOUNT_PROVIDERS.values() for app in each["APPS"]]
    return any(
        app["provider_id"] == record.get("provider") and app["settings"]["mfa"] for app in apps
    )


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """What we want otherwise than allauth does."""

    def get_totp_issuer(self) -> str:
        """Give what stands beside the code on a telephone."""
        return periods.organisation().name or "Truecost"

    def encrypt(self, text: str) -> str:
        """Encrypt a secret."""
        return cipher(_PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret; of another secret key nothing that a code could be made of."""
        try:
            return cipher(_PURPOSE).decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # nobody knows this one
            return base64.b32encode(Fernet.generate_key()[:20]).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether somebody may switch it off: not where their role needs it."""
        person: Any = authenticator.user
        return not needs(rights_of(person, timezone.now().date()))


class _Once:
    """A code is asked for only so often, and counts once."""

    user: Any
    authenticator: Any

    def clean_code(self) -> str:
        """Look at the code. Raise ValidationError for a wrong one, a used one, or too many."""
        if wait("second factor", self.user.key, _TRIES):
            raise ValidationError("Too many tries. Wait ten minutes, then try again.")
        code: str = super().clean_code()  # type: ignore[misc]  # of the form beside it
        digits = "".join(each for each in code if each.isalnum())
        if self.authenticator.type == "totp" and wait(f"code {digits}", self.user.key, _ONCE):
            raise ValidationError("This code was used. Wait for the next one.")
        limits.forget(("second factor", self.user.key))
        return code


class Authenticate(_Once, forms.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The form of signing in."""


class Reauthenticate(_Once, forms.ReauthenticateForm):  # type: ignore[misc]  # as above
    """The form of showing again who one is."""
