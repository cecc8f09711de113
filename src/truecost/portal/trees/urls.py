"""The addresses of services and consumers."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.trees import consumers, services
from truecost.record.services.permissions import Act

SECTIONS = (
    Section("Services", "services", Act.READ_SERVICES),
    Section("Consumers", "consumers", Act.READ_STATEMENTS),
)
RULES: dict[str, Act | None] = {
    "services": Act.READ_SERVICES,
    "service": Act.READ_SERVICES,
    "consumers": Act.READ_STATEMENTS,
    "consumer": Act.READ_STATEMENTS,
}
urlpatterns = [
    path("services", services.index, name="services"),
    path("services/<path:service>", services.service, name="service"),
    path("consumers", consumers.index, name="consumers"),
    path("consumers/<path:consumer>", consumers.consumer, name="consumer"),
]
