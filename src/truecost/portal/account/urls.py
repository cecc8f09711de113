"""The addresses of signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views as account
from django.urls import path

from truecost.portal.account import welcome

if TYPE_CHECKING:
    from truecost.record.services.permissions import Act

RULES: dict[str, Act | None] = {
    "account_login": None,
    "account_logout": None,
    "account_signup": None,
    "welcome": None,
}
urlpatterns = [
    path("sign-in", account.login, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    # allauth asks for this address; the adapter keeps it closed
    path("sign-up", account.signup, name="account_signup"),
    path("welcome/<str:token>", welcome.welcome, name="welcome"),
]
