"""How long disputes wait, as a page and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.kernel.money import plain
from truecost.portal.acting import by
from truecost.portal.spoken import speaking
from truecost.record.services import disputes
from truecost.record.services.disputes import BUCKETS
from truecost.statements.locale import shown
from truecost.statements.safe import defused, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from django.http import HttpRequest

    from truecost.record.services.disputes import Aged, Ageing


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the report."""
    found = disputes.ageing(by(request))
    with speaking():
        return render(request, "disputes/ageing.html", _content(found))


def _content(found: Ageing) -> dict[str, object]:
    return {
        "report": found,
        "together": _row(found.together),
        "buckets": BUCKETS,
        "tables": [
            ("By service", "Service", [_row(each) for each in found.by_service]),
            ("By department", "Department", [_row(each) for each in found.by_department]),
        ],
        "days": "" if found.days is None else _half(found.days),
    }


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """Give the report as CSV: a row for each service and department, and one for all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["by", "name", *BUCKETS, "waiting", "overdue", "amount", "currency"])
    writer.writerows(_rows(disputes.ageing(by(request))))
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="disputes-ageing.csv"'
    return response


def _rows(found: Ageing) -> Iterator[list[str]]:
    groups = (
        ("all", (found.together,)),
        ("service", found.by_service),
        ("department", found.by_department),
    )
    for of, group in groups:
        for each in group:
            counts = [*map(str, each.counts), str(each.count), str(each.overdue)]
            for currency, amount in sorted(each.amounts.items()) or [("", 0)]:
                money = [plain(amount, currency), currency] if currency else ["", ""]
                yield [of, defused(visible(each.name)), *counts, *money]


def _row(each: Aged) -> dict[str, object]:
    amounts = [shown(amount, unit) for unit, amount in sorted(each.amounts.items())]
    return {"aged": each, "amounts": amounts or ["–"]}


def _half(days: Fraction) -> str:
    """Write a median of whole days: `3`, `3½`."""
    return f"{days.numerator // days.denominator}{'½' if days.denominator > 1 else ''}"
