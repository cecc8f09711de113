"""The journal of what was issued: preview, posting, reversal, download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import Finding, ModelError, TruecostError
from truecost.model.load import load
from truecost.portal.acting import by
from truecost.portal.period.shared import may, period_of, reading, refused, told
from truecost.record.services import journals
from truecost.record.services.acts import place, store
from truecost.record.services.periods import State
from truecost.statements import journal_ledger, locale
from truecost.statements.journal import Journal, journal
from truecost.statements.journal_record import restored
from truecost.statements.journal_rows import journal_csv, journal_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from truecost.kernel.periods import Period
    from truecost.model.journal import JournalModel
    from truecost.record.services.acts import By
    from truecost.statements.book import Book
    from truecost.store.journals import Posted

_TEMPLATE = "period/journal.html"
_LISTED = 200
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "beancount": "text/plain; charset=utf-8",
    "hledger": "text/plain; charset=utf-8",
}


@require_safe
def journal_page(request: HttpRequest, label: str) -> HttpResponse:
    """Show the journals of a period: what stands, or what posting would post."""
    return render(request, _TEMPLATE, _content(request, label))


@require_POST
def post(request: HttpRequest, label: str) -> HttpResponse:
    """Post what was issued, in a currency."""
    return _acted(request, label, _post)


@require_POST
def take_back(request: HttpRequest, label: str) -> HttpResponse:
    """Post the reversal of what stands, in a currency."""
    return _acted(request, label, _take_back)


@require_POST
def post_credits(request: HttpRequest, label: str) -> HttpResponse:
    """Post the credit notes by hand that are not posted yet, in a currency."""
    return _acted(request, label, _post_credits)


@require_safe
def download(request: HttpRequest, label: str, sequence: int, form: str) -> HttpResponse:
    """Give a posted journal in a form that ledgers read."""
    row = period_of(label)
    may(request)
    posted = next((each for each in posted_of(row.label) if each.sequence == sequence), None)
    if posted is None or form not in TYPES:
        raise Http404
    answer = HttpResponse(written(posted, form), content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{posted.number}.{form}"'
    return answer


def written(posted: Posted, form: str) -> str:
    """Write a posted journal in one of the forms of `TYPES`."""
    made = restored(posted.journal)
    if form == "csv":
        return journal_csv(made, _model().csv)
    if form == "json":
        return journal_json(made)
    if form == "beancount":
        return journal_ledger.journal_beancount(made)
    return journal_ledger.journal_hledger(made)


def _post(who: By, row: Any, unit: str) -> None:
    journals.post(who, row, _model(), unit)


def _take_back(who: By, row: Any, unit: str) -> None:
    journals.reverse(who, row, unit)


def _post_credits(who: By, row: Any, unit: str) -> None:
    journals.post_credits(who, row, _model(), unit)


def _acted(request: HttpRequest, label: str, act: Callable[[By, Any, str], None]) -> HttpResponse:
    row = period_of(label)
    try:
        act(by(request), row, request.POST.get("currency", ""))
    except TruecostError as error:
        return refused(request, error, _TEMPLATE, _content(request, label))
    return HttpResponseRedirect(reverse("journal", args=[label]), status=303)


def _model() -> JournalModel:
    found = load(place().workspace).journal
    if found is None:
        what = "this workspace does not say how charges are posted"
        raise ModelError(Finding(None, what, "write model/journal.yaml"))
    return found


def posted_of(label: str) -> list[Posted]:
    """Give what was posted for a period, in order: itself, and batches of its credit notes."""
    return [each for each in store().journals.read() if each.period.partition(" ")[0] == label]


def _content(request: HttpRequest, label: str) -> dict[str, Any]:
    row = period_of(label)
    posted = posted_of(label)
    back = {each.reverses for each in posted if each.reverses is not None}
    content: dict[str, Any] = {
        "row": row,
        "may": may(request),
        "forms": sorted(TYPES),
        "posted": [
            {"posted": each, "back": each.sequence in back, "reversal": each.reverses is not None}
            for each in reversed(posted)
        ],
        "faults": [],
        "drafts": [],
    }
    standing = {
        each.currency: each.run
        for each in posted
        if each.period == label and each.reverses is None and each.sequence not in back
    }
    content["standing"] = sorted(standing)
    content["older"] = [unit for unit, run in sorted(standing.items()) if run != row.run_id]
    content["credits"] = _credits(row)
    if row.state != State.ISSUED:
        return content
    units = set(row.statements.values_list("currency", flat=True)) - standing.keys()
    try:
        model = _model() if units else None
        with reading(row) as (book, period):
            for unit in sorted(units):
                assert model is not None  # noqa: S101  read where there is a unit
                content["drafts"].append(_draft(book, model, period, unit))
    except TruecostError as error:
        content["faults"] = told(error.findings)
    return content


def _credits(row: Any) -> list[dict[str, Any]]:
    """Give the credit notes by hand that wait to be posted, by currency."""
    units = row.statements.filter(issue=None).values_list("currency", flat=True)
    found = {unit: journals.unposted(row, unit) for unit in sorted(set(units))}
    if not any(found.values()):
        return []
    with reading(row):
        return [
            {
                "unit": unit,
                "notes": [(each, locale.shown(each.amount, unit)) for each in notes],
                "sum": locale.shown(sum(each.amount for each in notes), unit, sign=True),
            }
            for unit, notes in found.items()
            if notes
        ]


def _draft(book: Book, model: JournalModel, period: Period, unit: str) -> dict[str, Any]:
    """Give what posting would post: drawn once, until the model says it otherwise."""
    key = ("journal", repr(model), period, unit)
    return book.once(key, lambda: _entries(journal(book, model, period, unit)))


def _entries(made: Journal) -> dict[str, Any]:
    """Give the entries of a journal; debit and credit come to the same."""
    rows = [
        {
            "text": transaction.text,
            "account": posting.account,
            "centre": posting.cost_centre,
            "debit": locale.shown(posting.amount, made.currency) if posting.amount > 0 else "",
            "credit": locale.shown(-posting.amount, made.currency) if posting.amount < 0 else "",
        }
        for transaction in made.transactions
        for posting in transaction.postings
    ]
    debit = sum(
        posting.amount
        for transaction in made.transactions
        for posting in transaction.postings
        if posting.amount > 0
    )
    return {
        "unit": made.currency,
        "rows": rows[:_LISTED],
        "more": max(0, len(rows) - _LISTED),
        "debit": locale.shown(debit, made.currency),
        "charged": locale.shown(made.charged, made.currency),
    }
