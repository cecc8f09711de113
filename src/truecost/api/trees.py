"""Services by tower and consumers as a tree, each with its history: of what is the reader's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from truecost.api.answers import AbsentError, there
from truecost.api.door import by
from truecost.api.endpoints import get
from truecost.api.flow import EdgeOut, edge
from truecost.api.looking import At, looked_at
from truecost.api.overview import ServiceMonthOut, service_month
from truecost.api.shapes import Listed, Money, Shape, money
from truecost.api.tables import CSV, PARQUET, Column, table
from truecost.model.types import Kind
from truecost.portal.trees import consumers as branches
from truecost.portal.trees import services as towers
from truecost.record.services import looking, reading
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements.charged import charged
from truecost.statements.flows import flows
from truecost.statements.prices import prices
from truecost.statements.trends import consumer_months, service_months
from truecost.statements.views import members

if TYPE_CHECKING:
    from truecost.portal.shown import Shown
    from truecost.statements.views import Member

router = Router(tags=["services and consumers"])
_MONTHS = (
    Column("service", str), Column("name", str), Column("tower", str), Column("month", str),
    Column("currency", str), Column("cost_minor", int), Column("settled_minor", int),
    Column("quantity", str), Column("unit", str), Column("unit_cost", str),
)  # fmt: skip
_STATEMENTS = 24


class ServiceOut(Shape):
    """A service in its last month; `change` is since the month before."""

    id: str
    name: str
    tower: str
    unit: str
    now: ServiceMonthOut
    change: Money | None


class PriceOut(Shape):
    """A price that is charged, and all that was charged at it."""

    kind: str
    item: str
    rate: str
    price: str
    unit: str
    quantity: str | None
    amount: Money


class ServiceHistoryOut(ServiceOut):
    """A service over the months: what its cost is made of, who has it, at which prices."""

    owner: str
    description: str
    months: list[ServiceMonthOut]
    came: list[EdgeOut]
    went: list[EdgeOut]
    prices: list[PriceOut]


class BranchOut(Shape):
    """A consumer, or a branch of them with the total of its leaves."""

    id: str
    name: str
    depth: int
    leaf: bool
    total: Money
    previous: Money | None


class MonthOut(Shape):
    """What is charged in a month."""

    month: str
    total: Money


class ChargeOut(Shape):
    """What is charged for a service; `cost` is its true cost; `service` is "" for the ledger's."""

    service: str
    name: str
    amount: Money
    cost: Money


class ConsumerOut(Shape):
    """A consumer: what it is charged, for what, its parts, its last statements."""

    id: str
    name: str
    head: str
    leaf: bool
    path: list[str]
    months: list[MonthOut]
    charges: list[ChargeOut]
    members: list[BranchOut]
    statements: list[str]


@get(
    router, "services", "services", does="list_services", scope=Scope.STATEMENTS,
    act=Act.READ_SERVICES, response=Listed[ServiceOut],
)  # fmt: skip
def services(request: HttpRequest, said: Query[At]) -> Listed[ServiceOut]:
    """List the services that one may read about, by tower, the dearest first."""
    with looked_at(request, said) as at:
        found = towers.towers(at, looking.services(by(request)))
        return Listed[ServiceOut](
            items=[ServiceOut(**_service(leaf, at.currency)) for _, some in found for leaf in some]
        )


@get(
    router, "services/{service}", "service", does="get_service", scope=Scope.STATEMENTS,
    act=Act.READ_SERVICES, response=ServiceHistoryOut,
)  # fmt: skip
def service(request: HttpRequest, service: str, said: Query[At]) -> ServiceHistoryOut:
    """Give a service over the months, with where its cost comes from and goes."""
    with looked_at(request, said) as at:
        leaf = there(_leaves(request, at).get(service))
        unit, node = at.currency, f"{Kind.SERVICE} {service}"
        flow = flows(at.book, at.period, unit)
        return ServiceHistoryOut(
            **_service(leaf, unit), owner=leaf.row["owner"] or "",
            description=leaf.row["description"] or "",
            months=[
                service_month(each, unit)
                for each in service_months(at.book, at.period, unit)[service]
            ],
            came=[edge(each, each.source, flow, unit) for each in flow.came.get(node, ())],
            went=[edge(each, each.target, flow, unit) for each in flow.went.get(node, ())],
            prices=[
                PriceOut(
                    kind=each.kind, item=each.item, rate=each.rate, price=each.price,
                    unit=each.unit, amount=money(each.amount, unit),
                    quantity=None if each.quantity is None else f"{each.quantity:f}",
                )
                for each in prices(at.book, node, at.period, unit)
            ],
        )  # fmt: skip


@get(
    router, "services.csv", "services-csv", does="get_services_csv", scope=Scope.STATEMENTS,
    act=Act.READ_SERVICES, response=None, media=(CSV,),
)  # fmt: skip
def services_csv(request: HttpRequest, said: Query[At]) -> StreamingHttpResponse:
    """Give the months of all services that one may read about as a table."""
    return _months(request, said, CSV)


@get(
    router, "services.parquet", "services-parquet", does="get_services_parquet",
    scope=Scope.STATEMENTS, act=Act.READ_SERVICES, response=None, media=(PARQUET,),
)  # fmt: skip
def services_parquet(request: HttpRequest, said: Query[At]) -> StreamingHttpResponse:
    """Give the months of all services that one may read about as a table."""
    return _months(request, said, PARQUET)


@get(
    router, "consumers", "consumers", does="list_consumers", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=Listed[BranchOut],
)  # fmt: skip
def consumers(request: HttpRequest, said: Query[At]) -> Listed[BranchOut]:
    """List the consumers that one may read about, in the order of their tree."""
    with looked_at(request, said) as at:
        found = branches.branches(at, looking.consumers(by(request)))
        return Listed[BranchOut](items=[_branch(each, at.currency) for each in found])


@get(
    router, "consumers/{consumer}", "consumer", does="get_consumer", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=ConsumerOut,
)  # fmt: skip
def consumer(request: HttpRequest, consumer: str, said: Query[At]) -> ConsumerOut:
    """Give what a consumer is charged over the months, and for what."""
    who = by(request)
    mine = looking.consumers(who)
    with looked_at(request, said) as at:
        unit = at.currency
        path = at.book.tree(at.period).path(consumer)
        if not branches.is_of(path, mine):
            raise AbsentError
        names = flows(at.book, at.period, unit).names
        bills = charged(at.book, at.book.leaves(consumer, at.period), at.period, unit)
        issued = reading.statements(who).filter(consumer=consumer)[:_STATEMENTS]
        return ConsumerOut(
            id=path[-1].id, name=path[-1].name, head=path[-1].head or "", leaf=path[-1].leaf,
            path=[each.id for i, each in enumerate(path) if branches.is_of(path[: i + 1], mine)],
            months=[
                MonthOut(month=str(each.period), total=money(each.total, unit))
                for each in consumer_months(at.book, consumer, at.period, unit)
            ],
            charges=[
                ChargeOut(
                    service=source, name=names.get(source, source),
                    amount=money(bill.amount, unit), cost=money(bill.cost, unit),
                )
                for source, bill in sorted(bills.items(), key=lambda each: -each[1].amount)
            ],
            members=[
                _branch(each, unit) for each in members(at.book, consumer, at.period, unit)[1:]
            ],
            statements=[each.number for each in issued],
        )  # fmt: skip


def _leaves(request: HttpRequest, at: Shown) -> dict[str, towers.Leaf]:
    found = towers.towers(at, looking.services(by(request)))
    return {str(leaf.row["id"]): leaf for _, some in found for leaf in some}


def _service(leaf: towers.Leaf, currency: str) -> dict[str, Any]:
    row = leaf.row
    return {
        "id": row["id"], "name": row["name"], "tower": row["tower"] or "",
        "unit": row["unit"] or "", "now": service_month(leaf.now, currency),
        "change": None if leaf.change is None else money(leaf.change, currency),
    }  # fmt: skip


def _branch(each: Member, currency: str) -> BranchOut:
    return BranchOut(
        id=each.id, name=each.name, depth=each.depth, leaf=each.leaf,
        total=money(each.total, currency),
        previous=None if each.previous is None else money(each.previous, currency),
    )  # fmt: skip


def _months(request: HttpRequest, said: At, form: str) -> StreamingHttpResponse:
    with looked_at(request, said) as at:
        history = service_months(at.book, at.period, at.currency)
        rows = [
            {
                "service": id_, "name": leaf.row["name"], "tower": leaf.row["tower"] or "",
                "month": str(month.period), "currency": at.currency, "cost_minor": month.cost,
                "settled_minor": month.settled, "unit": leaf.row["unit"] or "",
                "quantity": None if month.quantity is None else f"{month.quantity:f}",
                "unit_cost": None if month.each is None else f"{month.each:f}",
            }
            for id_, leaf in _leaves(request, at).items()
            for month in history[id_]
        ]  # fmt: skip
        return table(rows, _MONTHS, form, f"services-{at.period}")
