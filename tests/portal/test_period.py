"""The period room: from a run to a posted journal, on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in
from tests.portal.test_jobs import until, worker

from truecost.record.models import Event, Job, Statement
from truecost.record.services import corrections, issuing, periods
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
    assert 'data-label="Statements">3</td>' in text(leader, "issue")
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
    assert f'data-label="Supplements">{told}</td>' in page


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


def test_credit_notes_are_posted_once(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    client = signed_in(analyst)
    original = Statement.objects.get(consumer="sales")
    corrections.credit(analyst, original, 250, "counted twice", "service workplace")
    page = text(client, "journal")
    assert "They are posted once the journal of the period itself is" in page
    unit = {"currency": original.currency}
    assert client.post(reverse("journal_post", args=[LABEL]), unit).status_code == 303
    address = reverse("journal_credits", args=[LABEL])
    assert address in text(client, "journal")
    auditor = signed_in(issued.person(Role.AUDITOR))
    assert address not in text(auditor, "journal")
    assert auditor.post(address, unit).status_code == 403
    assert client.post(address, unit).status_code == 303
    page = text(client, "journal")
    assert "-C1</th>" in page, "it stands among what was posted"
    assert address not in page
    answer = client.post(address, unit)
    assert (answer.status_code, "waits to be posted" in answer.content.decode()) == (422, True)
    posted = Event.objects.filter(kind="journal posted").order_by("sequence")
    assert posted.count() == 2
    assert "-C1" in posted.last().after  # type: ignore[union-attr]  # there are two


def test_owners_sign_off_and_the_room_says_who_has(shop: Workshop) -> None:
    run = shop.build()
    analyst = shop.person(Role.ANALYST)
    row = periods.review(analyst, run.calendar.parse(LABEL), run)
    owner = shop.person(Role.SERVICE_OWNER, "workplace", name="own")
    room, mine = signed_in(analyst), signed_in(owner)
    page = text(room, "room")
    assert "Waits for <bdi>Name of own</bdi>" in page
    assert page.count("Nobody has the role of its owner") == 2
    page = mine.get(reverse("sign_offs")).content.decode()
    assert page.count("<article") == 1
    assert "1 of 1 service waits." in page
    link = page.partition('<p><a href="')[2].partition('"')[0]
    assert mine.get(link).status_code == 200, "the figures can be looked into"
    facts = page.partition('name="facts" value="')[2].partition('"')[0]
    address = reverse("sign_off", args=[LABEL, "workplace"])
    answer = mine.post(address, {"facts": facts, "verdict": "refuse", "reason": ""})
    assert (answer.status_code, "say why" in answer.content.decode()) == (422, True)
    answer = mine.post(address, {"facts": facts, "verdict": "refuse", "reason": "<b>no"})
    assert answer.status_code == 303
    page = text(room, "room")
    assert "by <bdi>Name of own</bdi>: <bdi>&lt;b&gt;no</bdi>" in page
    answer = mine.post(address, {"facts": facts, "verdict": "agree"})
    assert answer.status_code == 303
    assert "Signed off by <bdi>Name of own" in mine.get(reverse("sign_offs")).content.decode()
    other = reverse("sign_off", args=[LABEL, "network"])
    assert mine.post(other, {"facts": facts, "verdict": "agree"}).status_code == 403
    together = text(room, "room").partition('name="all" value="')[2].partition('"')[0]
    said = {"all": together, "reason": "seen together"}
    assert room.post(reverse("decide", args=[LABEL]), said).status_code == 303
    assert all(each.settled for each in periods.entries(row))
    answer = room.post(reverse("decide", args=[LABEL]), said)
    assert "the list has changed" in answer.content.decode()


def test_the_room_reads_with_few_queries(issued: Workshop) -> None:
    auditor = signed_in(issued.person(Role.AUDITOR))
    counts = {}
    for name in ("room", "reconciliation", "rejects", "unmapped", "issue", "journal"):
        with CaptureQueriesContext(connection) as queries:
            text(auditor, name)
        assert not [each for each in queries if not each["sql"].startswith("SELECT")]
        counts[name] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        assert auditor.get(reverse("runs")).status_code == 200
    counts["runs"] = len(queries)
    assert counts == {
        "room": 15, "reconciliation": 5, "rejects": 5, "unmapped": 5, "issue": 14, "journal": 8,
        "runs": 6,
    }  # fmt: skip
