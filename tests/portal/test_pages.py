"""What pages show, and what they never do."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.portal.conftest import signed_in
from tests.record.workshop import PASSWORD

from truecost.portal import logs
from truecost.record import guards
from truecost.record.models import Person, Statement
from truecost.record.services import corrections, people
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    import pytest
    from tests.record.workshop import Workshop


def number(consumer: str) -> str:
    return Statement.objects.get(consumer=consumer, kind="statement").number


def test_the_first_page_has_periods_and_what_is_ones_own(issued: Workshop) -> None:
    page = signed_in(issued.person(Role.ANALYST)).get("/").content.decode()
    assert "January 2026" in page
    assert "issued" in page
    assert page.count("S-2026-0000") == 6  # three, each in its address and in its text
    page = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales")).get("/").content.decode()
    assert number("sales") in page
    assert number("factory") not in page
    assert "Periods" not in page


def test_a_statement_stands_in_the_frame_as_it_was_issued(issued: Workshop) -> None:
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    page = head.get(reverse("statement", args=[number("sales")])).content.decode()
    assert f"No. {number('sales')} · issued 7 April 2026" in page
    assert page.count("<main") == page.count("<html") == page.count("<h1") == 1
    assert "<style" not in page
    assert "style=" not in page
    assert "<script>" not in page
    assert head.get(reverse("statement", args=[number("factory")])).status_code == 404


def test_documents_come_as_they_were_issued(issued: Workshop) -> None:
    auditor = signed_in(issued.person(Role.AUDITOR))
    row = Statement.objects.get(consumer="sales")
    for each in row.documents.all():
        answer = auditor.get(reverse("document", args=[row.number, each.form]))
        assert answer.content == bytes(each.content)
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Disposition"].startswith("attachment")
    assert auditor.get(reverse("document", args=[row.number, "exe"])).status_code == 404


def test_a_correction_and_its_original_lead_to_each_other(issued: Workshop) -> None:
    row = Statement.objects.get(consumer="sales")
    made = corrections.credit(issued.person(Role.ANALYST), row, 250, "<b>counted</b> twice")
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    page = head.get(reverse("statement", args=[row.number])).content.decode()
    assert made.number in page
    assert "<b>counted" not in page
    page = head.get(reverse("statement", args=[made.number])).content.decode()
    assert row.number in page
    assert "Credit note" in page


def test_pages_that_only_read_open_no_transaction(issued: Workshop) -> None:
    """On SQLite a transaction waits for the writer: 70 % of reads were lost so in a trial."""
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    counts = {}
    for name, address in (
        ("home", "/"),
        ("statement", reverse("statement", args=[number("sales")])),
        ("document", reverse("document", args=[number("sales"), "pdf"])),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert head.get(address).status_code == 200
        said = [each["sql"] for each in queries]
        assert not [sql for sql in said if not sql.startswith("SELECT")]
        counts[name] = len(said)
    assert counts == {"home": 9, "statement": 13, "document": 6}


def test_signing_in_by_an_address_in_any_letters(issued: Workshop) -> None:
    cache.clear()
    issued.person(Role.DEPARTMENT_HEAD, "sales", name="anna")
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    asked = client.get("/").headers["Location"]
    page = client.get(asked).content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    said = {"login": "Anna@Example.ORG", "password": PASSWORD, "next": "/"}
    assert client.post(asked, said).status_code == 403, "without its token"
    answer = client.post(asked, {**said, "csrfmiddlewaretoken": token[1]})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    cookie = client.cookies["truecost_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "Name of anna" in client.get("/").content.decode()
    assert client.post(reverse("account_logout")).status_code == 403


def test_guessing_passwords_is_slowed(issued: Workshop) -> None:
    cache.clear()
    issued.person(Role.AUDITOR, name="anna")
    client = Client(headers={"host": "localhost"})
    said = {"login": "anna@example.org", "password": "wrong"}
    found = [client.post(reverse("account_login"), said) for _ in range(12)]
    assert any(each.status_code == 429 or b"Too many" in each.content for each in found)
    cache.clear()


def test_an_invitation_is_taken_once(shop: Workshop) -> None:
    cache.clear()
    admin = replace(shop.person(Role.ADMIN), now=timezone.now())
    _, token = people.invite(admin, "new@example.org", "New", Role.DEPARTMENT_HEAD, "sales")
    address = reverse("welcome", args=[token])
    client = Client(headers={"host": "localhost"})
    assert "new@example.org" in client.get(address).content.decode()
    answer = client.post(address, {"name": "New One", "password": "short"})
    assert answer.status_code == 422
    assert "too short" in answer.content.decode()
    answer = client.post(address, {"name": "New One", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "New One" in client.get("/").content.decode()
    assert client.get(address).status_code == 404
    assert Person.objects.get(email="new@example.org").name == "New One"


def test_logs_say_nothing_personal(issued: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    by = issued.person(Role.ADMIN, name="anna")
    _, token = people.invite(
        replace(by, now=timezone.now()), "new@example.org", "Nina", Role.AUDITOR
    )
    client = signed_in(by)
    client.get(reverse("welcome", args=[token]))
    client.get(f"/statements/{number('sales')}?who=anna@example.org")
    client.get(f"/nowhere/{token}")
    lines = [logs.Lines().format(each) for each in caplog.records]
    for line in lines:
        json.loads(line)
    text = "\n".join(lines)
    for secret in (token, "anna", "Nina", "example.org", number("sales"), "127.0.0.1"):
        assert secret not in text
    assert by.key in text
    assert '"route": "statement"' in text


def test_not_ready_where_a_guard_is_gone(shop: Workshop) -> None:
    client = Client(headers={"host": "localhost"})
    assert client.get("/health").json() == {"status": "up"}
    assert client.get("/ready").json() == {"status": "ready", "lacks": []}
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER record_event_no_update")
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert "record_event_no_update" in answer.content.decode()
    guards.install(connection)
    assert client.get("/ready").status_code == 200
    assert shop.folder.exists()


def test_pages_of_errors_are_drawn_for_anybody(shop: Workshop) -> None:
    client = Client(headers={"host": "localhost"})
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert AnonymousUser().is_anonymous
    assert shop.folder.exists()
