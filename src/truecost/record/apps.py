"""The Django app of the record; its triggers are laid again after every migration."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordConfig(AppConfig):
    """The system of record."""

    name = "truecost.record"
    label = "record"
    verbose_name = "Record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lay the triggers whenever migrations have run: rebuilding a table drops them."""
        from truecost.record import guards  # noqa: PLC0415  models are there only now

        post_migrate.connect(guards.after_migrate, sender=self)
