"""What will be issued, issuing it, and what was issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import TruecostError
from truecost.portal.acting import by
from truecost.portal.jobs import papers as papers_job
from truecost.portal.period.shared import may, period_of, reading, refused
from truecost.record.services import issuing, jobs, papers, segregation
from truecost.record.services import reading as readers
from truecost.record.services.periods import State
from truecost.statements import locale

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.record.services.acts import By

_TEMPLATE = "period/issue.html"
_PAGE = 50


@require_safe
def issue(request: HttpRequest, label: str) -> HttpResponse:
    """Show what will be issued, and what was."""
    return render(request, _TEMPLATE, _content(request, label))


@require_POST
def start(request: HttpRequest, label: str) -> HttpResponse:
    """Have a closed period issued; the worker does it."""
    row = period_of(label)
    who = by(request)
    try:
        number = ask(who, row)
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, _content(request, label))
    return HttpResponseRedirect(reverse("issuing", args=[label, number]), status=303)


def ask(who: By, row: Any) -> int:
    """Have the worker issue a closed period; give the number of the job.

    Raise DeniedError for who kept its figures, UsageError where it is under way.
    """
    if row.state == State.CLOSED:
        segregation.need_another(who, row)
    return papers_job.ask_issue(who, str(row.label))


@require_safe
def issuing_page(request: HttpRequest, label: str, number: int) -> HttpResponse:
    """Show how far issuing is; asked for by htmx, only that."""
    row = period_of(label)
    job = jobs.get(by(request), number)
    if job is None or job.row.kind != jobs.Kind.ISSUE or job.row.subject != label:
        raise Http404
    part = request.headers.get("HX-Request") == "true"
    address = reverse("issuing", args=[label, number])
    name = "period/job.html" if part else "period/issuing.html"
    return render(request, name, {"row": row, "job": job, "address": address})


def _content(request: HttpRequest, label: str) -> dict[str, Any]:
    row = period_of(label)
    who = by(request)
    content: dict[str, Any] = {
        "row": row,
        "may": may(request),
        "deed": segregation.deed(row, who.key),
        "last": next(iter(jobs.known(who, jobs.Kind.ISSUE, 1, label)), None),
    }
    if row.state == State.CLOSED:
        with reading(row) as (book, _):
            content["planned"] = [
                {
                    "unit": each.currency,
                    "statements": each.statements,
                    "amount": locale.shown(each.amount, each.currency),
                    "supplements": each.supplements,
                    "more": locale.shown(each.more, each.currency, sign=True),
                    "credits": each.credits,
                    "less": locale.shown(each.less, each.currency, sign=True),
                }
                for each in issuing.planned(who, row, book)
            ]
    found = readers.statements(who).filter(period=row)
    pages = Paginator(found, _PAGE)
    page = pages.get_page(request.GET.get("page"))
    with locale.speaking(_locale(row)):
        content["statements"] = [
            {"row": each, "amount": locale.shown(each.amount, each.currency)} for each in page
        ]
    content |= {"page": page, "forms": sorted(papers.FORMS)}
    return content


def _locale(row: Any) -> str:
    with reading(row) as (book, _):
        return book.locale
