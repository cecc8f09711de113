"""Everybody, and what an administrator does: invite, give and take roles, shut out, erase."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import TruecostError, UsageError
from truecost.portal.acting import by
from truecost.portal.opened import opened
from truecost.record.services import grants, mail, people, periods
from truecost.record.services.permissions import SCOPED, Role

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

_LIST, _ONE = "people/people.html", "people/person.html"


@require_safe
def people_page(request: HttpRequest) -> HttpResponse:
    """List everybody with their roles; a form to invite."""
    return render(request, _LIST, _everybody(request))


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody, and show the link this once."""
    said = request.POST
    try:
        role, scope = _role(said)
        person, token = people.invite(
            by(request), said.get("email", ""), said.get("name", ""), role, scope
        )
    except TruecostError as error:
        faults = [each.what for each in error.findings]
        content = {**_everybody(request), "faults": faults}
        return render(request, _LIST, content, status=422)
    return _with_link(request, person, token)


@require_safe
def person(request: HttpRequest, key: str) -> HttpResponse:
    """Show somebody with their roles, and what may be done."""
    return render(request, _ONE, _one(request, key))


@require_POST
def act(request: HttpRequest, key: str, act: str) -> HttpResponse:
    """Do one of the acts on somebody: grant, link, shut-out, let-in, erase."""
    found = _found(request, key)
    who, said = by(request), request.POST
    try:
        if act == "grant":
            role, scope = _role(said)
            days = {f"{each}_day": _day(said.get(each, "")) for each in ("from", "until")}
            grants.grant(who, found, role, scope, **days)
        elif act == "link":
            return _with_link(request, found, people.invite_again(who, found))
        elif act in {"shut-out", "let-in"}:
            people.shut_out(who, found, out=act == "shut-out")
        elif act == "erase":
            if said.get("sure") != "yes":
                raise UsageError("tick that you are sure: erasing can't be undone")
            people.erase(who, found)
            return HttpResponseRedirect(reverse("people"), status=303)
        else:
            raise Http404
    except TruecostError as error:
        faults = [each.what for each in error.findings]
        return render(request, _ONE, {**_one(request, key), "faults": faults}, status=422)
    return HttpResponseRedirect(reverse("person", args=[key]), status=303)


def _with_link(request: HttpRequest, found: Any, token: str) -> HttpResponse:
    """Show a link once: only its hash is kept, so it can't be shown again."""
    link = request.build_absolute_uri(reverse("welcome", args=[token]))
    content = {"link": link, "found": found, "mailed": mail.delivers()}
    return render(request, "people/link.html", content, status=201)


def _everybody(request: HttpRequest) -> dict[str, Any]:
    return {"people": people.listed(by(request)), "said": request.POST, **choices()}


def _found(request: HttpRequest, key: str) -> Any:
    found = people.by_key(by(request), key)
    if found is None:
        raise Http404
    return found


def _one(request: HttpRequest, key: str) -> dict[str, Any]:
    return {"found": _found(request, key), "said": request.POST, **choices()}


def choices() -> dict[str, Any]:
    """Give the roles, and the parts that they may be over: of the run looked at last."""
    content: dict[str, Any] = {
        "roles": [str(each) for each in Role],
        "scoped": dict(SCOPED),
        "consumers": [],
        "services": [],
    }
    known = periods.known()
    if known:
        with opened(known[0].run_id) as run:
            period = run.book.calendar.period(known[0].index)
            content["consumers"] = [
                (node.id, f"{'– ' * node.depth}{node.name}") for node in run.book.tree(period)
            ]
            named = ((row["id"], row["name"]) for row in run.book.rows("services", period))
            content["services"] = sorted(named, key=lambda each: str(each[1]).casefold())
    return content


def _role(said: QueryDict) -> tuple[Role, str]:
    """Read a role and the part that it is over, which is chosen by what the role is over."""
    try:
        role = Role(said.get("role", ""))
    except ValueError:
        raise UsageError("choose a role") from None
    return role, said.get(SCOPED[role], "").strip() if role in SCOPED else ""


def _day(text: str) -> dt.date | None:
    return day(text) if text.strip() else None


def day(text: str) -> dt.date:
    """Read a day as browsers write it. Raise UsageError for another word."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError("write a day as 2026-03-31") from None
