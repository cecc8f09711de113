"""Threads under briefings and statements, and the form by which somebody replies."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.limits import limited
from truecost.record.services import briefings, reading, replies
from truecost.record.services.acts import DeniedError
from truecost.record.services.permissions import Act
from truecost.record.services.replies import DEEPEST, State
from truecost.statements.safe import visible

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest

    from truecost.record.services.acts import By
    from truecost.record.services.replies import Post

_WAITS = "Your reply waits for a moderator. It is shown when it is approved."
_SHOWN = "Your reply is there."


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply as the page shows it; `mark` says who speaks for what it is about."""

    key: str
    name: str
    text: str
    moment: dt.datetime
    mark: str
    waits: bool
    gone: str
    answer: bool
    answers: tuple[Entry, ...]


def content(who: By, on: Any, *, open_: bool = True) -> dict[str, Any]:
    """Give what the thread under a briefing or a statement says; `open_` to be replied to."""
    briefing = hasattr(on, "body")
    rights = who.rights
    may = open_ and (who.person is None or rights.may(Act.REPLY))
    address = reverse("briefing_reply" if briefing else "statement_reply", args=[on.pk])
    return {
        "replies": tuple(
            _entries(replies.thread(who, on), may, "the author" if briefing else "IT")
        ),
        "reply_address": address if may else "",
        "moderates": rights.may(Act.MODERATE),
        **_fields(who, {}),
    }


def _address(request: HttpRequest) -> str:
    """Count visitors by the address that they say, beside that of their machine."""
    said = "" if request.user.is_authenticated else request.POST.get("email", "")
    return said.strip().casefold()


@limited("reply", "30/h")
@limited("reply-as", "5/d", by=_address)
@require_http_methods(["GET", "HEAD", "POST"])
def to_briefing(request: HttpRequest, number: str) -> HttpResponse:
    """Reply to a briefing."""
    found = briefings.briefing(by(request), number)
    if found is None:
        raise Http404
    back = reverse("briefing", args=[number])
    return _replied(request, found.row, found.row.title, back)


@limited("reply", "30/h")
@require_http_methods(["GET", "HEAD", "POST"])
def to_statement(request: HttpRequest, number: str) -> HttpResponse:
    """Reply to a statement."""
    row = reading.statement(by(request), number)
    if row is None:
        raise Http404
    back = reverse("statement", args=[number])
    return _replied(request, row, f"{row.number}, {row.period.words}, {row.name}", back)


def _replied(request: HttpRequest, on: Any, title: str, back: str) -> HttpResponse:
    who = by(request)
    if who.person is not None and not who.rights.may(Act.REPLY):
        raise PermissionDenied  # visitors get to what is public only
    said = request.POST if request.method == "POST" else request.GET
    faults: list[str] = []
    if request.method == "POST":
        try:
            made, state = replies.write(
                who, on, said.get("text", ""), key=said.get("key", ""), name=said.get("name", ""),
                email=said.get("email", ""), parent=said.get("to", ""),
            )  # fmt: skip
        except DeniedError:
            raise PermissionDenied from None
        except UsageError as error:
            faults = [each.what for each in error.findings]
        else:
            waits = state is State.WAITING
            messages.info(request, _WAITS if waits else _SHOWN)
            at = "replies" if waits else made.key
            return HttpResponseRedirect(f"{back}#{at}", status=303)
    above = _above(replies.thread(who, on), said.get("to", ""))
    if said.get("to") and above is None and not faults:
        raise Http404
    page = {
        "title": title, "back": back, "faults": faults, "above": above, "reply_address": "",
        **_fields(who, said),
    }  # fmt: skip
    return render(request, "briefings/reply.html", page, status=422 if faults else 200)


def _fields(who: By, said: Any) -> dict[str, Any]:
    person = who.person
    return {
        "name": (person.name if person else "") or said.get("name", ""),
        "email": (person.email if person else "") or said.get("email", ""),
        "known": bool(person and person.name and person.email),
        "text": said.get("text", ""),
        "to": said.get("to", ""),
        "key": said.get("key", "") or secrets.token_urlsafe(24),
    }


def _above(posts: Iterable[Post], key: str) -> Entry | None:
    """Find the reply that is answered."""
    for each in posts:
        if key and each.key == key and each.state is State.SHOWN:
            return next(_entries([each], may=False, whose=""))
        if below := _above(each.answers, key):
            return below
    return None


def _entries(posts: Iterable[Post], may: bool, whose: str) -> Iterator[Entry]:  # noqa: FBT001
    for each in posts:
        gone = ""
        if each.state is State.HIDDEN:
            gone = "A moderator has hidden this reply."
        elif each.text is None:
            gone = "What was written here was erased."
        mark = f"{'Answer from' if each.depth else 'From'} {whose}" if each.speaks else ""
        yield Entry(
            each.key, visible(each.name or ""), lines(each.text or ""), each.moment,
            "" if gone else mark, each.state is State.WAITING, gone,
            may and each.state is State.SHOWN and each.depth < DEEPEST and not gone,
            tuple(_entries(each.answers, may, whose)),
        )  # fmt: skip


def lines(text: str) -> str:
    """Give a text without what is invisible, its lines kept."""
    return "\n".join(visible(line) for line in text.split("\n"))
