"""The addresses of the period room."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.period import builds
from truecost.record.services.permissions import Act

SECTION = Section("Periods", "builds", Act.READ_PERIODS)
RULES: dict[str, Act | None] = {
    "builds": Act.READ_PERIODS,
    "build_start": Act.RUN_BUILDS,
    "build": Act.READ_PERIODS,
}
urlpatterns = [
    path("period/builds", builds.builds, name="builds"),
    path("period/builds/start", builds.start, name="build_start"),
    path("period/builds/<int:number>", builds.build, name="build"),
]
