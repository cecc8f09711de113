"""The overview: one page, drawn from a run's summary, flows and months."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.engine.graph import REMAINDER
from truecost.model.types import Kind
from truecost.portal.acting import by
from truecost.portal.shown import shown
from truecost.record.services import disputes
from truecost.statements import charts, drawings, figures, movements, sparks
from truecost.statements.summary import summary_view
from truecost.statements.summary_pages import headline
from truecost.statements.treemap import HEIGHT, WIDTH, treemap
from truecost.statements.trends import service_months

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from django.http import HttpRequest, HttpResponse
    from markupsafe import Markup

    from truecost.portal.shown import Shown
    from truecost.statements.movements import Moved
    from truecost.statements.summary import Cost, SummaryView
    from truecost.statements.trends import ServiceMonth

_TOLD = 12


@dataclass(frozen=True, slots=True)
class Movement:
    """What moved, and what of that came from where; `node` is "" where there is no such place."""

    cost: Cost
    node: str
    why: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A service's cost of a unit over the months, drawn and in figures."""

    id: str
    name: str
    unit: str
    months: tuple[ServiceMonth, ...]
    first: ServiceMonth
    last: ServiceMonth
    percent: Decimal | None
    line: str


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show a month to leaders."""
    with shown(request) as at:
        if at is None:
            return render(request, "overview/nothing.html", {"title": "Overview"})
        content = {**content_of(at), "disputes": disputes.by_department(by(request))}
        return render(request, "overview/overview.html", content)


def content_of(at: Shown) -> dict[str, Any]:
    """Give what the page says of a month, whoever reads it."""
    view = summary(at)
    trends = trends_of(at, view)
    history = charts.history(view)
    return {
        "at": at,
        "view": view,
        "headline": headline(view),
        "history": history,
        "drawn": history and drawings.months(history),
        "bars": _bars(view),
        "patterns": drawings.PATTERNS,
        "services": moved(at, view.moved, Kind.SERVICE),
        "bills": moved(at, view.bills, Kind.CONSUMER),
        "groups": at.book.once(
            ("treemap", at.period, at.currency),
            lambda: treemap(at.book, at.period, view.services),
        ),
        "box": (WIDTH, HEIGHT),
        "trends": trends[:_TOLD],
        "trends_more": trends[_TOLD:],
        "recovered": sum(each.amount for each in view.recovery),
        "spark": (sparks.WIDTH, sparks.HEIGHT),
    }


def summary(at: Shown) -> SummaryView:
    """Give the summary of what is shown, made once for each run."""
    key = ("summary", at.period, at.currency)
    return at.book.once(key, lambda: summary_view(at.book, at.period, at.currency))


def _bars(view: SummaryView) -> Markup | None:
    blocks = charts.classes(view)
    label = ", ".join(f"{part.name} {part.percent} %" for part in view.classes)
    return drawings.whole(((b.name, b.x, b.width) for b in blocks), label) if blocks else None


def moved(at: Shown, costs: Iterable[Cost], kind: Kind) -> list[Movement]:
    """Give what moved, each with the sources that moved it most."""
    found = []
    for cost in costs:
        node = cost.key if cost.key.startswith(f"{kind} ") else f"{kind} {cost.key}"
        if not cost.charged:
            node = f"{REMAINDER}{cost.key}"
        if not cost.key:
            node = ""
        why = movements.why(at.book, node, at.period, at.currency) if node else ()
        found.append(Movement(cost, node, why))
    return found


def trends_of(at: Shown, view: SummaryView) -> list[Trend]:
    """Give the services that have a cost of a unit, the dearest first."""
    names = {str(row["id"]): row for row in at.book.rows("services", at.period)}
    order = {cost.key: place for place, cost in enumerate(view.services)}
    found = []
    for id_, months in service_months(at.book, at.period, at.currency).items():
        known = [month for month in months if month.each is not None]
        if not known or known[-1].period != at.period:
            continue
        first, last = known[0], known[-1]
        assert first.each is not None and last.each is not None  # noqa: S101, PT018  kept above
        was, now = Fraction(first.each), Fraction(last.each)
        percent = figures.percent(now - was, was)
        row = names[id_]
        line = sparks.points([month.each for month in months])
        found.append(Trend(id_, row["name"], row["unit"], months, first, last, percent, line))
    return sorted(found, key=lambda each: order.get(f"service {each.id}", len(order)))
