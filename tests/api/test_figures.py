"""What programs read of a month is what pages show, to the minor unit, and no more of it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pyarrow import parquet
from tests.api.conftest import both, program

from truecost.record.models import Statement
from truecost.record.services.permissions import Role
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

pytestmark = both


def test_all_that_flows_in_comes_out_and_is_what_the_overview_says(issued: Workshop) -> None:
    asks = program(issued.person(Role.LEADER))
    seen = asks.get("overview").json()
    assert seen["schema"] == "truecost.summary/1"
    flow = asks.get("flow").json()
    assert flow["month"] == "2026-01"
    assert flow["total"]["minor"] == seen["total"]["minor"]
    pools = asks.get("flow?layer=pool").json()["nodes"]
    ends = asks.get("flow?layer=consumer").json()["nodes"]
    for some in (pools, ends):
        assert sum(each["cost"]["minor"] for each in some) == seen["total"]["minor"]
    place = asks.get("flow/node?node=service workplace").json()
    came, went = (sum(each["amount"]["minor"] for each in place[way]) for way in ("came", "went"))
    cost = place["cost"]["minor"]
    assert came + place["rounding"]["minor"] == went + place["left"]["minor"] == cost
    assert asks.get("flow/node?node=service nothing").status_code == 404
    assert asks.get("overview?month=2019-01").status_code == 404
    assert asks.get("overview?month=soon").status_code == 404
    assert asks.get("overview?run=latest").status_code == 404, "of who keeps periods only"
    assert program(issued.person(Role.ANALYST)).get("overview?run=latest").status_code == 200
    for each in asks.get("overview/movements").json()["services"]:
        assert sum(one["change"]["minor"] for one in each["why"]) or not each["why"]


def test_edges_and_months_come_as_tables_too(issued: Workshop) -> None:
    asks = program(issued.person(Role.AUDITOR))
    edges = asks.get("flow").json()["edges"]
    rows = list(csv.DictReader(io.StringIO(asks.get("flow.csv").getvalue().decode())))
    kept = parquet.read_table(io.BytesIO(asks.get("flow.parquet").getvalue())).to_pylist()
    assert len(rows) == len(kept) == edges
    assert [int(each["amount_minor"]) for each in rows] == [each["amount_minor"] for each in kept]
    services = asks.get("services").json()["items"]
    months = parquet.read_table(io.BytesIO(asks.get("services.parquet").getvalue())).to_pylist()
    assert {each["service"] for each in months} == {each["id"] for each in services}
    lines = asks.get("services.csv").getvalue().decode().splitlines()
    assert len(lines) == len(months) + 1


def test_a_service_and_a_consumer_over_the_months(issued: Workshop) -> None:
    owner = program(issued.person(Role.SERVICE_OWNER, "workplace"))
    assert [each["id"] for each in owner.get("services").json()["items"]] == ["workplace"]
    mine = owner.get("services/workplace").json()
    assert mine["now"] == mine["months"][-1]
    assert sum(each["amount"]["minor"] for each in mine["came"]) == mine["now"]["cost"]["minor"]
    assert owner.get("services/network").status_code == 404
    head = program(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    assert [each["id"] for each in head.get("consumers").json()["items"]] == ["sales"]
    told = head.get("consumers/sales").json()
    row = Statement.objects.get(consumer="sales")
    assert told["statements"] == [row.number]
    assert told["months"][-1]["total"]["minor"] == row.amount
    assert sum(each["amount"]["minor"] for each in told["charges"]) == row.amount
    assert head.get("consumers/factory").status_code == 404
    assert head.get("consumers/nobody").status_code == 404


def test_the_model_of_a_month_by_file_and_by_word(issued: Workshop) -> None:
    asks = program(issued.person(Role.AUDITOR))
    whole = asks.get("model").json()
    assert whole["count"] == len(whole["entries"]) > 5
    some = asks.get(f"model?file={whole['files'][0]}").json()
    assert 0 < some["count"] < whole["count"]
    assert asks.get("model?q=workplace").json()["count"] >= 1
    assert asks.get("model?q=no such word").json()["entries"] == []
    assert len(asks.get("model?skip=3").json()["entries"]) == whole["count"] - 3


def test_a_token_shows_no_month_that_its_scopes_do_not_open(issued: Workshop) -> None:
    """The latest run is of who keeps periods: a token to read statements does not keep them."""
    analyst = issued.person(Role.ANALYST)
    assert program(analyst, Scope.STATEMENTS).get("services?run=latest").status_code == 404
    assert program(analyst).get("services?run=latest").status_code == 200
