"""The pages of disputes: raised from a line, answered, accepted; what is refused is said."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in

from truecost.kernel.findings import UsageError
from truecost.portal.disputes.shown import amount_of
from truecost.record.models import Dispute, Statement
from truecost.record.services import disputes, issuing
from truecost.record.services.permissions import Role
from truecost.statements import locale

if TYPE_CHECKING:
    import datetime as dt

    from django.test import Client
    from tests.record.workshop import Workshop

LINE = "service workplace"
HOSTILE = "<script>alert(1)</script>\u202e=cmd|' /C calc'!A0"


def sales() -> Statement:
    return Statement.objects.get(consumer="sales", kind="statement")


def form(client: Client) -> dict[str, str]:
    address = reverse("dispute_raise", args=[sales().number])
    page = client.get(address, {"line": LINE}).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    assert f'<option value="{LINE}" selected>' in page
    said = {"key": key[1], "line": LINE, "reason": "wrong quantity", "amount": "12.50"}
    return {**said, "text": HOSTILE}


def test_a_dispute_by_pages(issued: Workshop) -> None:
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    owner = signed_in(issued.person(Role.SERVICE_OWNER, "workplace"))
    analyst = signed_in(issued.person(Role.ANALYST))
    said = form(head)
    address = reverse("dispute_raise", args=[sales().number])
    for _ in range(2):  # sent twice, raised once
        sent = head.post(address, said)
        assert (sent.status_code, sent["Location"]) == (303, "/disputes/D-2026-00001")
    assert Dispute.objects.get().amount == 1_250
    page = owner.get("/disputes/D-2026-00001").content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Ledger lines behind it" in page
    assert f'href="/statements/{sales().number}"' not in page, "the owner may not read it"
    assert "Accept, and issue" not in page
    act = "/disputes/D-2026-00001/{}".format
    assert owner.post(act("accept"), {"reason": "x", "amount": "1"}).status_code == 403
    answer = owner.post(act("answer"), {"text": "You are right.", "amount": "10"})
    assert answer.status_code == 303
    page = analyst.get("/disputes/D-2026-00001").content.decode()
    assert "€10.00 proposed" in page
    assert 'value="10.00"' in page
    refused = analyst.post(act("accept"), {"reason": "x", "amount": "12.51"})
    assert refused.status_code == 422
    assert "is not between nothing and €12.50" in refused.content.decode()
    assert head.post(act("withdraw") + "x").status_code == 404
    done = analyst.post(act("accept"), {"reason": "one device less", "amount": "10"})
    assert done.status_code == 303
    page = head.get(reverse("statement", args=[sales().number])).content.decode()
    assert "C-2026-00001" in page
    page = head.get("/disputes/D-2026-00001").content.decode()
    assert "C-2026-00001" in page
    assert "one device less" in page
    assert "What you can do" in page, "a message may still be written"
    assert head.post(act("withdraw")).status_code == 422
    kept = head.get(reverse("dispute_evidence", args=["D-2026-00001"]))
    assert json.loads(kept.content)["schema"] == "truecost.evidence/1"


def test_amounts_and_days_are_written_as_the_workspace_says(shop: Workshop) -> None:
    settings = shop.folder / "truecost.yaml"
    settings.write_text(settings.read_text("utf-8") + "locale: de_DE\n", encoding="utf-8")
    shop.grown = True
    issuing.issue(shop.person(Role.LEADER), shop.closed())
    head = signed_in(shop.person(Role.DEPARTMENT_HEAD, "sales"))
    head.post(reverse("dispute_raise", args=[sales().number]), form(head))
    due = Dispute.objects.get().due
    for address in ("/disputes", "/disputes/D-2026-00001", "/disputes/ageing"):
        page = head.get(address).content.decode()
        assert "12,50\xa0€" in page, address
        if address != "/disputes/ageing":
            assert "Januar 2026" in page, address
            assert locale_day(due) in page, address
    page = head.get(reverse("dispute_raise", args=[sales().number])).content.decode()
    assert "Januar 2026" in page
    assert "€" in page.partition("stands of")[0].rpartition("At most")[2]


def locale_day(day: dt.date) -> str:
    with locale.speaking("de_DE"):
        return locale.day(day)


def test_lists_reports_and_their_queries(issued: Workshop) -> None:
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    for key in "abc":
        head.post(reverse("dispute_raise", args=[sales().number]), {**form(head), "key": key})
    owner = signed_in(issued.person(Role.SERVICE_OWNER, "workplace"))
    counts = {}
    for name, address in (
        ("list", "/disputes?whose=services&state=open"),
        ("one", "/disputes/D-2026-00001"),
        ("ageing", "/disputes/ageing"),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(address).status_code == 200
        assert not [each for each in queries if not each["sql"].startswith("SELECT")]
        counts[name] = len(queries)
    assert counts == {"list": 10, "one": 18, "ageing": 8}
    page = owner.get("/disputes?whose=mine").content.decode()
    assert "D-2026-00001" not in page
    rows = list(csv.DictReader(io.StringIO(owner.get("/disputes/ageing.csv").content.decode())))
    assert [(each["by"], each["waiting"], each["amount"]) for each in rows] == [
        ("all", "3", "37.50"), ("service", "3", "37.50"), ("department", "3", "37.50"),
    ]  # fmt: skip


def test_what_is_missing_is_said(issued: Workshop) -> None:
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    address, said = reverse("dispute_raise", args=[sales().number]), form(head)
    for change, what in (
        ({"reason": ""}, "choose a reason"),
        ({"amount": ""}, "a dispute says which one"),
        ({"amount": "lots"}, "is no amount"),
        ({"amount": "99999999"}, "is more than what stands"),
        ({"text": " "}, "say what it is about"),
        ({"text": "x" * 5_001}, "5,000 are kept"),
        ({"key": "x" * 65}, "the key of a request"),
        ({"line": "service none"}, "has no line"),
    ):
        answer = head.post(address, {**said, **change})
        assert (answer.status_code, change) == (422, change)
        assert what in answer.content.decode()
    assert head.get(address, {"line": "service none"}).status_code == 404
    assert not Dispute.objects.exists()
    assert disputes.cases(issued.person(Role.AUDITOR)) == []


def test_amounts_as_people_type_them() -> None:
    for text, minor in (
        ("", None), ("12", 1_200), ("12.5", 1_250), ("1,234.50", 123_450), ("1.234,50", 123_450),
        ("1 234,50", 123_450), ("1'234", 123_400), ("1,234", 123_400), ("0.01", 1),
    ):  # fmt: skip
        assert amount_of(text, "EUR") == minor
    assert amount_of("1,234", "JPY") == 1_234
    for wrong in ("x", "-1", "1e9", "12.5050", "1,23,4", "٣", "1" * 31, "."):
        with pytest.raises(UsageError, match="is no amount"):
            amount_of(wrong, "EUR")
    with pytest.raises(UsageError, match="is no amount"):
        amount_of("1,234.5", "BHD")
