"""How cost flows in a month: nodes, edges, and one node with what enters and leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from truecost.api.answers import there
from truecost.api.endpoints import get
from truecost.api.looking import At, looked_at
from truecost.api.shapes import Money, Shape, money
from truecost.api.tables import CSV, PARQUET, Column, table
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements.flows import LAYERS, flows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.statements.flows import Edge, Flows

router = Router(tags=["flow"])
Layer = Literal["pool", "tower", "service", "consumer"]
_COLUMNS = (
    Column("month", str), Column("source", str), Column("source_name", str), Column("target", str),
    Column("target_name", str), Column("currency", str), Column("amount_minor", int),
    Column("how", str),
)  # fmt: skip


class NodeOut(Shape):
    """A node with its cost."""

    node: str
    name: str
    layer: str
    cost: Money


class FlowOut(Shape):
    """A month: its true cost, and what it flows through, the dearest first in each layer."""

    month: str
    run: str
    total: Money
    edges: int
    nodes: list[NodeOut]


class EdgeOut(Shape):
    """What flows from or to another node, and by which measure, where one alone decides."""

    node: str
    name: str
    amount: Money
    how: str


class PlaceOut(NodeOut):
    """A node with all that enters and leaves it, the largest first.

    `rounding` is its cost less what enters, `left` its cost less what leaves.
    """

    month: str
    came: list[EdgeOut]
    went: list[EdgeOut]
    rounding: Money
    left: Money


class Narrowed(At):
    """What is looked at, and of that one layer."""

    layer: Layer | None = None


class Place(At):
    """What is looked at, and of that one node."""

    node: Annotated[str, Field(max_length=400, description="Such as `service payroll`.")]


@get(
    router, "flow", "flow", does="get_flow", scope=Scope.PERIODS, act=Act.READ_PERIODS,
    response=FlowOut,
)  # fmt: skip
def flow(request: HttpRequest, said: Query[Narrowed]) -> FlowOut:
    """Give what the cost of a month flows through: pools, towers, services, consumers."""
    with looked_at(request, said) as at:
        found = flows(at.book, at.period, at.currency)
        return FlowOut(
            month=str(at.period), run=at.run.id, total=money(found.total, at.currency),
            edges=len(found.edges),
            nodes=[
                NodeOut(
                    node=node, name=found.names[node], layer=layer, cost=money(cost, at.currency)
                )
                for layer in ([said.layer] if said.layer else LAYERS)
                for node, cost in found.of_layer(layer)
            ],
        )  # fmt: skip


@get(
    router, "flow/node", "flow-node", does="get_flow_node", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=PlaceOut,
)  # fmt: skip
def node(request: HttpRequest, said: Query[Place]) -> PlaceOut:
    """Say where the cost of one node comes from and where it goes."""
    with looked_at(request, said) as at:
        found = flows(at.book, at.period, at.currency)
        place, unit = there(found.place(said.node)), at.currency
        return PlaceOut(
            month=str(at.period), node=place.id, name=place.name, layer=place.layer,
            cost=money(place.amount, unit),
            came=[edge(each, each.source, found, unit) for each in place.came],
            went=[edge(each, each.target, found, unit) for each in place.went],
            rounding=money(place.rounding, unit), left=money(place.left, unit),
        )  # fmt: skip


@get(
    router, "flow.csv", "flow-csv", does="get_flow_csv", scope=Scope.PERIODS, act=Act.READ_PERIODS,
    response=None, media=(CSV,),
)  # fmt: skip
def as_csv(request: HttpRequest, said: Query[At]) -> StreamingHttpResponse:
    """Give all edges of a month as a table."""
    return _edges(request, said, CSV)


@get(
    router, "flow.parquet", "flow-parquet", does="get_flow_parquet", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=None, media=(PARQUET,),
)  # fmt: skip
def as_parquet(request: HttpRequest, said: Query[At]) -> StreamingHttpResponse:
    """Give all edges of a month as a table."""
    return _edges(request, said, PARQUET)


def edge(each: Edge, end: str, found: Flows, currency: str) -> EdgeOut:
    """Give an edge as it is answered, seen from its other end."""
    amount = money(each.amount, currency)
    return EdgeOut(node=end, name=found.names[end], amount=amount, how=each.how)


def _edges(request: HttpRequest, said: At, form: str) -> StreamingHttpResponse:
    with looked_at(request, said) as at:
        found = flows(at.book, at.period, at.currency)
        rows = _rows(found, str(at.period), at.currency)
        return table(rows, _COLUMNS, form, f"flow-{at.period}")


def _rows(found: Flows, month: str, currency: str) -> Iterable[dict[str, Any]]:
    """Give the edges as rows: of tuples that never change, after the run is let go of."""
    for each in found.edges:
        yield {
            "month": month, "source": each.source, "source_name": found.names[each.source],
            "target": each.target, "target_name": found.names[each.target],
            "currency": currency, "amount_minor": each.amount, "how": each.how,
        }  # fmt: skip
