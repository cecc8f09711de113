"""The overview for leaders: a month's true cost, what moved it, what units of services cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from truecost.api import texts
from truecost.api.endpoints import get
from truecost.api.looking import At, looked_at
from truecost.api.shapes import Listed, Money, Said, Shape, money
from truecost.model.types import Kind
from truecost.portal.overview import views
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements.summary_json import summary_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.portal.overview.views import Movement
    from truecost.portal.shown import Shown
    from truecost.statements.trends import ServiceMonth

router = Router(tags=["overview"])


class SourceOut(Shape):
    """What of a change came from one source."""

    name: str
    change: Money


class MovementOut(Shape):
    """What moved: by how much, and from where; `node` is "" where it is several together."""

    name: str
    node: str
    amount: Money
    change: Money | None
    why: list[SourceOut]


class MovementsOut(Shape):
    """The largest movements of a month: of services, and of bills."""

    services: list[MovementOut]
    bills: list[MovementOut]


class ServiceMonthOut(Shape):
    """A service in a month; `unit_cost` is of one unit in major units, as decimal text."""

    month: str
    cost: Money
    settled: Money
    quantity: str | None
    unit_cost: str | None


class TrendOut(Shape):
    """How the cost of a unit went."""

    service: str
    name: str
    unit: str
    percent: str | None
    months: list[ServiceMonthOut]


@get(
    router, "overview", "overview", does="get_overview", scope=Scope.PERIODS, act=Act.READ_PERIODS,
    response=Said,
)  # fmt: skip
def overview(request: HttpRequest, said: Query[At]) -> HttpResponse:
    """Give a month as leaders see it: schema `truecost.summary/1`."""
    with looked_at(request, said) as at:
        return texts.json(summary_json(views.summary(at)))


@get(
    router, "overview/movements", "movements", does="get_movements", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=MovementsOut,
)  # fmt: skip
def movements(request: HttpRequest, said: Query[At]) -> MovementsOut:
    """Give the largest movements since the month before, and what they came from."""
    with looked_at(request, said) as at:
        view = views.summary(at)
        return MovementsOut(
            services=_moved(at, views.moved(at, view.moved, Kind.SERVICE)),
            bills=_moved(at, views.moved(at, view.bills, Kind.CONSUMER)),
        )


@get(
    router, "overview/trends", "trends", does="list_trends", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=Listed[TrendOut],
)  # fmt: skip
def trends(request: HttpRequest, said: Query[At]) -> Listed[TrendOut]:
    """List what a unit of each service cost over the months, the dearest service first."""
    with looked_at(request, said) as at:
        return Listed[TrendOut](
            items=[
                TrendOut(
                    service=each.id, name=each.name, unit=each.unit,
                    percent=None if each.percent is None else f"{each.percent:f}",
                    months=[service_month(month, at.currency) for month in each.months],
                )
                for each in views.trends_of(at, views.summary(at))
            ]
        )  # fmt: skip


def service_month(month: ServiceMonth, currency: str) -> ServiceMonthOut:
    """Give a service in a month as it is answered."""
    return ServiceMonthOut(
        month=str(month.period), cost=money(month.cost, currency),
        settled=money(month.settled, currency),
        quantity=None if month.quantity is None else f"{month.quantity:f}",
        unit_cost=None if month.each is None else f"{month.each:f}",
    )  # fmt: skip


def _moved(at: Shown, found: Iterable[Movement]) -> list[MovementOut]:
    unit = at.currency
    return [
        MovementOut(
            name=each.cost.name, node=each.node, amount=money(each.cost.total, unit),
            change=None if each.cost.change is None else money(each.cost.change, unit),
            why=[SourceOut(name=one.name, change=money(one.change, unit)) for one in each.why],
        )
        for each in found
    ]  # fmt: skip
