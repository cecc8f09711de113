"""What pages show and do beside lists: parts of a statement, a period's room, people, mail."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet
from tests.api.conftest import Program, both, program

from truecost.portal.opened import close_all
from truecost.record.models import Event, Grant, Job, Mail, Person, Statement, Subscription
from truecost.record.services import grants, issuing, periods
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

pytestmark = both


@pytest.fixture
def head(issued: Workshop) -> Program:
    return program(issued.person(Role.DEPARTMENT_HEAD, "sales"))


def path(consumer: str = "sales") -> str:
    return f"statements/{Statement.objects.get(consumer=consumer).number}"


def test_what_stands_behind_the_lines_of_a_statement(head: Program) -> None:
    view = head.get(f"{path()}/view").json()
    lines = head.get(f"{path()}/counts").json()["items"]
    assert [each["line"] for each in lines] == [each["object"] for each in view["lines"]]
    counted = next(each for each in lines if each["counts"])
    one = head.get(f"{path()}/counts?line={counted['line']}").json()["items"]
    assert one == [counted]
    assert counted["counts"][0]["rows"], "which rows of which file"
    assert head.get(f"{path()}/counts?line=service nothing").status_code == 404
    every = head.get(f"{path()}/explanation?every=true").json()
    some = head.get(f"{path()}/explanation").json()
    assert len(every["ledger_lines"]) >= len(some["ledger_lines"])
    beside = head.get(f"{path()}/peers").json()["per_head"]
    assert (beside["heads"], beside["total"]["low"]) == ("40", None), "three are too few to tell"
    assert head.get(f"{path()}/coming").json()["rates"] == []
    assert head.get(f"{path()}/postings").json()["items"] == []
    rows = head.get(f"{path()}/documents/csv").content.decode().splitlines()
    assert len(rows) > len(view["lines"])


def test_what_if_less_is_used_is_what_the_proposal_says(head: Program) -> None:
    levers = {each["driver"]: each for each in head.get(f"{path()}/levers").json()["items"]}
    proposed = head.get(f"{path()}/acts").json()["items"]
    assert proposed
    for each in proposed:
        body = {"quantities": {each["driver"]: each["left"]}}
        asked = head.post(f"{path()}/what-if", body)
        assert asked.json() == each["answer"]
        assert each["answer"]["bill_change"]["minor"] == sum(
            amount["minor"] for amount in each["answer"]["bill"].values()
        )
        assert each["quantity"] == levers[each["driver"]]["quantity"]
    driver = proposed[0]["driver"]
    much = head.post(f"{path()}/what-if", {"quantities": {driver: "999999999"}})
    assert (much.status_code, much.json()["errors"][0]["pointer"]) == (404, "/body/quantities")
    assert head.post(f"{path()}/what-if", {"quantities": {"x": "1"}}).status_code == 404
    assert head.post(f"{path()}/what-if", {"quantities": {driver: "1e3"}}).status_code == 422
    assert head.post(f"{path()}/what-if", {"quantities": {}}).status_code == 422
    assert not Event.objects.filter(via="api").exclude(kind="token made").exists()


def test_the_room_of_a_period(shop: Workshop) -> None:
    shop.closed()
    analyst, leader = program(shop.person(Role.ANALYST)), program(shop.person(Role.LEADER))
    planned = analyst.get("periods/2026-01/plan").json()["items"]
    assert [each["statements"] for each in planned] == [3]
    proved = analyst.get("periods/2026-01/reconciliation").json()
    assert proved["holds"]
    for each in proved["proofs"]:
        for side in ("came", "went"):
            assert sum(one["amount"]["minor"] for one in each[side]) == each["total"]["minor"]
    assert planned[0]["amount"]["minor"] == proved["proofs"][0]["charged"]["minor"]
    assert analyst.get("periods/2026-01/rejects").json() == {
        "lines": 0, "amounts": [], "items": [],
    }  # fmt: skip
    assert analyst.post("periods/2026-01/issuing").status_code == 403, "who closed does not issue"
    asked = leader.post("periods/2026-01/issuing")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert leader.post("periods/2026-01/issuing").status_code == 409, "it is under way"
    assert leader.get("periods/2026-01/issuing").json()["items"] == [asked.json()]
    Job.objects.all().delete()
    issuing.issue(shop.person(Role.LEADER), periods.get("2026-01"))
    assert analyst.get("periods/2026-01/plan").json()["items"] == []
    unit = planned[0]["currency"]
    assert analyst.post("periods/2026-01/journal", {"currency": unit}).status_code == 200
    posted = analyst.get("periods/2026-01/journals").json()["items"]
    assert [each["taken_back"] for each in posted] == [False]
    for form in ("csv", "json", "beancount", "hledger"):
        got = analyst.get(f"periods/2026-01/journals/{posted[0]['sequence']}/{form}")
        assert got.content, form
    assert analyst.get("periods/2026-01/journals/99/csv").status_code == 404
    analyst.post("periods/2026-01/journal/reversal", {"currency": unit})
    posted = analyst.get("periods/2026-01/journals").json()["items"]
    assert [each["taken_back"] for each in posted] == [True, False]
    close_all()
    seen = analyst.get(f"{path()}/postings").json()["items"]
    assert seen == [], "taken back"


def test_two_runs_are_compared_by_consumer(shop: Workshop) -> None:
    asks = program(shop.person(Role.ANALYST))
    old = shop.build()
    shop.add("2026-01-20,120.00,6400,IT-100,Paperclip Software,More licences")
    new = shop.build()
    assert new.id != old.id
    address = f"runs/{new.id}/comparison"
    found = asks.get(f"{address}?against={old.id}&period=2026-01").json()
    assert found["sums"][0]["by"]["minor"] == 12000
    assert sum(each["by"]["minor"] for each in found["differences"]) == 12000
    table = asks.get(f"{address}.csv?against={old.id}&period=2026-01").getvalue().decode()
    assert len(table.splitlines()) == len(found["differences"]) + 1
    assert asks.get(f"{address}?against=ffff&period=2026-01").status_code == 404
    assert asks.get(f"{address}?against={old.id}&period=1999-01").status_code == 409


def test_disputes_as_tables_and_how_long_they_wait(issued: Workshop, head: Program) -> None:
    body = {"reason": "wrong quantity", "text": "why?", "amount": 100}
    made = head.post(f"{path()}/disputes", body)
    assert made.status_code == 201, made.content
    assert head.get(f"{path()}/disputes").json()["items"] == [made.json()]
    asks = program(issued.person(Role.LEADER))
    report = asks.get("disputes/ageing").json()
    assert sum(report["together"]["counts"]) == 1
    assert asks.get("disputes/departments").json()["items"][0]["consumer"] == "sales"
    rows = list(csv.DictReader(io.StringIO(asks.get("disputes.csv").getvalue().decode())))
    assert [each["number"] for each in rows] == [made.json()["number"]]
    kept = parquet.read_table(io.BytesIO(asks.get("disputes.parquet").getvalue())).to_pylist()
    assert kept[0]["amount_minor"] == 100
    other = program(issued.person(Role.DEPARTMENT_HEAD, "factory"))
    assert len(other.get("disputes.csv").getvalue().splitlines()) == 1
    assert other.get(f"{path()}/disputes").status_code == 404


def test_people_are_shut_out_let_in_and_sent_another_link(issued: Workshop) -> None:
    admin = program(issued.person(Role.ADMIN))
    other = issued.person(Role.AUDITOR)
    asks = program(other)
    assert admin.post(f"people/{other.key}/shut-out").json()["active"] is False
    assert asks.get("me").status_code == 401
    assert admin.post(f"people/{other.key}/link").status_code == 409
    assert admin.post(f"people/{other.key}/let-in").json()["active"] is True
    assert asks.get("me").status_code == 200
    assert admin.post(f"people/{other.key}/link").json()["link"].startswith("/welcome/")
    me = issued.person(Role.ADMIN)
    assert admin.post(f"people/{me.key}/shut-out").status_code == 409, "the last one stays"


def test_ones_own_roles_and_who_stands_in(issued: Workshop) -> None:
    leader = issued.person(Role.LEADER)
    asks = program(leader)
    mine = asks.get("delegations").json()["items"]
    assert [each["role"] for each in mine] == ["leader"]
    to = issued.person(Role.AUDITOR).person
    assert to is not None
    held = Grant.objects.get(person=leader.person)
    grants.delegate(leader, held, to, leader.day, leader.day)
    (own,) = asks.get("delegations").json()["items"]
    assert [each["name"] for each in own["stand_ins"]] == [to.name]


def test_events_as_a_table_and_what_is_personal_of_them(issued: Workshop) -> None:
    admin, auditor = program(issued.person(Role.ADMIN)), program(issued.person(Role.AUDITOR))
    assert admin.post(
        "people", {"email": "new@example.org", "name": "New", "role": "leader"}
    ).status_code == 201  # fmt: skip
    (seen,) = admin.get("events?kind=person invited").json()["items"]
    assert seen["personal"] == {"email": "new@example.org", "name": "New"}
    (seen,) = auditor.get("events?kind=person invited").json()["items"]
    assert seen["personal"] == {}
    rows = list(csv.DictReader(io.StringIO(auditor.get("events.csv").getvalue().decode())))
    assert [int(each["sequence"]) for each in rows] == list(range(1, Event.objects.count() + 1))
    table = auditor.get("events.parquet?kind=person invited").getvalue()
    assert parquet.read_table(io.BytesIO(table)).num_rows == 1
    assert auditor.get("events?day=tomorrow").status_code == 422
    checked = auditor.post("verifications")
    assert (checked.status_code, checked.json()["kind"]) == (202, "verification")
    told = auditor.get("verifications").json()
    assert told["head"] == Event.objects.order_by("-sequence")[0].sha256
    assert [each["state"] for each in told["items"]] == ["waiting"]


def test_a_subscription_by_the_api_is_confirmed_by_the_mail_alone(issued: Workshop) -> None:
    who = issued.person(Role.DEPARTMENT_HEAD, "sales")
    assert who.person is not None
    asks = program(who)
    body = {"email": who.person.email, "name": "Head", "topic": "statements", "subject": "sales"}
    assert asks.post("subscriptions", body).status_code == 202
    assert asks.get("subscriptions").json()["items"] == [], "nobody has confirmed it"
    row = Subscription.objects.get()
    Subscription.objects.update(confirmed=row.asked)
    (mine,) = asks.get("subscriptions").json()["items"]
    admin = program(issued.person(Role.ADMIN))
    assert admin.get("mail/subscriptions").json()["items"][0]["email"] == who.person.email
    (mail,) = admin.get("mail?state=waiting").json()["items"]
    assert "text" not in mail
    other = program(issued.person(Role.DEPARTMENT_HEAD, "factory"))
    assert other.post(f"subscriptions/{mine['key']}/end").status_code == 404
    assert asks.post(f"subscriptions/{mine['key']}/end").json()["ended"] is not None
    assert asks.get("subscriptions").json()["items"] == []
    assert admin.post("mail/forgotten", {"email": who.person.email}).json()["entries"] == 2
    assert admin.post("mail/bounces", {"returned": "bounce+x@example.org"}).json() == {
        "found": False
    }
    assert asks.post("subscriptions", {**body, "email": "me@"}).status_code == 409
    for _ in range(5):
        asks.post("subscriptions", {**body, "email": "victim@example.org"})
    often = asks.post("subscriptions", {**body, "email": "victim@example.org"})
    assert often.status_code == 429
    assert int(often["Retry-After"]) > 0
    assert Mail.objects.filter(recipient="victim@example.org").count() == 5
    assert Person.objects.filter(email="victim@example.org").count() == 0
