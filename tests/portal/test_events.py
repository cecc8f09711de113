"""The chain of events on pages, and having the record checked."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in
from tests.portal.test_jobs import until, worker

from truecost.record.models import Event, Job
from truecost.record.services import corrections, events, people
from truecost.record.services.permissions import Role
from truecost.record.services.reading import statements

if TYPE_CHECKING:
    from django.test import Client
    from tests.record.workshop import Workshop


def page(client: Client, **asked: str) -> str:
    answer = client.get(reverse("events"), asked)
    assert answer.status_code == 200
    said: str = answer.content.decode()
    return said


def test_events_are_found(issued: Workshop) -> None:
    auditor = issued.person(Role.AUDITOR)
    client = signed_in(auditor)
    assert "period closed" in page(client)
    only = page(client, kind="period issued")
    assert "1 events" in only
    assert "Name of leader" in only
    assert "1 events" in page(client, person="leader", kind="period issued")
    assert "0 events" in page(client, person="analyst", kind="period issued")
    assert "0 events" in page(client, day="1999-01-01")
    assert "0 events" not in page(client, day="2026-04-07", subject="period 2026-01")


def test_what_is_personal_is_for_who_manages_people(issued: Workshop) -> None:
    admin = issued.person(Role.ADMIN)
    people.invite(admin, "nina@example.org", "Nina", Role.AUDITOR)
    assert "nina@example.org" in page(signed_in(admin))
    assert "nina@example.org" not in page(signed_in(issued.person(Role.AUDITOR)))


def test_csv_runs_nothing(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    row = statements(analyst).first()
    assert row
    corrections.credit(analyst, row, 1, "=1+1")
    answer = signed_in(analyst).get(reverse("events_csv"))
    text = b"".join(answer).decode()
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) == Event.objects.count() + 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_record_is_checked_by_the_worker(issued: Workshop) -> None:
    client = signed_in(issued.person(Role.AUDITOR))
    address = reverse("verification")
    assert events.head() in client.get(address).content.decode()
    assert client.post(reverse("verification_start")).status_code == 303
    assert client.post(reverse("verification_start")).status_code == 422
    with worker():
        until(lambda: Job.objects.get().state not in {"waiting", "running"})
    said = client.get(address).content.decode()
    assert "All holds" in said, Job.objects.get().result
    assert "each following from the one before" in said
    assert "<html" not in client.get(address, headers={"hx-request": "true"}).content.decode()


def test_few_queries(issued: Workshop) -> None:
    client = signed_in(issued.person(Role.AUDITOR))
    counts = {}
    for name in ("events", "verification"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        counts[name] = len(queries)
    assert counts == {"events": 11, "verification": 8}
