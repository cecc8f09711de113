"""Services, consumers and the flow of cost: the run's figures, and nobody sees another's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from tests.portal.conftest import signed_in

from truecost.portal import opened
from truecost.record.services import periods
from truecost.record.services.permissions import Role
from truecost.statements import streams
from truecost.statements.book import Book
from truecost.statements.flows import LAYERS, flows
from truecost.statements.locale import shown
from truecost.statements.prices import prices
from truecost.statements.squares import Square, squares
from truecost.statements.trends import service_months
from truecost.statements.views import index_view, statement_view

if TYPE_CHECKING:
    from django.test import Client
    from tests.record.workshop import Workshop


@pytest.fixture
def book(issued: Workshop) -> Book:
    opened.close_all()
    store = issued.store
    return Book.of(store.run(periods.get("2026-01").run_id), store)


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def total(page: str) -> str:
    found = re.search(r'id="total">([^<]*)<', page)
    assert found
    return found[1]


def test_pages_of_services_consumers_and_flow_agree(issued: Workshop, book: Book) -> None:
    period, currency = book.calendar.parse("2026-01"), book.currency
    leader = signed_in(issued.person(Role.LEADER))
    flow = flows(book, period, currency)
    assert total(read(leader, "/flow")) == total(read(leader, "/overview"))
    tree = read(leader, "/services")
    for id_, months in service_months(book, period, currency).items():
        cost = shown(months[-1].cost, currency)
        page = read(leader, f"/services/{id_}")
        assert total(page) == cost
        assert cost in tree
        node = flow.place(f"service {id_}")
        if node:
            assert total(read(leader, f"/flow?node=service {id_}")) == cost
            for edge in (*node.came, *node.went):
                assert shown(edge.amount, currency) in page
    tree = read(leader, "/consumers")
    for member in index_view(book, period).entries:
        page = read(leader, f"/consumers/{member.id}")
        assert total(page) == shown(member.total, currency)
        assert shown(member.total, currency) in tree
        view = statement_view(book, member.id, period)
        assert view.total == member.total
        for line in view.lines:
            if not line.ended:
                assert shown(line.amount, currency) in page


def test_every_node_of_the_flow_has_its_page(issued: Workshop, book: Book) -> None:
    period, currency = book.calendar.parse("2026-01"), book.currency
    leader = signed_in(issued.person(Role.LEADER))
    flow = flows(book, period, currency)
    picture = streams.whole(flow)
    kept = sum(n for one, other, n in picture.edges if one.startswith(("pool ", "others pool")))
    assert kept == flow.total
    for layer in LAYERS:
        for node, cost in flow.of_layer(layer):
            page = read(leader, f"/flow?node={node.replace('&', '%26').replace(' ', '+')}")
            assert total(page) == shown(cost, currency)
            assert escape(flow.names[node]) in page
            place = flow.place(node)
            assert place
            around = streams.around(flow, place)
            assert sum(n for *_, n in around.edges) == sum(
                edge.amount for edge in (*place.came, *place.went)
            )
    assert leader.get("/flow?node=service+nowhere").status_code == 404


def test_everybody_sees_what_is_theirs(issued: Workshop, book: Book) -> None:
    assert book.periods
    owner = signed_in(issued.person(Role.SERVICE_OWNER, "workplace"))
    page = read(owner, "/services")
    assert re.findall(r'href="/services/([^?]*)\?', page) == ["workplace"]
    page = read(owner, "/services/workplace")
    assert "/consumers/" not in page, "no page that the owner may not open"
    assert "/flow" not in page
    assert owner.get("/services/network").status_code == 404
    assert owner.get("/consumers").status_code == 403
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    page = read(head, "/consumers")
    assert re.findall(r'href="/consumers/([^?]*)\?', page) == ["sales"]
    page = read(head, "/consumers/sales")
    assert "/services/" not in page
    assert "factory" not in page.lower()
    assert head.get("/consumers/factory").status_code == 404
    assert head.get("/services").status_code == 403
    assert head.get("/flow").status_code == 403


def test_a_head_sees_a_month_when_it_is_issued(shop: Workshop) -> None:
    head = signed_in(shop.person(Role.DEPARTMENT_HEAD, "sales"))
    owner = signed_in(shop.person(Role.SERVICE_OWNER, "workplace"))
    shop.reviewed()
    assert "nothing to see yet" in read(head, "/consumers")
    assert "January 2026" in read(owner, "/services")
    periods.close(shop.person(Role.ANALYST), periods.get("2026-01"))
    assert "nothing to see yet" in read(head, "/consumers")
    assert head.get("/consumers/sales").status_code == 404


def test_a_rate_has_all_that_was_charged_at_it(book: Book) -> None:
    for period in book.periods:
        for row in book.rows("services", period):
            service = f"service {row['id']}"
            charged = sum(
                each["amount"]
                for each in book.rows("charges", period, service=service, treatment="charge")
                if each["rate"] and each["currency"] == book.currency
            )
            assert sum(p.amount for p in prices(book, service, period, book.currency)) == charged


def test_these_pages_ask_the_database_little(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    counts = {}
    for name in ("services", "services/workplace", "consumers", "consumers/sales", "flow"):
        read(leader, f"/{name}")
        with CaptureQueriesContext(connection) as queries:
            read(leader, f"/{name}")
        assert all(each["sql"].startswith("SELECT") for each in queries)
        counts[name] = len(queries)
    assert counts == {
        "services": 8, "services/workplace": 11, "consumers": 8, "consumers/sales": 13, "flow": 10,
    }  # fmt: skip


def test_areas_go_with_amounts_and_do_not_overlap() -> None:
    box = Square(0, 0, 400, 300)
    amounts = [6, 6, 4, 3, 2, 2, 1]
    laid = squares(amounts, box)
    for amount, each in zip(amounts, laid, strict=True):
        assert abs(each.width * each.height - 5000 * amount) <= each.width + each.height + 1
    for i, one in enumerate(laid):
        for other in laid[:i]:
            assert (
                one.x >= other.x + other.width
                or other.x >= one.x + one.width
                or one.y >= other.y + other.height
                or other.y >= one.y + one.height
            )
    with pytest.raises(ValueError, match="above 0"):
        squares([1, 0], box)
