"""Where the nodes of a run have pages that the reader may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from truecost.model.types import Kind
from truecost.portal.acting import by
from truecost.record.services import looking

if TYPE_CHECKING:
    from django.http import HttpRequest

    from truecost.portal.shown import Shown
    from truecost.statements.flows import Flows


@dataclass(frozen=True, slots=True)
class Link:
    """A node's name, and the address of its page; "" where the reader has none."""

    id: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """What flows from or to a node."""

    link: Link
    amount: int
    how: str


@dataclass(frozen=True, slots=True)
class Links:
    """What the reader may open; ids, None for all. `query` keeps month and run."""

    query: str
    services: frozenset[str] | None
    consumers: frozenset[str] | None
    whole: bool

    def flow(self, node: str) -> str:
        """Give the address of a node in the flow of cost."""
        if not self.whole:
            return ""
        return f"{reverse('flow')}?{urlencode({'node': node})}&{self.query}"

    def node(self, node: str, name: str) -> Link:
        """Give the page of a service or consumer."""
        kind, _, id_ = node.partition(" ")
        address = ""
        if kind == Kind.SERVICE and (self.services is None or id_ in self.services):
            address = reverse("service", args=[id_])
        elif kind == Kind.CONSUMER and (self.consumers is None or id_ in self.consumers):
            address = reverse("consumer", args=[id_])
        return Link(node, name, f"{address}?{self.query}" if address else "")

    def came(self, flow: Flows, node: str) -> list[Line]:
        """Give what enters a node."""
        return [
            Line(self.node(edge.source, flow.names[edge.source]), edge.amount, edge.how)
            for edge in flow.came.get(node, ())
        ]

    def went(self, flow: Flows, node: str) -> list[Line]:
        """Give what leaves a node."""
        return [
            Line(self.node(edge.target, flow.names[edge.target]), edge.amount, edge.how)
            for edge in flow.went.get(node, ())
        ]


def linked(request: HttpRequest, at: Shown) -> Links:
    """Give what who is signed in may open."""
    who = by(request)
    return Links(at.query, looking.services(who), looking.consumers(who), whole=looking.whole(who))
