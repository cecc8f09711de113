"""Runs: which there are, what differs between two per department, putting one under review."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.engine.proof import LEDGER
from truecost.kernel.findings import TruecostError, UsageError
from truecost.portal.acting import by
from truecost.portal.jobs import months
from truecost.portal.period.shared import may, refused
from truecost.record.services import periods
from truecost.record.services.acts import store
from truecost.record.services.checklist import currencies
from truecost.statements import charged, locale
from truecost.statements.book import Book

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.kernel.periods import Period
    from truecost.store.run import Run

_TEMPLATE = "period/runs.html"
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """What two runs charge a consumer ("" for all together) in a currency; minor units."""

    consumer: str
    name: str
    unit: str
    was: int
    now: int

    @property
    def by(self) -> int:
        """By how much they differ."""
        return self.now - self.was


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the last runs; with two of them and a period, what differs."""
    content = _content(request)
    try:
        content |= _compared(request)
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, content)
    return render(request, _TEMPLATE, content)


@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """Have a run of a period put under review; the worker checks it first."""
    said = request.POST
    try:
        job = months.ask_review(by(request), said.get("period", ""), said.get("run", ""))
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, _content(request))
    return HttpResponseRedirect(reverse("month_job", args=job), status=303)


def _content(request: HttpRequest) -> dict[str, Any]:
    found = store().readable()[:_LISTED]
    under = periods.known()
    listed = [_listed(run) for run in found]
    return {
        "runs": listed,
        "under": {row.run_id: row.label for row in reversed(under)},
        "periods": listed[0]["periods"] if listed else [],
        "may": may(request),
        "asked": request.GET if request.method == "GET" else request.POST,
    }


def _listed(run: Run) -> dict[str, Any]:
    """Give what a run's manifest says, without its tables."""
    sums: dict[str, int] = {}
    for row in run.manifest["proof"]:
        if row["side"] == LEDGER:
            sums[row["currency"]] = sums.get(row["currency"], 0) + row["amount"]
    indexes = sorted({row["period"] for row in run.manifest["proof"]})
    with locale.speaking(str(run.manifest["workspace"].get("locale", ""))):
        totals = [locale.shown(amount, unit) for unit, amount in sorted(sums.items())]
    return {
        "id": run.id,
        "saved": dt.datetime.fromtimestamp(run.folder.stat().st_mtime, dt.UTC),
        "periods": [str(run.calendar.period(each)) for each in reversed(indexes)],
        "totals": totals,
        "rejected": sum(int(each["rejected"]) for each in run.manifest["sources"]),
    }


def _compared(request: HttpRequest) -> dict[str, Any]:
    """Give per consumer and currency what two runs charge in a period, where it differs."""
    old_id, new_id = request.GET.get("old", ""), request.GET.get("new", "")
    label = request.GET.get("period", "")
    if not (old_id and new_id and label):
        return {}
    opened = store()
    old, new = (Book.of(opened.run(each), opened) for each in (old_id, new_id))
    try:
        period = new.calendar.parse(label)
    except ValueError as error:
        raise UsageError(str(error)) from None
    rows, sums = compared(old, new, period)
    with locale.speaking(new.locale):
        return {
            "differences": [_told(each) for each in rows],
            "sums": [_told(each) for each in sums],
            "compared": period.words,
        }


def compared(
    old: Book, new: Book, period: Period
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Give what differs by consumer, the most first; and by currency what all come to.

    Raise UsageError for a period that a run does not have.
    """
    for book in (old, new):
        book.check_period(period)
    names = {node.id: node.name for book in (old, new) for node in book.tree(period)}
    rows: list[Difference] = []
    sums = []
    for unit in dict.fromkeys((*currencies(new, period), *currencies(old, period))):
        was, now = (charged.totals(book, period, unit) for book in (old, new))
        every = [
            Difference(each, names.get(each, each), unit, was.get(each, 0), now.get(each, 0))
            for each in sorted(was.keys() | now.keys())
        ]
        rows += [each for each in every if each.by]
        sums.append(Difference("", unit, unit, sum(was.values()), sum(now.values())))
    return tuple(sorted(rows, key=lambda each: -abs(each.by))), tuple(sums)


def _told(each: Difference) -> dict[str, Any]:
    return {
        "name": each.name,
        "unit": each.unit,
        "was": locale.shown(each.was, each.unit),
        "now": locale.shown(each.now, each.unit),
        "moved": locale.shown(each.by, each.unit, sign=True),
        "by": each.by,
    }
