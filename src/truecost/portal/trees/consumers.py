"""Consumers as a tree, and each: what it is charged, for what, its parts, its statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.model.types import Kind
from truecost.portal.acting import by
from truecost.portal.links import linked
from truecost.portal.shown import shown
from truecost.record.services import looking, reading
from truecost.statements import charts, drawings
from truecost.statements.charged import charged
from truecost.statements.flows import flows
from truecost.statements.trends import consumer_months
from truecost.statements.views import members

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.portal.shown import Shown
    from truecost.statements.book import Node
    from truecost.statements.views import Member

_STATEMENTS = 24
_DIRECT = "Bought directly"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the consumers that somebody may read about, as a tree."""
    with shown(request) as at:
        if at is None:
            return render(request, "overview/nothing.html", {"title": "Consumers"})
        mine = looking.consumers(by(request))
        content = {"at": at, "members": branches(at, mine)}
        return render(request, "trees/consumers.html", content)


@require_safe
def consumer(request: HttpRequest, consumer: str) -> HttpResponse:
    """Show a consumer, or a branch of them."""
    who = by(request)
    mine = looking.consumers(who)
    with shown(request) as at:
        if at is None:
            raise Http404
        path = at.book.tree(at.period).path(consumer)
        if not is_of(path, mine):
            raise Http404
        months = consumer_months(at.book, consumer, at.period, at.currency)
        history = charts.columns(
            tuple((month.period, month.total) for month in months), at.period, at.currency
        )
        links = linked(request, at)
        names = flows(at.book, at.period, at.currency).names
        bills = charged(at.book, at.book.leaves(consumer, at.period), at.period, at.currency)
        content = {
            "at": at,
            "node": path[-1],
            "path": [node for i, node in enumerate(path[:-1]) if is_of(path[: i + 1], mine)],
            "months": months[::-1],
            "total": months[-1].total,
            "history": history,
            "drawn": history and drawings.months(history),
            "lines": [
                (links.node(source, names.get(source, source) or _DIRECT), bill)
                for source, bill in sorted(bills.items(), key=lambda each: -each[1].amount)
            ],
            "members": members(at.book, consumer, at.period, at.currency)[1:],
            "statements": reading.statements(who).filter(consumer=consumer)[:_STATEMENTS],
            "flow": links.flow(f"{Kind.CONSUMER} {consumer}") if path[-1].leaf else "",
        }
        return render(request, "trees/consumer.html", content)


def is_of(path: tuple[Node, ...], mine: frozenset[str] | None) -> bool:
    """Say whether the last of a path is there, and in a branch that is the reader's."""
    return bool(path) and (mine is None or any(node.id in mine for node in path))


def branches(at: Shown, mine: frozenset[str] | None) -> list[Member]:
    """Give the branches that are the reader's, each once, in the order of the tree."""
    tree = at.book.tree(at.period)
    return [
        each
        for each in members(at.book, "", at.period, at.currency)
        if is_of(tree.path(each.id), mine)
    ]
