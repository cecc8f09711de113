"""The addresses of disputes."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Group, Section
from truecost.portal.disputes import ageing, raising, views
from truecost.record.services.permissions import Act

SECTION = Section("Disputes", "disputes", Act.READ_DISPUTES, Group.DECIDE)
RULES: dict[str, Act | None] = {
    "dispute_raise": Act.DISPUTE,
    "disputes": Act.READ_DISPUTES,
    "dispute": Act.READ_DISPUTES,
    "dispute_evidence": Act.READ_DISPUTES,
    "dispute_act": Act.READ_DISPUTES,
    "disputes_ageing": Act.READ_DISPUTES,
    "disputes_ageing_csv": Act.READ_DISPUTES,
}
urlpatterns = [
    path("statements/<str:number>/dispute", raising.raised, name="dispute_raise"),
    path("disputes", views.listed, name="disputes"),
    path("disputes/ageing", ageing.page, name="disputes_ageing"),
    path("disputes/ageing.csv", ageing.table, name="disputes_ageing_csv"),
    path("disputes/<str:number>", views.shown, name="dispute"),
    path("disputes/<str:number>/evidence.json", views.evidence, name="dispute_evidence"),
    path("disputes/<str:number>/<slug:act>", views.acted, name="dispute_act"),
]
