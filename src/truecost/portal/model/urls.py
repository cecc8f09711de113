"""The addresses of the model."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.model import changed, reading
from truecost.record.services.permissions import Act

SECTION = Section("Model", "model", Act.READ_PERIODS)
RULES: dict[str, Act | None] = {"model": Act.READ_PERIODS, "model_changes": Act.READ_PERIODS}
urlpatterns = [
    path("model", reading.model, name="model"),
    path("model/changes", changed.changes, name="model_changes"),
]
