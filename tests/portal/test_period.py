"""The period room: from a run to a posted journal, on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in
from tests.portal.test_jobs import until, worker

from truecost.record.models import Job, Statement
from truecost.record.services import issuing, periods
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from django.test import Client
    from tests.record.workshop import Workshop

LABEL = "2026-01"
KEPT = {"label": LABEL}


def text(client: Client, name: str, **kwargs: object) -> str:
    answer = client.get(reverse(name, kwargs=kwargs or KEPT))
    assert answer.status_code == 200, answer.content.decode()
    said: str = answer.content.decode()
    assert said.count("<h1") == 1
    assert "style=" not in said
    return said


def entries(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('name="entry" value="')[1:]]


def test_a_month_from_run_to_journal(shop: Workshop) -> None:
    run = shop.build()
    analyst, leader = signed_in(shop.person(Role.ANALYST)), signed_in(shop.person(Role.LEADER))
    assert run.id in analyst.get(reverse("runs")).content.decode()
    with worker():
        _month(run.id, analyst, leader)
    _journal(shop, analyst, leader)


def _month(run: str, analyst: Client, leader: Client) -> None:
    answer = analyst.post(reverse("review"), {"run": run, "period": LABEL})
    assert answer.status_code == 303
    job = answer["Location"]
    assert "Putting under review: 2026-01" in analyst.get(job).content.decode()
    until(lambda: Job.objects.get().state == "done")
    said = analyst.get(job, headers={"hx-request": "true"})
    assert said["HX-Redirect"] == reverse("room", args=[LABEL])
    assert "<html" not in said.content.decode()
    page = text(analyst, "room")
    waiting = entries(page)
    assert waiting
    assert "Everything is settled" not in page
    answer = analyst.post(reverse("close", args=[LABEL]))
    assert answer.status_code == 422, "not before all is decided"
    answer = analyst.post(reverse("decide", args=[LABEL]), {"entry": waiting, "reason": " "})
    assert answer.status_code == 422
    assert "say why" in answer.content.decode()
    answer = analyst.post(
        reverse("decide", args=[LABEL]), {"entry": waiting, "reason": "<i>seen</i>"}
    )
    assert answer.status_code == 303
    page = text(analyst, "room")
    assert "Everything is settled" in page
    assert "&lt;i&gt;seen" in page
    page = analyst.post(reverse("close", args=[LABEL]))["Location"]
    until(lambda: Job.objects.get(kind="closing").state == "done")
    assert reverse("room", args=[LABEL]) in analyst.get(page).content.decode()
    assert "Another person issues it" in text(analyst, "issue")
    answer = analyst.post(reverse("issue_start", args=[LABEL]))
    assert answer.status_code == 403
    assert "another person issues it" in answer.content.decode()
    assert "<td>3</td>" in text(leader, "issue")
    page = leader.post(reverse("issue_start", args=[LABEL]))["Location"]
    until(lambda: Job.objects.get(kind="issue").state == "done")
    assert "3 documents" in leader.get(page).content.decode()
    assert Statement.objects.latest("number").number in text(leader, "issue")


def _journal(shop: Workshop, analyst: Client, leader: Client) -> None:
    assert "Post it" in text(analyst, "journal")
    assert "Post it" not in text(leader, "journal")
    assert leader.post(reverse("journal_post", args=[LABEL])).status_code == 403
    unit = Statement.objects.values_list("currency", flat=True)[0]
    answer = analyst.post(reverse("journal_post", args=[LABEL]), {"currency": unit})
    assert answer.status_code == 303
    posted = shop.store.journals.read()[0]
    for form in ("csv", "json", "beancount", "hledger"):
        keys = {"label": LABEL, "sequence": posted.sequence, "form": form}
        answer = analyst.get(reverse("journal_download", kwargs=keys))
        assert answer.status_code == 200
        assert posted.number in answer["Content-Disposition"]
    answer = analyst.post(reverse("journal_reverse", args=[LABEL]), {"currency": posted.currency})
    assert answer.status_code == 303
    assert "taken back" in text(analyst, "journal")


def test_what_differs_between_two_runs(shop: Workshop) -> None:
    first = shop.build()
    shop.add("2026-01-31,10.00,6400,IT-100,Late,Late")
    second = shop.build()
    client = signed_in(shop.person(Role.AUDITOR))
    said = {"old": first.id, "new": second.id, "period": LABEL}
    page = client.get(reverse("runs"), said).content.decode()
    assert "10.00" in page
    assert "+" in page
    same = client.get(reverse("runs"), {**said, "new": first.id}).content.decode()
    assert "differs" in same
    answer = client.get(reverse("runs"), {**said, "period": "1999-01"})
    assert answer.status_code == 422
    assert client.post(reverse("review"), {"run": first.id}).status_code == 403


def test_what_will_be_issued_is_what_is_issued(issued: Workshop) -> None:
    analyst, leader = issued.person(Role.ANALYST), issued.person(Role.LEADER)
    periods.reopen(analyst, periods.get(LABEL), "late invoice")
    issued.add("2026-01-31,10.00,6400,IT-100,Late,Late")
    row = issued.closed()
    page = text(signed_in(leader), "issue")
    made = issuing.issue(leader, row)
    told = made.statements.count()
    assert told
    assert f"<td>{told}</td>" in page


def test_reopening_asks_why(issued: Workshop) -> None:
    analyst = signed_in(issued.person(Role.ANALYST))
    assert analyst.post(reverse("reopen", args=[LABEL])).status_code == 422
    assert periods.get(LABEL).state == "issued"
    answer = analyst.post(reverse("reopen", args=[LABEL]), {"reason": "late invoice"})
    assert answer.status_code == 303
    assert periods.get(LABEL).state == "open"


def test_figures_of_a_period(issued: Workshop) -> None:
    auditor = signed_in(issued.person(Role.AUDITOR))
    assert "Both sides are equal" in text(auditor, "reconciliation")
    assert "Every line was read" in text(auditor, "rejects")
    assert auditor.get(reverse("room", args=["1999-01"])).status_code == 404


def test_the_room_reads_with_few_queries(issued: Workshop) -> None:
    auditor = signed_in(issued.person(Role.AUDITOR))
    counts = {}
    for name in ("room", "reconciliation", "rejects", "issue", "journal"):
        with CaptureQueriesContext(connection) as queries:
            text(auditor, name)
        assert not [each for each in queries if not each["sql"].startswith("SELECT")]
        counts[name] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        assert auditor.get(reverse("runs")).status_code == 200
    counts["runs"] = len(queries)
    assert counts == {
        "room": 7, "reconciliation": 6, "rejects": 5, "issue": 11, "journal": 7, "runs": 6,
    }  # fmt: skip
