"""The addresses of statements."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.statements import less, parts, views
from truecost.record.services.permissions import Act

SECTION = Section("Statements", "home", Act.ENTER)
RULES: dict[str, Act | None] = {
    "home": Act.ENTER,
    "statement": Act.READ_STATEMENTS,
    "document": Act.READ_STATEMENTS,
    "statement_figure": Act.READ_STATEMENTS,
    "statement_counts": Act.READ_STATEMENTS,
    "statement_peers": Act.READ_STATEMENTS,
    "statement_compare": Act.READ_STATEMENTS,
    "statement_later": Act.READ_STATEMENTS,
    "statement_acts": Act.READ_STATEMENTS,
    "statement_less": Act.READ_STATEMENTS,
    "style": None,
}
urlpatterns = [
    path("", views.home, name="home"),
    path("statements/<str:number>", views.statement, name="statement"),
    path("statements/<str:number>/document.<slug:form>", views.document, name="document"),
    path("statements/<str:number>/figure", parts.figure, name="statement_figure"),
    path("statements/<str:number>/counts", parts.behind, name="statement_counts"),
    path("statements/<str:number>/per-head", parts.beside, name="statement_peers"),
    path("statements/<str:number>/compare", parts.compare, name="statement_compare"),
    path("statements/<str:number>/later", parts.later, name="statement_later"),
    path("statements/<str:number>/acts", less.acts, name="statement_acts"),
    path("statements/<str:number>/less", less.what_if, name="statement_less"),
    path("statement.css", views.style, name="style"),
]
