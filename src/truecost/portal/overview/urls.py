"""The address of the overview."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.overview import views
from truecost.record.services.permissions import Act

SECTION = Section("Overview", "overview", Act.READ_PERIODS)
RULES: dict[str, Act | None] = {"overview": Act.READ_PERIODS}
urlpatterns = [path("overview", views.overview, name="overview")]
