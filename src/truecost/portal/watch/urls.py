"""The addresses of health and readiness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from truecost.portal.watch import health

if TYPE_CHECKING:
    from truecost.record.services.permissions import Act

RULES: dict[str, Act | None] = {"health": None, "ready": None}
urlpatterns = [
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
]
