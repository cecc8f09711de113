"""Builds: start one, see how far it is, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.jobs import builds as builds_job
from truecost.record.services import jobs
from truecost.record.services.permissions import Act, rights_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse


@require_safe
def builds(request: HttpRequest) -> HttpResponse:
    """List the last builds; who may, starts one."""
    return _page(request)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a build."""
    said = request.POST.get("first", ""), request.POST.get("last", "")
    try:
        job = builds_job.ask(by(request), *said)
    except UsageError as error:
        return _page(request, [each.what for each in error.findings])
    return HttpResponseRedirect(reverse("build", args=[job]), status=303)


@require_safe
def build(request: HttpRequest, number: int) -> HttpResponse:
    """Show a build; asked for by htmx, only how it is."""
    job = jobs.get(by(request), number)
    if job is None or job.row.kind != jobs.Kind.BUILD:
        raise Http404
    part = request.headers.get("HX-Request") == "true"
    name = "period/job.html" if part else "period/build.html"
    return render(request, name, {"job": job, "address": reverse("build", args=[number])})


def _page(request: HttpRequest, faults: Iterable[str] = ()) -> HttpResponse:
    who = by(request)
    assert who.person is not None  # noqa: S101  the gate's rule
    listed = jobs.known(who, jobs.Kind.BUILD)
    content = {
        "jobs": listed,
        "may_start": rights_of(who.person, who.day).may(Act.RUN_BUILDS),
        "under_way": any(each.under_way for each in listed),
        "faults": list(faults),
        "said": request.POST,
    }
    return render(request, "period/builds.html", content, status=422 if faults else 200)
