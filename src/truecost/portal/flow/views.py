"""The flow of a month: the whole, or one node with all that enters and leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.portal.links import Line, Link, linked
from truecost.portal.shown import shown
from truecost.statements import streams
from truecost.statements.flows import LAYERS, flows

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.portal.links import Links
    from truecost.statements.flows import Edge, Flows
    from truecost.statements.streams import Bar, Picture

_TITLES = {
    "pool": "Cost pools",
    "tower": "Towers",
    "service": "Services",
    "consumer": "Consumers, and what is not charged",
}


@require_safe
def flow(request: HttpRequest) -> HttpResponse:
    """Show how cost flows."""
    node = request.GET.get("node", "")
    with shown(request) as at:
        if at is None:
            return render(request, "overview/nothing.html", {"title": "Cost flow"})
        found = flows(at.book, at.period, at.currency)
        links = linked(request, at)
        content = {
            "at": at, "flow": found, "box": (streams.WIDTH, streams.HEIGHT),
            "keep": {"node": node} if node else {},
        }  # fmt: skip
        if not node:
            picture = at.book.once(
                ("streams", at.period, at.currency), lambda: streams.whole(found)
            )
            names = {bar.id: bar.name for bar in picture.bars}
            content |= _drawn(picture, links, found)
            content["edges"] = [(names[one], names[other], n) for one, other, n in picture.edges]
            content["layers"] = [
                (
                    _TITLES[layer],
                    [
                        Line(Link(id_, found.names[id_], links.flow(id_)), cost, "")
                        for id_, cost in found.of_layer(layer)
                    ],
                )
                for layer in LAYERS
            ]
            return render(request, "flow/flow.html", content)
        place = found.place(node)
        if place is None:
            raise Http404
        content |= _drawn(streams.around(found, place), links, found)
        content["place"] = place
        content["page"] = links.node(node, place.name)
        content["came"] = [_line(edge, edge.source, found, links) for edge in place.came]
        content["went"] = [_line(edge, edge.target, found, links) for edge in place.went]
        return render(request, "flow/node.html", content)


def _line(edge: Edge, end: str, found: Flows, links: Links) -> Line:
    return Line(Link(end, found.names[end], links.flow(end)), edge.amount, edge.how)


def _drawn(picture: Picture, links: Links, found: Flows) -> dict[str, object]:
    """Give a drawing with the addresses of its bars; those of several have none."""

    def address(bar: Bar) -> str:
        id_ = bar.id.removeprefix("<").removeprefix(">")
        return links.flow(id_) if id_ in found.names else ""

    names = {bar.id: bar.name for bar in picture.bars}
    return {
        "bars": [(bar, address(bar)) for bar in picture.bars],
        "ribbons": [(each, names[each.source], names[each.target]) for each in picture.ribbons],
    }
