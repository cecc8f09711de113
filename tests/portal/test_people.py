"""People, roles, who stands in for whom, rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in

from truecost.record.models import Event, Grant, Person
from truecost.record.services import events, periods
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def test_somebody_is_invited_and_the_link_shown_once(issued: Workshop) -> None:
    admin = signed_in(issued.person(Role.ADMIN))
    said = {
        "name": "<b>Nina</b>", "email": "nina@example.org", "role": "department head",
        "consumer": "sales", "service": "workplace",
    }  # fmt: skip
    answer = admin.post(reverse("person_invite"), said)
    assert answer.status_code == 201
    page = answer.content.decode()
    link = re.search(r'value="(http\S+/welcome/\S+)"', page)
    assert link
    assert "<b>Nina" not in page
    assert Client().get(link[1], headers={"host": "localhost"}).status_code == 200
    assert link[1] not in admin.get(reverse("people")).content.decode()
    grant = Grant.objects.get(person__email="nina@example.org")
    assert (grant.role, grant.scope) == ("department head", "sales")
    again = admin.post(reverse("person_invite"), said)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    answer = admin.post(reverse("person_invite"), {**said, "email": "x@example.org", "role": "z"})
    assert answer.status_code == 422


def test_roles_are_given_and_ended(issued: Workshop) -> None:
    admin = signed_in(issued.person(Role.ADMIN))
    person = issued.person(Role.AUDITOR, name="anna").person
    assert person
    days = {"role": "leader", "from": "2026-01-01", "until": "2026-12-31"}
    address = reverse("person_act", args=[person.key, "grant"])
    assert admin.post(address, days).status_code == 303
    held = Grant.objects.get(person=person, role="leader")
    assert str(held.until_day) == "2026-12-31"
    assert admin.post(address, {**days, "from": "soon"}).status_code == 422
    assert admin.post(reverse("grant_end", args=[held.pk])).status_code == 303
    held.refresh_from_db()
    assert held.ended


def test_shut_out_let_in_erased(issued: Workshop) -> None:
    by = issued.person(Role.ADMIN)
    admin = signed_in(by)
    anna = issued.person(Role.AUDITOR, name="anna")
    assert anna.person
    theirs = signed_in(anna)
    assert theirs.get("/").status_code == 200
    admin.post(reverse("person_act", args=[anna.person.key, "shut-out"]))
    assert theirs.get("/").status_code == 302
    admin.post(reverse("person_act", args=[anna.person.key, "let-in"]))
    assert signed_in(anna).get("/").status_code == 200
    erase = reverse("person_act", args=[anna.person.key, "erase"])
    assert admin.post(erase).status_code == 422
    assert admin.post(erase, {"sure": "yes"}).status_code == 303
    assert not Person.objects.filter(email="anna@example.org").exists()
    assert events.check().findings == ()
    assert by.person
    alone = reverse("person_act", args=[by.person.key, "shut-out"])
    assert "last administrator" in admin.post(alone).content.decode()


def test_another_stands_in(issued: Workshop) -> None:
    head = issued.person(Role.DEPARTMENT_HEAD, "sales")
    issued.person(Role.AUDITOR, name="anna")
    client = signed_in(head)
    mine = Grant.objects.get(person=head.person)
    said = {
        "grant": mine.pk, "email": "anna@example.org", "from": "2026-01-01",
        "until": "2036-01-01",
    }  # fmt: skip
    assert client.post(reverse("standing_in"), said).status_code == 303
    made = Grant.objects.get(delegate_of=mine)
    assert "Name of anna" in client.get(reverse("standing_in")).content.decode()
    unknown = client.post(reverse("standing_in"), {**said, "email": "ann@example.org"})
    assert unknown.status_code == 422
    assert "anna@example.org" not in unknown.content.decode()
    other = signed_in(issued.person(Role.DEPARTMENT_HEAD, "factory"))
    assert other.post(reverse("grant_end", args=[made.pk])).status_code == 404
    assert other.post(reverse("standing_in"), said).status_code == 422
    assert client.post(reverse("grant_end", args=[made.pk])).status_code == 303
    made.refresh_from_db()
    assert made.ended


def test_rules_are_changed(issued: Workshop) -> None:
    admin = signed_in(issued.person(Role.ADMIN))
    said = {"percent": "5", "threshold": "2,500.50", "answer_days": "7"}
    assert admin.post(reverse("rules_change"), said).status_code == 303
    row = periods.organisation()
    assert (row.threshold_percent, row.threshold, row.two_people) == (5, 250050, False)
    assert Event.objects.filter(kind="rules changed").count() == 1
    for wrong in ({"percent": "x"}, {"threshold": "NaN"}, {"threshold": "0.001"}):
        assert admin.post(reverse("rules_change"), {**said, **wrong}).status_code == 422
    auditor = signed_in(issued.person(Role.AUDITOR))
    assert "Change the rules" not in auditor.get(reverse("rules")).content.decode()


@pytest.mark.parametrize(("name", "count"), [("people", 8), ("standing_in", 6), ("rules", 8)])
def test_queries(issued: Workshop, name: str, count: int) -> None:
    for role in Role:
        issued.person(role, {"department head": "sales", "service owner": "rosa"}.get(role, ""))
    admin = signed_in(issued.person(Role.ADMIN))
    admin.get(reverse(name))
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(reverse(name)).status_code == 200
    assert len(queries) == count
