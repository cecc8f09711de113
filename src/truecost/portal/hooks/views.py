"""Webhooks: made, changed, switched, given another secret; what each was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.record.services import hooks as service
from truecost.record.services.deliveries import Kind

if TYPE_CHECKING:
    from django.http import HttpRequest

_PAGE = 50
_LIST, _ONE, _SECRET = "hooks/hooks.html", "hooks/hook.html", "hooks/secret.html"
_WHOLE = 2**31


@require_safe
def hooks_page(request: HttpRequest) -> HttpResponse:
    """List webhooks, and offer to make one."""
    return _listed(request)


@require_POST
@sensitive_variables("word")
def made(request: HttpRequest) -> HttpResponse:
    """Make a webhook, and show its secret: this once, so the answer is the page itself."""
    try:
        row, word = service.make(by(request), *_said(request))
    except UsageError as error:
        return _listed(request, [str(each) for each in error.findings])
    return render(request, _SECRET, {"row": row, "word": word, "new": True}, status=201)


@require_safe
def hook(request: HttpRequest, number: int) -> HttpResponse:
    """Show a webhook, and what it was told."""
    return _one(request, _found(request, number))


@require_POST
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Change a webhook."""
    row = _found(request, number)
    try:
        service.change(by(request), row, *_said(request))
    except UsageError as error:
        return _one(request, row, [str(each) for each in error.findings])
    return _back(number)


@require_POST
@sensitive_variables("word")
def rotate(request: HttpRequest, number: int) -> HttpResponse:
    """Give a webhook another secret, and show it this once."""
    row = _found(request, number)
    at_once = request.POST.get("at_once") == "yes"
    row, word = service.rotate(by(request), row, at_once=at_once)
    return render(request, _SECRET, {"row": row, "word": word}, status=201)


@require_POST
def switch(request: HttpRequest, number: int) -> HttpResponse:
    """Switch a webhook on, or off."""
    service.switch(by(request), _found(request, number), on=request.POST.get("on") == "yes")
    return _back(number)


@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End a webhook for good."""
    row = _found(request, number)
    if request.POST.get("sure") != "yes":
        return _one(request, row, ["tick that you are sure: it can't be undone"])
    service.end(by(request), row)
    return HttpResponseRedirect(reverse("webhooks"), status=303)


@require_POST
def resend(request: HttpRequest, number: int, delivery: int) -> HttpResponse:
    """Tell a webhook again of what it was told."""
    row = _found(request, number)
    try:
        if delivery >= _WHOLE or service.resend(by(request), row, delivery) is None:
            raise Http404
    except UsageError as error:
        return _one(request, row, [str(each) for each in error.findings])
    return _back(number)


def _said(request: HttpRequest) -> tuple[str, str, list[str]]:
    said = request.POST
    return said.get("name", ""), said.get("url", ""), said.getlist("kind")


def _found(request: HttpRequest, number: int) -> Any:
    row = service.get(by(request), number) if number < _WHOLE else None
    if row is None:
        raise Http404
    return row


def _back(number: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("webhook", args=[number]), status=303)


def _listed(request: HttpRequest, faults: list[str] | None = None) -> HttpResponse:
    rows = service.listed(by(request))
    content = {
        "hooks": [{"row": each, "host": service.host(each)} for each in rows],
        "said": request.POST, "kinds": _kinds(request.POST.getlist("kind")),
        "faults": faults or [],
    }  # fmt: skip
    return render(request, _LIST, content, status=422 if faults else 200)


def _one(request: HttpRequest, row: Any, faults: list[str] | None = None) -> HttpResponse:
    who = by(request)
    page = Paginator(service.deliveries(who, row), _PAGE).get_page(request.GET.get("page"))
    changing = "kind" in request.POST or "url" in request.POST
    name, url, kinds = _said(request) if changing else (row.name, row.url, row.kinds.split())
    content = {
        "row": row, "page": page, "deliveries": list(page), "faults": faults or [],
        "said": {"name": name, "url": url}, "kinds": _kinds(kinds),
        "beside": row.before and row.before_until and row.before_until > who.now,
    }  # fmt: skip
    return render(request, _ONE, content, status=422 if faults else 200)


def _kinds(chosen: list[str]) -> list[dict[str, Any]]:
    return [{"word": str(each), "chosen": each in chosen} for each in Kind]
