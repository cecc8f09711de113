"""The address of the flow of cost."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.flow import views
from truecost.record.services.permissions import Act

SECTION = Section("Cost flow", "flow", Act.READ_PERIODS)
RULES: dict[str, Act | None] = {"flow": Act.READ_PERIODS}
urlpatterns = [path("flow", views.flow, name="flow")]
