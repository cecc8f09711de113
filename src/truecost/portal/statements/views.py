"""The first pages: home, a statement, its documents. They ask the services and draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from truecost.portal.acting import by
from truecost.portal.briefings import replying
from truecost.portal.headers import DOCUMENT_POLICY
from truecost.portal.spoken import speaking
from truecost.portal.statements import page
from truecost.record.services import disputes, papers, periods, reading
from truecost.record.services.permissions import Act, rights_of
from truecost.statements.csv import statement_csv
from truecost.statements.html import style_sheet
from truecost.statements.locale import shown
from truecost.statements.views import StatementView

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
    with speaking() as month:
        statements = [
            {
                "row": row,
                "month": month(row.period),
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
    """Show a statement as it was issued, with what corrects it, and doors into its figures."""
    who = by(request)
    row = reading.statement(who, number)
    if row is None:
        raise Http404
    view = papers.restored(row)
    corrected = reading.corrections(who, row)
    content: dict[str, Any] = {
        "row": row,
        "view": view,
        "number": row.number,
        "forms": sorted(papers.FORMS),
        "corrections": [
            {"row": each, "amount": shown(each.amount, each.currency)} for each in corrected
        ],
    }
    content |= replying.content(who, row)
    if not isinstance(view, StatementView):
        # drawn by `statements.html`, which escapes every word of a run
        content["page"] = mark_safe(papers.page(view))  # noqa: S308
        return render(request, "statements/correction.html", content)
    content |= page.issued(view)
    content["cases"] = disputes.open_for(who, row)
    if corrected:
        content["net"] = shown(row.amount + sum(each.amount for each in corrected), row.currency)
    return render(request, "statements/statement.html", content)


@require_safe
def document(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """Give the bytes that were issued, to be kept; or their rows as CSV, drawn of the same view."""
    row = reading.statement(by(request), number)
    if row is None:
        raise Http404
    if form == "csv":
        view = papers.restored(row)
        if not isinstance(view, StatementView):
            raise Http404
        response = HttpResponse(statement_csv(view), content_type="text/csv; charset=utf-8")
    else:
        content = reading.document(row, form)
        if content is None:
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
