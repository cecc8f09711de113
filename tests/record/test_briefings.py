"""Briefings and replies as acts: published once, never changed, told of, replied to, moderated."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, transaction
from tests.record.mail_server import mail_server
from tests.record.workshop import NOW

from truecost.kernel.findings import UsageError
from truecost.portal import delivery
from truecost.record.models import (
    Briefing,
    Draft,
    Event,
    Mail,
    Organisation,
    Payload,
    Reply,
    Statement,
    Subscription,
    Verdict,
    Withdrawal,
)
from truecost.record.services import (
    briefings,
    events,
    integrity,
    issuing,
    people,
    replies,
    rules,
    subscriptions,
)
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.briefings import Text
from truecost.record.services.permissions import Role
from truecost.record.services.replies import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.record.workshop import Workshop

VISITOR = By(None, "portal", NOW)
TEXT = Text("What IT costs in 2026", "Seats **fall**.\n\nStorage rises.", "Q1 2026")
NINA = {"name": "Nina", "email": "Nina@example.org"}


def published(by: By, text: Text = TEXT) -> Briefing:
    draft = briefings.begin(by, text)
    return briefings.publish(by, draft.key, briefings.hash_of(draft))


def opened() -> None:
    Organisation.objects.update(public_briefings=True)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match="what is written stays"), transaction.atomic():
        act()


def texts(by: By, row: Briefing) -> list[str | None]:
    return [each.text for each in replies.thread(by, row)]


def test_a_draft_is_its_authors_and_is_published_once(shop: Workshop) -> None:
    leader, analyst = shop.person(Role.LEADER), shop.person(Role.ANALYST)
    draft = briefings.begin(leader, Text("  Old\r\ntitle ", "x"))
    seen = briefings.hash_of(draft)
    assert briefings.draft(analyst, draft.key) is None
    for other in (
        lambda: briefings.save(analyst, draft.key, TEXT),
        lambda: briefings.publish(analyst, draft.key, seen),
        lambda: briefings.begin(shop.person(Role.AUDITOR), TEXT),
        lambda: briefings.begin(shop.person(Role.DEPARTMENT_HEAD, "sales"), TEXT),
    ):
        with pytest.raises(DeniedError):
            other()
    for _ in range(2):
        draft = briefings.save(leader, draft.key, TEXT)
    assert Event.objects.filter(kind="draft saved").count() == 2
    with pytest.raises(UsageError, match="changed since you looked"):
        briefings.publish(leader, draft.key, seen)
    seen = briefings.hash_of(draft)
    made = [briefings.publish(leader, draft.key, seen).number for _ in range(2)]
    assert made == ["B-2026-00001"] * 2
    assert not Draft.objects.exists()
    shown = briefings.briefing(shop.person(Role.SERVICE_OWNER, "workplace"), made[0])
    assert shown is not None
    assert (shown.row.title, shown.row.about, shown.by) == (TEXT.title, "Q1 2026", "Name of leader")
    assert shown.stands
    for wrong in (Text(" ", "x"), Text("x", " \n"), Text("x", "y" * 20_001), Text("x" * 201, "y")):
        with pytest.raises(UsageError):
            briefings.begin(leader, wrong)
    assert integrity.check(shop.store).findings == ()


def test_what_is_published_is_corrected_or_withdrawn_never_changed(shop: Workshop) -> None:
    leader = shop.person(Role.LEADER)
    first = published(leader)
    refused(lambda: Briefing.objects.update(body="x"))
    refused(lambda: Briefing.objects.all()._raw_delete("default"))
    draft = briefings.correct(leader, first)
    assert briefings.correct(leader, first).key == draft.key
    draft = briefings.save(leader, draft.key, replace(TEXT, body="Seats rise."))
    second = briefings.publish(leader, draft.key, briefings.hash_of(draft))
    assert second.cites_id == first.number
    with pytest.raises(UsageError, match="corrected by B-2026-00002"):
        briefings.correct(leader, first)
    for _ in range(2):
        briefings.withdraw(leader, second, "the rates were\nnot decided")
    with pytest.raises(UsageError, match="was withdrawn"):
        briefings.correct(leader, second)
    refused(lambda: Withdrawal.objects.update(why="x"))
    with pytest.raises(DeniedError):
        briefings.withdraw(shop.person(Role.AUDITOR), first, "x")
    owner = shop.person(Role.SERVICE_OWNER, "workplace")
    old, gone = (briefings.briefing(owner, each.number) for each in (first, second))
    assert old is not None
    assert gone is not None
    assert (old.corrected, old.readable, old.stands) == (second.number, True, False)
    assert gone.withdrawn is not None
    assert (gone.withdrawn.why, gone.readable) == ("the rates were not decided", False)
    assert [each.readable for each in briefings.published(leader)] == [True, True]
    assert integrity.check(shop.store).findings == ()
    assert "2 briefings and 0 replies" in " ".join(integrity.check(shop.store).held)


def test_who_reads_is_the_organisations_rule(shop: Workshop) -> None:
    row = published(shop.person(Role.LEADER))
    nobody = By(shop.person(Role.AUDITOR, name="nobody").person, "test", NOW)
    assert nobody.person
    nobody.person.grants.all().delete()
    for by, before in ((VISITOR, False), (nobody, False), (shop.person(Role.AUDITOR), True)):
        assert (briefings.briefing(by, row.number) is not None) is before
        assert bool(briefings.published(by)) is before
    admin = shop.person(Role.ADMIN)
    now = rules.of(Organisation.objects.get())
    rules.change(admin, replace(now, public_briefings=True))
    assert briefings.briefing(VISITOR, row.number) is not None
    assert Event.objects.filter(kind="rules changed").count() == 1


def subscribed(email: str) -> None:
    Subscription.objects.create(
        email=email, name="Sub", topic="briefings", asked=NOW, confirmed=NOW
    )


def test_publishing_tells_those_who_may_read_it_once_by_real_mail(shop: Workshop) -> None:
    leader = shop.person(Role.LEADER)
    head = shop.person(Role.DEPARTMENT_HEAD, "sales").person
    assert head
    assert head.email
    for each in (head.email, "stranger@example.org"):
        subscribed(each)
    subscriptions.ask(VISITOR, "other@example.org", "Other", "briefings")
    assert not Mail.objects.exists(), "an address that may not read them is asked nothing"
    draft = briefings.begin(leader, TEXT)
    for _ in range(2):
        briefings.publish(leader, draft.key, briefings.hash_of(draft))
    opened()
    subscriptions.ask(VISITOR, "other@example.org", "Other", "briefings")
    published(leader, replace(TEXT, title="Second"))
    with mail_server() as box:
        assert delivery.deliver(box.server, lambda: NOW) == 4
    told = [each.get_content() for each in box.to(head.email)]
    assert len(told) == 2
    assert "/briefings/B-2026-00001" in told[0]
    assert "asks you to sign in" in told[0]
    (stranger,) = box.to("stranger@example.org")
    assert stranger["Subject"] == "Second"
    assert "asks you to sign in" not in stranger.get_content()
    assert stranger["List-Unsubscribe"]
    assert "Seats" not in str(box.raw), "the text stays in the portal"


def test_replies_are_held_shown_answered_and_hidden(shop: Workshop) -> None:
    leader, admin = shop.person(Role.LEADER), shop.person(Role.ADMIN)
    head = shop.person(Role.DEPARTMENT_HEAD, "sales")
    row = published(leader)
    with pytest.raises(DeniedError):
        replies.write(VISITOR, row, "Hello", key="a", **NINA)
    with pytest.raises(DeniedError):
        replies.write(shop.person(Role.AUDITOR), row, "Hello", key="a")
    opened()
    for said in ({}, {"name": "N"}, {"name": " ", "email": "n@example.org"},
                 {"name": "N", "email": "none"}):  # fmt: skip
        with pytest.raises(UsageError):
            replies.write(VISITOR, row, "Hello", key="a", **said)
    made = [replies.write(VISITOR, row, "Why?", key="a", **NINA) for _ in range(2)]
    assert {each[0].key for each in made} == {made[0][0].key}
    assert made[0][1] is State.WAITING
    first = replies.write(head, row, "What of <b>storage</b>?", key="b", name="Else", email="x@y.z")
    assert first[1] is State.WAITING, "the first one of somebody"
    assert [texts(each, row) for each in (VISITOR, head, admin)] == [
        [], ["What of <b>storage</b>?"], ["Why?", "What of <b>storage</b>?"],
    ]  # fmt: skip
    waits = replies.to_look_at(admin)
    assert [(each.name, each.email) for each in waits] == [
        ("Nina", "nina@example.org"), ("Name of department-head-sales",
                                       "department-head-sales@example.org"),
    ]  # fmt: skip
    with pytest.raises(DeniedError):
        replies.to_look_at(head)
    with pytest.raises(DeniedError):
        replies.approve(head, waits[1].row)
    for each in waits:
        for _ in range(2):
            replies.approve(admin, each.row)
    assert Verdict.objects.count() == 2
    answer, state = replies.write(leader, row, "Prices.", key="c", parent=waits[0].row.key)
    assert (state, answer.speaks, answer.depth) == (State.SHOWN, True, 1)
    again, state = replies.write(head, row, "Thanks.", key="d", parent=answer.key)
    assert (state, again.speaks, again.depth) == (State.SHOWN, False, 2)
    with pytest.raises(UsageError, match="three deep"):
        replies.write(head, row, "More.", key="e", parent=again.key)
    replies.hide(admin, waits[0].row, "off the matter")
    top = replies.thread(VISITOR, row)[0]
    assert (top.state, top.name, top.text) == (State.HIDDEN, None, None)
    assert [(each.text, each.speaks) for each in top.answers] == [("Prices.", True)]
    with pytest.raises(UsageError, match="not there any more"):
        replies.write(head, row, "More.", key="f", parent=top.key)
    assert [each.why for each in replies.to_look_at(admin, State.HIDDEN)] == ["off the matter"]
    assert len(replies.to_look_at(admin, State.SHOWN)) == 3
    assert "example.org" not in repr(replies.thread(head, row))
    refused(lambda: Reply.objects.update(depth=0))
    refused(lambda: Verdict.objects.all()._raw_delete("default"))
    briefings.withdraw(leader, row, "wrong")
    with pytest.raises(UsageError, match="was withdrawn"):
        replies.write(head, Briefing.objects.get(), "More.", key="g")
    assert integrity.check(shop.store).findings == ()


def test_who_is_told_of_replies(shop: Workshop) -> None:
    leader, admin = shop.person(Role.LEADER), shop.person(Role.ADMIN)
    head = shop.person(Role.DEPARTMENT_HEAD, "sales")
    row = published(leader)
    opened()
    for at in range(3):
        replies.write(VISITOR, row, "Why?", key=str(at), **NINA)
    asked, _ = replies.write(head, row, "And sales?", key="a")
    mails = list(Mail.objects.values_list("recipient", "subject"))
    assert mails == [("leader@example.org", "A reply to B-2026-00001 waits to be looked at")]
    replies.approve(admin, asked)
    replies.write(leader, row, "Fine.", key="b", parent=asked.key)
    told = list(Mail.objects.order_by("id").values_list("recipient", "text"))[1:]
    assert [each for each, _ in told] == ["leader@example.org", head.person and head.person.email]
    assert "Fine" not in str(told), "what was written stays in the portal"
    assert "nina@example.org" not in {each for each, _ in told}, "they never confirmed it"


def test_statements_are_replied_to_by_who_reads_them(shop: Workshop) -> None:
    issuing.issue(shop.person(Role.LEADER), shop.closed())
    sales = Statement.objects.get(consumer="sales")
    head, other = (shop.person(Role.DEPARTMENT_HEAD, each) for each in ("sales", "factory"))
    opened()
    for denied in (other, VISITOR, shop.person(Role.SERVICE_OWNER, "workplace")):
        with pytest.raises(DeniedError):
            replies.write(denied, sales, "Hello", key="a", **NINA)
    asked, state = replies.write(head, sales, "Whose seats?", key="a")
    assert (state, asked.speaks) == (State.WAITING, False)
    for role, speaks in ((Role.LEADER, True), (Role.ANALYST, True), (Role.ADMIN, False)):
        made, state = replies.write(shop.person(role), sales, "Yours.", key="b")
        assert (state, made.speaks) == (State.SHOWN, speaks), role
    owner = shop.person(Role.SERVICE_OWNER, "workplace", name="both")
    assert not replies.speaks(other, sales)
    assert replies.speaks(owner, sales)
    assert not replies.speaks(shop.person(Role.SERVICE_OWNER, "nothing", name="no"), sales)
    assert integrity.check(shop.store).findings == ()


def test_names_addresses_and_texts_of_replies_are_forgotten(shop: Workshop) -> None:
    leader, admin = shop.person(Role.LEADER), shop.person(Role.ADMIN)
    head = shop.person(Role.DEPARTMENT_HEAD, "sales")
    row = published(leader)
    opened()
    later = replace(VISITOR, now=NOW + dt.timedelta(hours=1))
    for by, said in ((VISITOR, NINA), (later, NINA), (head, {}), (leader, {})):
        replies.write(by, row, f"Said by {by.key or 'Nina'}", key=by.now.isoformat(), **said)
    for each in replies.to_look_at(admin):
        replies.approve(admin, each.row)
    assert subscriptions.erase(admin, "nina@EXAMPLE.org") == 2
    assert head.person
    briefings.begin(leader, TEXT)
    people.erase(admin, head.person)
    assert leader.person
    people.erase(admin, leader.person)
    kept = [*Payload.objects.values_list("content", flat=True), *Draft.objects.values_list()]
    assert "Said by" not in str(kept)
    assert "nina" not in str(kept)
    assert texts(VISITOR, row) == [None] * 4
    shown = briefings.briefing(VISITOR, row.number)
    assert shown is not None
    assert shown.by == "somebody who is no longer known"
    assert not events.check().findings
    assert integrity.check(shop.store).findings == ()
