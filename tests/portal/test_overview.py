"""What leaders see: figures of the run, to the cent; only of months that they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from tests.portal.conftest import signed_in

from truecost.record.services import periods
from truecost.record.services.permissions import Role
from truecost.statements import flows, movements, show, treemap, trends
from truecost.statements.book import Book
from truecost.statements.locale import shown
from truecost.statements.summary import summary_view

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


@pytest.fixture
def book(issued: Workshop) -> Book:
    store = issued.store
    return Book.of(store.run(periods.get("2026-01").run_id), store)


def test_the_overview_says_what_the_run_says(issued: Workshop, book: Book) -> None:
    period = book.calendar.parse("2026-01")
    view = summary_view(book, period)
    leader = signed_in(issued.person(Role.LEADER))
    page = leader.get("/overview").content.decode()
    assert f'id="total">{shown(view.total, book.currency)}<' in page
    for cost in (*view.services, *view.towers):
        assert escape(cost.name) in page
        assert shown(cost.total, book.currency) in page
    assert "style=" not in page
    assert "<script>" not in page


def test_areas_movements_and_flows_add_up(issued: Workshop, book: Book) -> None:
    assert issued.folder.exists()
    for period in book.periods:
        view = summary_view(book, period)
        groups = treemap.treemap(book, period, view.services)
        assert sum(group.total for group in groups) == view.total
        flow = flows.flows(book, period, book.currency)
        assert flow.total == view.total
        ends = [cost for _, cost in flow.of_layer("consumer")]
        assert sum(ends) == view.total
        gross = {
            row.key: row.amounts[-1]
            for row in show.show_table(book, "service", [period]).rows
            if row.key.startswith("service ")
        }
        for node, _ in flow.of_layer("service"):
            place = flow.place(node)
            assert place is not None
            assert place.amount == gross[node]
            assert abs(place.rounding) <= len(place.came)
            assert abs(place.left) <= len(place.went)
        for months in trends.service_months(book, period, book.currency).values():
            assert months[-1].cost == gross[f"service {_id(book, months, period)}"]


def _id(book: Book, months: tuple[trends.ServiceMonth, ...], period: object) -> str:
    found = trends.service_months(book, months[-1].period, book.currency)
    assert months[-1].period == period
    return next(id_ for id_, each in found.items() if each == months)


def test_a_movement_is_told_by_its_sources(book: Book) -> None:
    period = book.periods[-1]
    now, was = (flows.flows(book, each, book.currency) for each in (period, period - 1))
    for node, cost in now.of_layer("consumer"):
        told = movements.why(book, node, period, book.currency)
        changed = cost - was.costs.get(node, 0)
        assert bool(told) or not changed


def test_only_closed_months_are_shown_but_to_analysts(shop: Workshop) -> None:
    leader, analyst = (signed_in(shop.person(role)) for role in (Role.LEADER, Role.ANALYST))
    shop.build()
    assert "nothing to see yet" in leader.get("/overview").content.decode()
    assert "latest run" in analyst.get("/overview").content.decode()
    assert leader.get("/overview?run=latest").status_code == 404
    assert leader.get("/overview?month=2026-01").status_code == 200, "still nothing to see"
    shop.closed()
    assert "January 2026" in leader.get("/overview").content.decode()
    assert leader.get("/overview?month=2026-02").status_code == 404
    assert leader.get("/overview?month=x").status_code == 404
    assert leader.get("/overview?currency=XXX").status_code == 404
    assert leader.get("/overview?run=latest").status_code == 404
    assert analyst.get("/overview?run=latest&month=2026-02").status_code == 200


def test_the_overview_asks_the_database_little(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    leader.get("/overview")
    with CaptureQueriesContext(connection) as queries:
        assert leader.get("/overview").status_code == 200
    assert all(each["sql"].startswith("SELECT") for each in queries)
    assert len(queries) == 9
