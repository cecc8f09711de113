"""The addresses of statements."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.statements import views
from truecost.record.services.permissions import Act

SECTION = Section("Statements", "home", Act.ENTER)
RULES: dict[str, Act | None] = {
    "home": Act.ENTER,
    "statement": Act.READ_STATEMENTS,
    "document": Act.READ_STATEMENTS,
    "style": None,
}
urlpatterns = [
    path("", views.home, name="home"),
    path("statements/<str:number>", views.statement, name="statement"),
    path("statements/<str:number>/document.<slug:form>", views.document, name="document"),
    path("statement.css", views.style, name="style"),
]
