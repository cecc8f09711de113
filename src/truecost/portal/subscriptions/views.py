"""Asking to be told, confirming it, ending it: for anybody; one's own list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.limits import limited
from truecost.record.services import briefings, mail, subscriptions
from truecost.record.services.subscriptions import Topic

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_FIELDS = ("email", "name", "topic", "subject")


def _address(request: HttpRequest) -> str:
    return request.POST.get("email", "").strip().casefold()


@limited("subscribe", "10/h")
@limited("subscribe-to", "5/d", by=_address)
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Show the form; take it, and say what happens next, which is the same for everybody."""
    faults: list[str] = []
    said = {each: request.POST.get(each, request.GET.get(each, "")) for each in _FIELDS}
    if request.method == "POST":
        try:
            subscriptions.ask(by(request), **said)
        except UsageError as error:
            faults = [each.what for each in error.findings]
        else:
            return HttpResponseRedirect(reverse("subscribe_asked"), status=303)
    who = by(request).person
    if who is not None and request.method != "POST":
        said = {**said, "email": who.email or "", "name": who.name}
    content = {**said, "faults": faults, "topics": _topics(who), "delivers": mail.delivers()}
    return render(request, "subscriptions/subscribe.html", content, status=422 if faults else 200)


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Say what happens next."""
    return render(request, "subscriptions/asked.html", {"delivers": mail.delivers()})


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then confirm: programs that open every link of a mail confirm nothing."""
    who = by(request)
    done = request.method == "POST"
    row = subscriptions.confirm(who, token) if done else subscriptions.opened(token, now=who.now)
    return _answer(request, row, "subscriptions/confirm.html", done=done)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then end; mail programs post here by themselves (RFC 8058), and have no token of ours.

    The link itself says who may: it can be had from a mail to the subscriber only.
    """
    done = request.method == "POST"
    row = subscriptions.end(by(request), token) if done else subscriptions.opened(token)
    return _answer(request, row, "subscriptions/end.html", done=done)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List what who is signed in is told of."""
    rows = [
        {"words": subscriptions.words(row), "since": row.confirmed, "token": token}
        for row, token in subscriptions.mine(by(request))
    ]
    return render(request, "subscriptions/mine.html", {"rows": rows})


def _topics(who: object) -> list[Topic]:
    """Give what is offered: briefings to those who read them."""
    briefed = who is not None or briefings.public()
    return [each for each in Topic if briefed or each is not Topic.BRIEFINGS]


def _answer(
    request: HttpRequest, row: subscriptions.Subscription | None, template: str, *, done: bool
) -> HttpResponse:
    if row is None:
        return render(request, "portal/link_used.html", status=404)
    return render(request, template, {"words": subscriptions.words(row), "done": done})
