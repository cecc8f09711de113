"""Briefings and replies by the API, as a program does them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.conftest import both, program

from truecost.record.models import Answer, Reply, Statement
from truecost.record.services.permissions import Role
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

pytestmark = both

SAID = {"title": "What IT costs", "body": "Seats **fall**.", "about": "Q2"}


def test_a_program_publishes_replies_and_moderates(issued: Workshop) -> None:
    leader, admin = (program(issued.person(each)) for each in (Role.LEADER, Role.ADMIN))
    head = program(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    draft = leader.post("briefings/drafts", SAID).json()
    assert "<strong>fall</strong>" in draft["html"]
    address = f"briefings/drafts/{draft['key']}"
    assert admin.get(address).status_code == 404, "a draft is its author's"
    changed = leader.ask("PUT", address, SAID | {"title": "Other"}).json()
    stale = leader.post(f"{address}/publication", {"seen": draft["seen"]})
    assert stale.status_code == 409
    made = [
        leader.post(f"{address}/publication", {"seen": changed["seen"]}).json()["number"]
        for _ in range(2)
    ]
    assert made == ["B-2026-00001"] * 2
    assert head.get("briefings").json()["items"][0]["title"] == "Other"
    said = {"text": "Why?"}
    both = [
        head.post("briefings/B-2026-00001/replies", said, Idempotency_Key="a") for _ in range(2)
    ]
    assert {each.status_code for each in both} == {201}
    assert both[0].json()["state"] == "waiting"
    assert Reply.objects.count() == 1
    kept = b"".join(bytes(each.body) for each in Answer.objects.all())
    assert b"Why?" not in kept, "what is kept for a key can't be erased"
    assert b"@" not in kept
    (held,) = admin.get("replies").json()["items"]
    assert held["email"] == "department-head-sales@example.org"
    assert head.get("replies").status_code == 403
    assert admin.post(f"replies/{held['key']}/approval").json()["state"] == "shown"
    answer = {"text": "So.", "answers": held["key"]}
    assert leader.post("briefings/B-2026-00001/replies", answer).status_code == 201
    thread = head.get("briefings/B-2026-00001/replies")
    assert [(each["text"], each["answers"], each["speaks"]) for each in thread.json()["items"]] == [
        ("Why?", None, False), ("So.", held["key"], True),
    ]  # fmt: skip
    assert "@" not in thread.content.decode()
    hidden = admin.post(f"replies/{held['key']}/hiding", {"reason": "off the matter"})
    assert hidden.json()["state"] == "hidden"
    gone = leader.post("briefings/B-2026-00001/withdrawal", {"reason": "not decided"}).json()
    assert gone["withdrawn"] == "not decided"
    assert head.get("briefings/B-2026-00001").json()["body"] is None


def test_statements_are_replied_to_within_scopes(issued: Workshop) -> None:
    number = Statement.objects.get(consumer="sales").number
    of = f"statements/{number}/replies"
    head = issued.person(Role.DEPARTMENT_HEAD, "sales")
    assert program(head).post(of, {"text": "Whose seats?"}).status_code == 201
    assert len(program(head).get(of).json()["items"]) == 1, "one's own, while it waits"
    other = program(issued.person(Role.DEPARTMENT_HEAD, "factory"))
    assert other.get(of).status_code == 404
    assert other.post(of, {"text": "Whose seats?"}).status_code == 404
    assert program(head, Scope.STATEMENTS).post(of, {"text": "x"}).status_code == 403
    auditor = program(issued.person(Role.AUDITOR))
    assert auditor.post(of, {"text": "x"}).status_code == 403
