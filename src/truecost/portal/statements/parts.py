"""Parts of a statement's page that look into the run it was drawn from: explained, not issued.

Each is a page of its own, for a browser without script; htmx takes its content into the statement.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.engine.lineage_lines import TOP
from truecost.kernel.findings import TruecostError
from truecost.portal.acting import by
from truecost.portal.opened import opened
from truecost.portal.statements import telling
from truecost.portal.statements.page import DIRECTLY, key_of
from truecost.record.services import papers, reading
from truecost.record.services.acts import place
from truecost.statements import coming, counts, explain_bridge, locale, peers
from truecost.statements.posted import posted
from truecost.statements.views import StatementView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest, HttpResponse

    from truecost.model.types import Driver
    from truecost.portal.opened import OpenedRun
    from truecost.record.services.acts import By
    from truecost.statements.counts import Count
    from truecost.statements.explain import Explanation
    from truecost.statements.lines import StatementLine
    from truecost.statements.posted import Posted

_PAGE = 100
_SERVICES = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that somebody may read, as it was issued, and its run, open."""

    row: Any
    view: StatementView
    run: OpenedRun

    def line(self, key: str) -> StatementLine | None:
        """Give the line of an address, None for the whole statement. Raise Http404."""
        if not key:
            return None
        for line in self.view.lines:
            if key_of(line) == key and not line.ended:
                return line
        raise Http404


@contextmanager
def asked(request: HttpRequest, number: str) -> Iterator[Asked]:
    """Give what a part is asked of. Raise Http404 where it is not there or not the reader's."""
    with asked_by(by(request), number) as found:
        yield found


@contextmanager
def asked_by(who: By, number: str) -> Iterator[Asked]:
    """Give what `asked` gives, for somebody."""
    row = reading.statement(who, number)
    if row is None:
        raise Http404
    view = papers.restored(row)
    if not isinstance(view, StatementView):
        raise Http404
    with opened(row.run_id) as run, locale.speaking(view.locale):
        yield Asked(row, view, run)


def drawn(
    request: HttpRequest, what: str, found: Asked | None, number: str, content: dict[str, Any]
) -> HttpResponse:
    """Draw a part: alone for htmx, in the frame for all others."""
    alone = getattr(request, "htmx", False)
    shared: dict[str, Any] = {
        "base": "statements/alone.html" if alone else "portal/base.html",
        "number": number,
        "level": 3
        if alone
        else 2,  # of headings: in a section of the statement, or under the title
    }
    if found is not None:
        shared |= {"row": found.row, "month": locale.month(found.view.period)}
    response = render(request, f"statements/{what}.html", shared | content)
    response["Vary"] = "HX-Request"
    return response


def untold(request: HttpRequest, number: str, error: TruecostError) -> HttpResponse:
    """Say why the run does not answer; what was issued stays readable."""
    return drawn(request, "untold", None, number, {"reason": error.findings[0].what})


@require_safe
def figure(request: HttpRequest, number: str) -> HttpResponse:
    """Open a figure: who passed the cost on, and the ledger lines that are in it."""
    key, every = request.GET.get("line", ""), "all" in request.GET
    try:
        with asked(request, number) as found:
            line = found.line(key)
            explained = _explained(found, line, every=every)
            content = telling.figure(explained)
            lines = Paginator(content["lines"] or (), _PAGE)
            content |= {
                "key": key, "every": every, "name": line.name if line else found.view.name,
                "charged_amount": locale.shown(
                    line.amount if line else found.view.total, found.view.currency
                ),
                "lines": lines.get_page(request.GET.get("page")) if every else content["lines"],
            }  # fmt: skip
            return drawn(request, "figure", found, number, content)
    except TruecostError as error:
        return untold(request, number, error)


def _explained(found: Asked, line: StatementLine | None, *, every: bool) -> Explanation:
    view = found.view
    service = None if line is None else line.object or DIRECTLY

    def ask() -> Explanation:
        return found.run.inquiry.statement(
            view.consumer, view.period, service=service, currency=view.currency,
            top=None if every else TOP,
        )  # fmt: skip

    key = (view.consumer, view.period, view.currency, service)
    # all lines are many: only the last that were asked for are kept, to be paged
    return found.run.last(key, ask) if every else found.run.book.once(("explained", *key), ask)


@require_safe
def behind(request: HttpRequest, number: str) -> HttpResponse:
    """Show the counts behind a line, or all of them, and where they were read."""
    key = request.GET.get("line", "")
    try:
        with asked(request, number) as found:
            one = found.line(key)
            drivers = {each.name: each for each in found.run.frozen.model.drivers}
            lines = [one] if one else [each for each in found.view.lines if not each.ended]
            content = {
                "key": key,
                "lines": [
                    (each, [telling.count(one) for one in counted(found, drivers, each)])
                    for each in lines
                ],
            }
            return drawn(request, "counts", found, number, content)
    except TruecostError as error:
        return untold(request, number, error)


def counted(found: Asked, drivers: Mapping[str, Driver], line: StatementLine) -> tuple[Count, ...]:
    """Give the counts behind a line; `drivers` are those of the run's model, by name."""
    view = found.view
    return tuple(
        counts.counts(
            found.run.book, drivers, place().workspace, view.consumer, view.period, view.currency,
            line.object,
        )
    )  # fmt: skip


@require_safe
def beside(request: HttpRequest, number: str) -> HttpResponse:
    """Compare with others like it, per head."""
    try:
        with asked(request, number) as found:
            view = found.view
            made = per_head(found)
            content = {"found": telling.per_head(made, view.currency) if made else None}
            return drawn(request, "peers", found, number, content)
    except TruecostError as error:
        return untold(request, number, error)


def per_head(found: Asked) -> peers.PerHead | None:
    """Compare per head with others like it; None where there are too few to compare with."""
    view = found.view
    lines = [(one.object, one.name) for one in view.lines if not one.ended][:_SERVICES]
    return peers.per_head(found.run.book, view.consumer, view.period, view.currency, lines)


@require_safe
def compare(request: HttpRequest, number: str) -> HttpResponse:
    """Compare with a month that the reader chooses."""
    try:
        with asked(request, number) as found:
            view = found.view
            months = [period for period, _ in view.history if period != view.period]
            wanted = request.GET.get("with", "")
            against = next((each for each in months if str(each) == wanted), None)
            content: dict[str, Any] = {
                "months": [(str(each), locale.month(each)) for each in reversed(months)],
                "wanted": wanted,
            }
            if wanted and against is None:
                raise Http404
            if against is not None:
                bridge = explain_bridge.bridge_view(
                    found.run.store, found.run.run, found.run.book, view.consumer, view.period,
                    against, currency=view.currency,
                )  # fmt: skip
                content |= telling.bridge(bridge)
            return drawn(request, "compare", found, number, content)
    except TruecostError as error:
        return untold(request, number, error)


@require_safe
def later(request: HttpRequest, number: str) -> HttpResponse:
    """Say what is coming, and where the bill was posted."""
    try:
        with asked(request, number) as found:
            view, run = found.view, found.run
            content = {
                "rates": coming.rates(view, run.frozen.model.rates),
                "posted": [
                    (each, locale.shown(each.amount, view.currency)) for each in postings(found)
                ],
            }
            return drawn(request, "later", found, number, content)
    except TruecostError as error:
        return untold(request, number, error)


def postings(found: Asked) -> tuple[Posted, ...]:
    """Give where a bill was posted."""
    view, run = found.view, found.run
    book = type(run.book)(run.run, run.store)  # what is posted may be newer
    leaves = run.book.leaves(view.consumer, view.period)
    return posted(book, leaves, view.period, view.currency)
