"""The list of disputes, and one of them, with what may be done to it."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.kernel.money import plain
from truecost.portal.acting import by
from truecost.portal.disputes import shown as words
from truecost.portal.spoken import speaking
from truecost.record.services import disputes, reading
from truecost.record.services.acts import DeniedError
from truecost.record.services.disputes import State, Whose

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, QueryDict

    from truecost.record.services.acts import By
    from truecost.record.services.disputes import Case

_LISTED = 200
_WHOSE = {Whose.ALL: "All", Whose.MINE: "Raised by me", Whose.SERVICES: "For me to answer"}


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List disputes: whose (`?whose=`), in which state (`?state=`)."""
    whose = request.GET.get("whose", "")
    state = request.GET.get("state", "")
    chosen = Whose(whose) if whose in set(Whose) else Whose.ALL
    states = [State(state)] if state in set(State) else []
    found = disputes.cases(by(request), chosen, states, most=_LISTED + 1)
    content: dict[str, object] = {
        "more": len(found) > _LISTED,
        "listed": _LISTED,
        "whose": _WHOSE.items(),
        "chosen": chosen,
        "states": list(State),
        "state": states[0] if states else "",
    }
    with speaking() as month:
        content["cases"] = [(case, month(case.row.statement.period)) for case in found[:_LISTED]]
        return render(request, "disputes/list.html", content)


@require_safe
def shown(request: HttpRequest, number: str) -> HttpResponse:
    """Show one dispute: its thread, its evidence, what may be done."""
    who = by(request)
    return _page(request, who, _found(who, number))


@require_safe
def evidence(request: HttpRequest, number: str) -> HttpResponse:
    """Give the evidence as it was kept."""
    who = by(request)
    found = _found(who, number)
    response = HttpResponse(
        disputes.evidence_of(who, found.row), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return response


@require_POST
def acted(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do what somebody chose, and go back to the dispute; or show it with what was refused."""
    do = _ACTS.get(act)
    who = by(request)
    found = _found(who, number)
    if do is None:
        raise Http404
    try:
        do(who, found, request.POST)
    except (DeniedError, UsageError) as error:
        status = 403 if isinstance(error, DeniedError) else 422
        faults = [each.what for each in error.findings]
        return _page(request, who, found, faults, status)
    return HttpResponseRedirect(reverse("dispute", args=[number]), status=303)


def _found(who: By, number: str) -> Case:
    found = disputes.case(who, number)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, who: By, found: Case, faults: list[str] | None = None, status: int = 200
) -> HttpResponse:
    with speaking() as month:
        content = _content(who, found, faults, request.POST)
        content["month"] = month(found.row.statement.period)
        return render(request, "disputes/one.html", content, status=status)


def _content(who: By, found: Case, faults: list[str] | None, typed: QueryDict) -> dict[str, object]:
    kept = json.loads(disputes.evidence_of(who, found.row))
    proposed = found.row.amount if found.proposed is None else found.proposed
    return {
        "case": found,
        "row": found.row,
        "entries": words.entries(disputes.thread(who, found.row), found),
        "evidence": words.evidence(kept, found.currency),
        "owners": disputes.owners(who, found.row),
        "may": disputes.may(who, found),
        "reads": reading.statements(who).filter(number=found.row.statement_id).exists(),
        "give": "" if proposed is None else plain(proposed, found.currency),
        "key": secrets.token_urlsafe(24),
        "faults": faults,
        "typed": typed,
    }


def _say(who: By, found: Case, said: QueryDict) -> None:
    disputes.say(who, found.row, said.get("text", ""), key=said.get("key", ""))


def _answer(who: By, found: Case, said: QueryDict) -> None:
    proposed = words.amount_of(said.get("amount", ""), found.currency)
    disputes.answer(who, found.row, said.get("text", ""), proposed)


def _accept(who: By, found: Case, said: QueryDict) -> None:
    amount = words.amount_of(said.get("amount", ""), found.currency)
    disputes.accept(who, found.row, said.get("reason", ""), amount)


def _reject(who: By, found: Case, said: QueryDict) -> None:
    disputes.reject(who, found.row, said.get("reason", ""))


def _withdraw(who: By, found: Case, _said: QueryDict) -> None:
    disputes.withdraw(who, found.row)


_ACTS: dict[str, Callable[[By, Case, QueryDict], None]] = {
    "say": _say,
    "answer": _answer,
    "accept": _accept,
    "reject": _reject,
    "withdraw": _withdraw,
}
