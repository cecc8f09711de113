"""A period: its checklist with decisions, closing it, opening it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import TruecostError, UsageError
from truecost.portal.acting import by
from truecost.portal.jobs import months
from truecost.portal.period import checks
from truecost.portal.period.shared import may, period_of, reading, refused
from truecost.record.services import jobs, people, periods
from truecost.record.services.periods import State

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


_TEMPLATE = "period/room.html"
_JOBS = {str(jobs.Kind.REVIEW): "Putting under review", str(jobs.Kind.CLOSE): "Closing"}


@require_safe
def known(request: HttpRequest) -> HttpResponse:
    """List the periods of the record."""
    content = {"periods": periods.known(), "may": may(request)}
    return render(request, "period/periods.html", content)


@require_safe
def room(request: HttpRequest, label: str) -> HttpResponse:
    """Show how a period stands, and what closing it still asks."""
    return render(request, _TEMPLATE, _content(request, label))


@require_POST
def decide(request: HttpRequest, label: str) -> HttpResponse:
    """Settle the entries that are ticked, for one reason."""
    row = period_of(label)
    try:
        chosen = checks.chosen(row, *map(request.POST.getlist, ("all", "entry")))
        if not chosen:
            raise UsageError("tick what the reason is for")
        seen = {key: facts for key, facts in chosen.items() if facts}
        periods.decide(by(request), row, chosen, request.POST.get("reason", ""), seen=seen)
    except TruecostError as error:
        content = {**_content(request, label), "reason": request.POST.get("reason", "")}
        content["ticked"] = frozenset(request.POST.getlist("entry") + request.POST.getlist("all"))
        return refused(request, error, _TEMPLATE, content)
    return _back(label)


@require_POST
def close(request: HttpRequest, label: str) -> HttpResponse:
    """Have the period closed by the run in review; the worker does it."""
    period_of(label)
    try:
        job = months.ask_close(by(request), label, history=bool(request.POST.get("history")))
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, _content(request, label))
    return HttpResponseRedirect(reverse("month_job", args=[label, job]), status=303)


@require_safe
def job_page(request: HttpRequest, label: str, number: int) -> HttpResponse:
    """Show how far reviewing or closing is; asked for by htmx, only that, and at its end the room.

    A period that is put under review for the first time is not known to the record yet.
    """
    job = jobs.get(by(request), number)
    if job is None or job.row.kind not in _JOBS or job.row.subject != label:
        raise Http404
    address = reverse("month_job", args=[label, number])
    content = {"label": label, "job": job, "address": address, "title": _JOBS[job.row.kind]}
    if request.headers.get("HX-Request") != "true":
        return render(request, "period/month_job.html", content)
    answer = render(request, "period/job.html", content)
    if job.row.state == jobs.JobState.DONE:
        answer["HX-Redirect"] = reverse("room", args=[label])
    return answer


@require_POST
def reopen(request: HttpRequest, label: str) -> HttpResponse:
    """Open a closed or issued period again, for a reason."""
    row = period_of(label)
    try:
        periods.reopen(by(request), row, request.POST.get("reason", ""))
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, _content(request, label))
    return _back(label)


def _back(label: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("room", args=[label]), status=303)


def _content(request: HttpRequest, label: str) -> dict[str, Any]:
    row = period_of(label)
    who = by(request)
    found = []
    if row.state != State.OPEN:
        with reading(row) as (book, period):
            found = checks.shown(who, row, book, period)
    names = people.names({row.closer} if row.closer else ())
    return {
        "row": row,
        "job": jobs.latest(who, (jobs.Kind.REVIEW, jobs.Kind.CLOSE), label),
        "state": row.state,
        "closer": names.get(row.closer, row.closer),
        "checks": found,
        "waiting": sum(each["waits"] for each in found),
        "decidable": any(
            each["may"] and each["entry"].decidable and not each["entry"].settled
            for check in found
            for each in check["entries"]
        ),
        "may": may(request),
        "ticked": frozenset(),
    }
