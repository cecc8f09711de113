"""The Django app of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal. It has no tables of its own."""

    name = "truecost.portal"
    label = "portal"

    def ready(self) -> None:
        """Let what people do to their ways of signing in be recorded."""
        from truecost.portal.account import notes  # noqa: PLC0415  models are there only now

        notes.connect()
