"""What the organisation decided once for all periods."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel import money
from truecost.kernel.findings import TruecostError, UsageError
from truecost.portal.acting import by
from truecost.portal.opened import opened
from truecost.portal.period.shared import rights
from truecost.record.services import periods
from truecost.record.services import rules as service
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_TEMPLATE = "people/rules.html"
_MOST = 10**15
_DIGITS = 6


@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    """Show the rules; who may, changes them."""
    return render(request, _TEMPLATE, _content(request))


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Change the rules, from now on."""
    said = request.POST
    before = service.of(periods.organisation())
    try:
        made = replace(
            before,
            threshold_percent=_whole(said.get("percent", "")),
            threshold=_amount(said.get("threshold", "")),
            two_people=said.get("two_people") == "yes",
            answer_days=_whole(said.get("answer_days", "")),
            answer_working_days=said.get("answer_working_days") == "yes",
            public_briefings=said.get("public_briefings") == "yes",
        )
        service.change(by(request), made)
    except TruecostError as error:
        faults = [each.what for each in error.findings]
        return render(request, _TEMPLATE, {**_content(request), "faults": faults}, status=422)
    return HttpResponseRedirect(reverse("rules"), status=303)


def _content(request: HttpRequest) -> dict[str, Any]:
    found = service.of(periods.organisation())
    return {
        "rules": found,
        "threshold": money.plain(found.threshold, _currency()),
        "currency": _currency(),
        "may_change": rights(request).may(Act.MANAGE_RULES),
    }


def _currency() -> str:
    known = periods.known()
    if not known:
        return "EUR"
    with opened(known[0].run_id) as run:
        return run.book.currency


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or len(text) > _DIGITS:
        raise UsageError(f'"{text[:20]}" is no whole number')
    return int(text)


def _amount(text: str) -> int:
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise UsageError(f'"{text[:20]}" is no amount') from None
    whole = amount.is_finite() and abs(amount) < _MOST
    if not whole or amount.scaleb(money.digits(_currency())) % 1:
        raise UsageError(f'"{text[:20]}" is no amount')
    return money.to_minor(amount, _currency())
