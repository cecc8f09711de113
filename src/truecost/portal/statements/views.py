"""The first pages: home, a statement, its documents. They ask the services and draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from truecost.kernel.money import shown
from truecost.portal.acting import by
from truecost.portal.headers import DOCUMENT_POLICY
from truecost.record.services import papers, periods, reading
from truecost.record.services.permissions import Act, rights_of
from truecost.statements.html import style_sheet

if TYPE_CHECKING:
    from django.http import HttpRequest

_LISTED = 200


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show how the periods stand, and the statements of who is signed in."""
    who = by(request)
    assert who.person is not None  # noqa: S101  the gate's rule
    rights = rights_of(who.person, who.day)
    rows = list(reading.statements(who)[: _LISTED + 1])
    statements = [
        {
            "row": row,
            "amount": shown(row.amount, row.currency),
            "part": row.kind != papers.STATEMENT,
        }
        for row in rows[:_LISTED]
    ]
    content = {
        "periods": periods.known() if rights.may(Act.READ_PERIODS) else None,
        "statements": statements,
        "reads": rights.parts(Act.READ_STATEMENTS) != frozenset(),
        "more": len(rows) > _LISTED,
        "listed": _LISTED,
    }
    return render(request, "portal/home.html", content)


@require_safe
def statement(request: HttpRequest, number: str) -> HttpResponse:
    """Show a statement as it was issued, with what corrects it."""
    row = reading.statement(by(request), number)
    if row is None:
        raise Http404
    content = {
        "row": row,
        # drawn by `statements.html`, which escapes every word of a run
        "page": mark_safe(papers.page(papers.restored(row))),  # noqa: S308
        "forms": sorted(papers.FORMS),
        "corrections": [
            {"row": each, "amount": shown(each.amount, each.currency)}
            for each in reading.corrections(by(request), row)
        ],
    }
    return render(request, "portal/statement.html", content)


@require_safe
def document(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """Give the bytes that were issued, to be kept."""
    row = reading.statement(by(request), number)
    content = reading.document(row, form) if row else None
    if row is None or content is None:
        raise Http404
    response = HttpResponse(content, content_type=papers.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{row.number}.{form}"'
    response["Content-Security-Policy"] = DOCUMENT_POLICY
    return response


@require_safe
@cache_control(max_age=3600, public=True)
def style(_request: HttpRequest) -> HttpResponse:
    """Give the look of statements, which is that of all pages."""
    return HttpResponse(style_sheet(), content_type="text/css; charset=utf-8")
