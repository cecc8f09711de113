"""The chain: whole after erasure, broken by anything else."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from tests.record.workshop import NOW

from truecost.kernel.findings import UsageError
from truecost.record import guards
from truecost.record.models import Event, Grant, Head, Invitation, Payload, Person
from truecost.record.services import events, grants, people
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.permissions import Act, Role, rights_of

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

GOOD = "a password nobody guesses"


def unguarded(sql: str, values: list[Any]) -> None:
    """Do what triggers refuse, as somebody with the database in hand can."""
    with connection.cursor() as cursor:
        for name in guards.all_names(connection.vendor):
            table = "record_" + name.split("_")[1]
            of = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of}")
        cursor.execute(sql, values)


def found() -> list[str]:
    return [each.what for each in events.check().findings]


@pytest.fixture
def anna(shop: Workshop) -> Person:
    admin = shop.person(Role.ADMIN)
    person, token = people.invite(admin, "Anna@Example.org", "Anna  Berg", Role.AUDITOR)
    assert people.accept(token, NOW, email="", name="Anna Berg", password=GOOD) == person
    grants.grant(admin, person, Role.DEPARTMENT_HEAD, "sales")
    return Person.objects.get(pk=person.pk)


def test_an_event_is_recorded_in_its_act_only(shop: Workshop) -> None:
    with pytest.raises(RuntimeError, match="transaction of its act"):
        events.record(shop.person(Role.ADMIN), "x", "y")


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    ("sql", "values", "said"),
    [
        ("UPDATE record_event SET kind = %s WHERE sequence = 2", ["x"], "event 2 is not as"),
        ("UPDATE record_event SET actor = %s WHERE sequence = 2", ["x"], "event 2 is not as"),
        ("DELETE FROM record_event WHERE sequence = %s", [4], "events 4 to 4 are missing"),
        ("DELETE FROM record_event WHERE sequence > %s", [3], "does not end as its head says"),
        ("UPDATE record_payload SET content = %s", ["{}"], "what is personal of event"),
        ("DELETE FROM record_payload WHERE event_id > %s", [0], "no event says who erased it"),
        ("UPDATE record_head SET sequence = %s", [2], "does not end as its head says"),
    ],
)
def test_whatever_is_changed_is_found(sql: str, values: list[Any], said: str) -> None:
    assert found() == []
    if "DELETE FROM record_event" in sql:
        unguarded("DELETE FROM record_payload WHERE event_id > 0", [])
    unguarded(sql, values)
    assert any(said in each for each in found())


def test_the_chain_stays_whole_when_somebody_is_forgotten(shop: Workshop, anna: Person) -> None:
    admin = shop.person(Role.ADMIN)
    count = Event.objects.count()
    assert Payload.objects.filter(person=anna.key).count() == 2
    people.erase(admin, anna)
    forgotten = Person.objects.get(pk=anna.pk)
    assert (forgotten.email, forgotten.name, forgotten.is_active) == (None, "", False)
    assert not Payload.objects.filter(person=anna.key)
    assert not Grant.objects.filter(person=anna, ended=None)
    chain = events.check()
    assert (chain.findings, chain.links, chain.erased) == ((), count + 1, 2)
    everything = json.dumps(
        [list(map(str, row)) for row in Event.objects.values_list()], default=str
    )
    assert "anna" not in everything.casefold()
    assert "berg" not in everything.casefold()
    head = Head.objects.get()
    assert (head.sequence, head.sha256) == (chain.links, chain.head)


def test_a_link_lets_in_once(shop: Workshop) -> None:
    program = By(None, "serve", NOW)
    Grant.objects.all().delete()
    first = people.first_link(program)
    token = people.first_link(program)
    assert first
    assert token
    assert people.invitation(first, NOW) is None, "only the last link is good"
    with pytest.raises(UsageError, match="too short"):
        people.accept(token, NOW, email="boss@example.org", name="Boss", password="short")
    with pytest.raises(UsageError, match="no e-mail"):
        people.accept(token, NOW, email="boss", name="Boss", password=GOOD)
    with pytest.raises(UsageError, match="too old"):
        people.accept(token, NOW + dt.timedelta(days=8), email="b@e.org", name="B", password=GOOD)
    people.accept(token, NOW, email="Boss@Example.org", name="Boss", password=GOOD)
    with pytest.raises(UsageError, match="was used"):
        people.accept(token, NOW, email="other@example.org", name="Other", password=GOOD)
    assert people.first_link(program) is None
    assert people.find("BOSS@example.org").name == "Boss"
    assert not Invitation.objects.filter(token_sha256__contains=token)
    assert shop.folder.exists()


def test_delegation_has_days_and_ends_with_what_it_stands_for(shop: Workshop, anna: Person) -> None:
    by = By(anna, "test", NOW)
    held = Grant.objects.get(person=anna, role=Role.DEPARTMENT_HEAD)
    other = shop.person(Role.SERVICE_OWNER, "workplace")
    assert other.person is not None
    days = (dt.date(2026, 4, 7), dt.date(2026, 4, 9))
    made = grants.delegate(by, held, other.person, *days)
    with pytest.raises(UsageError, match="passed on"):
        grants.delegate(other, made, anna, *days)
    with pytest.raises(DeniedError):
        grants.delegate(other, held, other.person, *days)

    def reads(day: int) -> bool:
        rights = rights_of(other.person, dt.date(2026, 4, day))  # type: ignore[arg-type]
        return rights.may(Act.READ_STATEMENTS, ("company", "sales"))

    assert [reads(day) for day in (6, 7, 9, 10)] == [False, True, True, False]
    grants.end(shop.person(Role.ADMIN), held)
    assert not reads(8)


def test_the_last_administrator_stays(shop: Workshop) -> None:
    admin = shop.person(Role.ADMIN)
    assert admin.person is not None
    with pytest.raises(UsageError, match="last administrator"):
        people.erase(admin, admin.person)
    with pytest.raises(UsageError, match="last administrator"):
        grants.end(admin, Grant.objects.get(person=admin.person))
    people.invite(admin, "next@example.org", "Next", Role.ADMIN)
    grants.end(admin, Grant.objects.get(person=admin.person))
    with pytest.raises(DeniedError):
        people.invite(admin, "third@example.org", "Third", Role.AUDITOR)


def test_a_transaction_that_fails_leaves_no_link(shop: Workshop) -> None:
    admin, count = shop.person(Role.ADMIN), Event.objects.count()

    def fails() -> None:
        with acting():
            events.record(admin, "x", "y")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert Event.objects.count() == count
    assert found() == []
