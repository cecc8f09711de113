"""The addresses of tokens."""

from __future__ import annotations

from django.urls import path

from truecost.portal.tokens import views
from truecost.record.services.permissions import Act

RULES: dict[str, Act | None] = {
    "tokens": Act.ENTER,
    "token_made": Act.ENTER,
    "token_revoke": Act.ENTER,
}
urlpatterns = [
    path("tokens", views.tokens, name="tokens"),
    path("tokens/made", views.made, name="token_made"),
    path("tokens/<int:number>/revoke", views.revoke, name="token_revoke"),
]
