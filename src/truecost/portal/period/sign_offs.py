"""Signing off: what waits for an owner, with its figures against the month before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import TruecostError
from truecost.portal.acting import by
from truecost.portal.period.shared import period_of, reading, refused
from truecost.record.services import looking, people, signing
from truecost.record.services.periods import State
from truecost.statements import locale

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.record.services.acts import By
    from truecost.record.services.signing import Cost, SignOff

_TEMPLATE = "period/sign_offs.html"
_AGREED = "signed off"


@require_safe
def sign_offs(request: HttpRequest) -> HttpResponse:
    """Show what waits for who is signed in, of each period in review."""
    return render(request, _TEMPLATE, {"months": _months(by(request))})


@require_POST
def sign_off(request: HttpRequest, label: str, service: str) -> HttpResponse:
    """Sign a service off on the figures that were shown, or refuse to, for a reason."""
    row = period_of(label)
    said = request.POST
    no = said.get("verdict") == "refuse"
    reason = said.get("reason", "").strip() or ("" if no else _AGREED)
    who = by(request)
    try:
        signing.say(who, row, service, said.get("facts", ""), reason, refused=no)
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, {"months": _months(who)})
    return HttpResponseRedirect(reverse("sign_offs"), status=303)


def _months(who: By) -> list[dict[str, Any]]:
    found = []
    for row in looking.periods(who):
        if row.state != State.REVIEW:
            continue
        with reading(row) as (book, period):
            asked = signing.asked(who, row, book)
            keys = {key for each in asked for key in (each.entry.by, each.entry.refused_by) if key}
            names = people.names(keys)
            found.append(
                {
                    "row": row,
                    "words": locale.month(period),
                    "before": locale.month(period - 1),
                    "waits": sum(not each.entry.settled for each in asked),
                    "asked": [_shown(each, names, row.label) for each in asked],
                }
            )
    return found


def _shown(each: SignOff, names: dict[str, str], label: str) -> dict[str, Any]:
    return {
        "asked": each,
        "costs": [_cost(cost) for cost in each.costs],
        "by": names.get(each.entry.by, each.entry.by),
        "refused_by": names.get(each.entry.refused_by, each.entry.refused_by),
        "link": f"{reverse('service', args=[each.service])}?month={quote(label)}",
    }


def _cost(cost: Cost) -> dict[str, str]:
    moved = "" if cost.before is None else locale.shown(
        cost.now - cost.before, cost.currency, sign=True
    )  # fmt: skip
    was = "–" if cost.before is None else locale.shown(cost.before, cost.currency)
    return {"now": locale.shown(cost.now, cost.currency), "was": was, "moved": moved or "–"}
