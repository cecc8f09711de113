"""The addresses of events and verification."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Group, Section
from truecost.portal.events import chain, verification
from truecost.record.services.permissions import Act

SECTION = Section("Events", "events", Act.READ_EVENTS, Group.RUN)
RULES: dict[str, Act | None] = {
    "events": Act.READ_EVENTS,
    "events_csv": Act.READ_EVENTS,
    "verification": Act.READ_EVENTS,
    "verification_start": Act.VERIFY,
}
urlpatterns = [
    path("events", chain.events_page, name="events"),
    path("events.csv", chain.as_csv, name="events_csv"),
    path("events/verification", verification.verification, name="verification"),
    path("events/verification/start", verification.start, name="verification_start"),
]
