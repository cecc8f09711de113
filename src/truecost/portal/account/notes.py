"""What allauth tells, as events of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import signals as account
from allauth.mfa import signals as factors
from django.utils import timezone

from truecost.portal import limits as pages
from truecost.record.services import entering, limits
from truecost.record.services.acts import By

if TYPE_CHECKING:
    from django.dispatch import Signal

_NOTED: tuple[tuple[Signal, str], ...] = (
    (account.password_changed, "password changed"),
    (account.password_reset, "password reset by mail"),
    (factors.authenticator_added, "second factor added"),
    (factors.authenticator_removed, "second factor removed"),
    (factors.authenticator_reset, "recovery codes renewed"),
)


def connect() -> None:
    """Let what happens to somebody's ways of signing in be recorded."""
    for signal, what in _NOTED:
        signal.connect(_recorder(what), weak=False, dispatch_uid=f"truecost {what}")
    account.user_logged_in.connect(_forget, dispatch_uid="truecost sign-in")


def _recorder(what: str) -> Any:
    def record(user: Any, **_: Any) -> None:
        entering.noted(By(user, "portal", timezone.now()), what)

    return record


def _forget(request: Any, user: Any, **_: Any) -> None:
    """Begin anew to count the tries at an account: its owner has come in."""
    limits.forget(("sign-in as", f"{user.email} {pages.address(request)}"))
    limits.forget(("sign-in of", user.email or ""))
