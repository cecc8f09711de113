"""Services by tower, and each: cost, what drives it, who uses it, rates, over the months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.model.types import Kind
from truecost.portal.acting import by
from truecost.portal.links import linked
from truecost.portal.shown import shown
from truecost.record.services import looking
from truecost.statements import charts, drawings, sparks
from truecost.statements.flows import flows
from truecost.statements.prices import prices
from truecost.statements.trends import service_months

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.portal.shown import Shown
    from truecost.statements.book import Row
    from truecost.statements.trends import ServiceMonth

_NO_TOWER = "Without a tower"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A service in the tree, with its last month and the one before it."""

    row: Row
    now: ServiceMonth
    change: int | None
    line: str


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the services that somebody may read about, by tower."""
    with shown(request) as at:
        if at is None:
            return render(request, "overview/nothing.html", {"title": "Services"})
        mine = looking.services(by(request))
        content = {"at": at, "towers": towers(at, mine), "spark": (sparks.WIDTH, sparks.HEIGHT)}
        return render(request, "trees/services.html", content)


@require_safe
def service(request: HttpRequest, service: str) -> HttpResponse:
    """Show a service."""
    mine = looking.services(by(request))
    if mine is not None and service not in mine:
        raise Http404
    with shown(request) as at:
        if at is None:
            raise Http404
        rows = at.book.rows("services", at.period, id=service)
        if not rows:
            raise Http404
        node = f"{Kind.SERVICE} {service}"
        months = service_months(at.book, at.period, at.currency)[service]
        history = charts.columns(
            tuple((month.period, month.cost) for month in months), at.period, at.currency
        )
        links = linked(request, at)
        flow = flows(at.book, at.period, at.currency)
        content = {
            "at": at,
            "service": rows[0],
            "months": months[::-1],
            "now": months[-1],
            "history": history,
            "drawn": history and drawings.months(history),
            "came": links.came(flow, node),
            "went": links.went(flow, node),
            "place": flow.place(node),
            "prices": prices(at.book, node, at.period, at.currency),
            "flow": links.flow(node),
        }
        return render(request, "trees/service.html", content)


def towers(at: Shown, mine: frozenset[str] | None) -> list[tuple[str, list[Leaf]]]:
    """Give the services that are the reader's by tower, the dearest first."""
    months = service_months(at.book, at.period, at.currency)
    found: dict[str, list[Leaf]] = {}
    for row in at.book.rows("services", at.period):
        id_ = str(row["id"])
        if mine is not None and id_ not in mine:
            continue
        some = months[id_]
        before = [month for month in some if month.period == at.period - 1]
        change = some[-1].cost - before[0].cost if before else None
        line = sparks.points([month.cost for month in some])
        tower = str(row["tower"] or _NO_TOWER)
        found.setdefault(tower, []).append(Leaf(row, some[-1], change, line))
    for some_leaves in found.values():
        some_leaves.sort(key=lambda leaf: (-leaf.now.cost, leaf.row["id"]))
    return sorted(found.items())
