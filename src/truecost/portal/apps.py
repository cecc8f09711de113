"""The Django app of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal. It has no tables of its own."""

    name = "truecost.portal"
    label = "portal"
