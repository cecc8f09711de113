"""A period: its checklist with decisions, closing it, opening it again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import TruecostError, UsageError
from truecost.portal.acting import by
from truecost.portal.period.shared import may, period_of, refused
from truecost.record.services import people, periods
from truecost.record.services.checklist import Item
from truecost.record.services.periods import State

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.record.services.checklist import Entry

_TEMPLATE = "period/room.html"
_TITLES = {
    Item.SOURCES: "Sources are complete",
    Item.REJECTS: "Refused lines are decided",
    Item.RECONCILED: "All reconciles",
    Item.UNMAPPED: "Nothing is without a place",
    Item.VARIANCE: "Large changes are reviewed",
    Item.SIGN_OFF: "Service owners have signed off",
}
_BETWEEN = "\x1f"  # stands in no subject


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
        chosen = [_chosen(each) for each in request.POST.getlist("entry")]
        if not chosen:
            raise UsageError("tick what the reason is for")
        periods.decide(by(request), row, chosen, request.POST.get("reason", ""))
    except TruecostError as error:
        content = {**_content(request, label), "reason": request.POST.get("reason", "")}
        content["ticked"] = frozenset(request.POST.getlist("entry"))
        return refused(request, error, _TEMPLATE, content)
    return _back(label)


@require_POST
def close(request: HttpRequest, label: str) -> HttpResponse:
    """Close the period by the run in review."""
    row = period_of(label)
    try:
        periods.close(by(request), row, history=bool(request.POST.get("history")))
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, _content(request, label))
    return _back(label)


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


def _chosen(text: str) -> tuple[Item, str]:
    item, _, about = text.partition(_BETWEEN)
    if item not in set(Item):
        raise UsageError("the checklist has no such entry: look again")
    return Item(item), about


def _content(request: HttpRequest, label: str) -> dict[str, Any]:
    row = period_of(label)
    found = periods.entries(row) if row.state == State.REVIEW else ()
    names = people.names({each.by for each in found if each.by} | {row.closer})
    entries = {
        item: [_shown(each, names) for each in some]
        for item, some in groupby(found, key=lambda each: each.item)
    }
    return {
        "row": row,
        "state": row.state,
        "closer": names.get(row.closer, row.closer),
        "checks": [
            {"title": title, "item": item, "entries": entries.get(item, [])}
            for item, title in _TITLES.items()
        ],
        "waiting": sum(not each.settled for each in found),
        "decidable": any(each.decidable and not each.settled for each in found),
        "may": may(request),
        "ticked": frozenset(),
    }


def _shown(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    return {
        "entry": entry,
        "key": f"{entry.item}{_BETWEEN}{entry.subject}",
        "by": names.get(entry.by, entry.by),
    }
