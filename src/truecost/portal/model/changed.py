"""What changed in the model between two months or runs, and what that did to each department."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.kernel.findings import TruecostError
from truecost.portal.acting import by
from truecost.portal.shown import shown
from truecost.record.services import looking
from truecost.statements import locale
from truecost.statements.book import Book
from truecost.statements.explain_model import model_view, not_applied
from truecost.statements.model_read import changes as changes_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.kernel.periods import Period
    from truecost.portal.shown import Shown
    from truecost.statements.explain_model import ModelView
    from truecost.store.run import Run


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Show the difference; what it did to departments where that is asked for."""
    with shown(request) as at:
        if at is None:
            return render(request, "overview/nothing.html", {"title": "Model"})
        earlier = _earlier(request, at)
        against = _against(request, at, earlier)
        content: dict[str, Any] = {
            "at": at, "against": against, "earlier": earlier,
            "months": [month for month in _months(earlier) if month <= at.period],
            "runs": looking.runs_to_compare(by(request)),
            "keep": {}, "fault": "", "changes": (), "asked": bool(request.GET.get("effects")),
        }  # fmt: skip
        if against is not None:
            try:
                content["changes"] = at.book.once(
                    ("model changes", at.period, earlier.id, against),
                    lambda: changes_of(at.run, at.period, earlier, against),
                )
            except TruecostError as error:
                content["fault"] = str(error)
    # computed with no run held: it takes seconds, and others read meanwhile
    with locale.speaking(at.book.locale):
        if against is not None and content["asked"] and not content["fault"]:
            try:
                view = _effects(_Asked(at, earlier), at.period, against, at.currency)
            except TruecostError as error:
                content["fault"] = str(error)
            else:
                content["view"] = view
                content["together"] = sum(amount for *_, amount in view.effects)
                if not view.applied:
                    content["fault"] = not_applied(at.period, against, view.reason)
        return render(request, "model/changes.html", content)


class _Asked:
    """What is asked about, the same where both runs are."""

    def __init__(self, at: Shown, earlier: Run) -> None:
        self.store, self.run, self.earlier = at.store, at.run, earlier
        self._key = (at.run.folder, at.run.sha256, earlier.sha256)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._key == other._key


@lru_cache(maxsize=32)
def _effects(asked: _Asked, period: Period, against: Period, currency: str) -> ModelView:
    run, earlier = asked.run, asked.earlier
    other = None if earlier.sha256 == run.sha256 else earlier
    book = Book(run, asked.store)
    return model_view(asked.store, run, book, period, against, currency=currency, earlier=other)


def _earlier(request: HttpRequest, at: Shown) -> Run:
    """Give the run to compare with: one that is named, or else that of the month compared with."""
    who = by(request)
    wanted = request.GET.get("other", "")
    if wanted:
        found = [run for run in looking.runs_to_compare(who) if run.id == wanted]
        if not found:
            raise Http404
        return found[0]
    label = request.GET.get("against") or str(at.period - 1)
    row = next((each for each in looking.periods(who) if each.label == label), None)
    if at.latest or row is None or row.run_id == at.run.id:
        return at.run
    return looking.run_of(row)


def _months(run: Run) -> tuple[Period, ...]:
    return Book.of(run).periods


def _against(request: HttpRequest, at: Shown, earlier: Run) -> Period | None:
    """Give the month to compare with: the month before, or the same of another run."""
    months = _months(earlier)
    label = request.GET.get("against")
    if not label:
        default = at.period if earlier.id != at.run.id else at.period - 1
        return default if default in months else None
    found = next((month for month in months if str(month) == label), None)
    if found is None or found > at.period:
        raise Http404
    return found
