"""Who is told of what: asked for, confirmed, told once, ended, forgotten."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from tests.record.workshop import NOW, PASSWORD

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.days import Days
from truecost.kernel.findings import Place, UsageError
from truecost.model.charging import Form, Rate
from truecost.model.types import Target
from truecost.record.models import Event, Mail, Organisation, Payload, Subscription
from truecost.record.services import events, grants, issuing, mail, papers, people, subscriptions
from truecost.record.services.acts import By, acting
from truecost.record.services.permissions import Role
from truecost.record.services.subscriptions import Topic
from truecost.statements import coming

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

ANYBODY = By(None, "portal", NOW)


def linked(kind: str, text: str) -> str:
    found = re.search(rf"/subscriptions/{kind}/(\S+)", text)
    assert found
    return found[1]


def subscribed(email: str, subject: str = "sales", topic: str = Topic.STATEMENTS) -> str:
    """Subscribe and confirm; give the word of the mail's link."""
    subscriptions.ask(ANYBODY, email, "Nina", topic, subject)
    token = linked("confirm", Mail.objects.get(recipient=email, kind="confirmation").text)
    assert subscriptions.confirm(ANYBODY, token) is not None
    return token


def notices() -> dict[str, Mail]:
    return {each.recipient: each for each in Mail.objects.filter(kind="notice of statements")}


def test_nobody_is_told_who_did_not_confirm_and_everybody_else_once(shop: Workshop) -> None:
    row = shop.closed()
    issuing.issue(shop.person(Role.LEADER), row)
    assert not Mail.objects.exists()
    head = shop.person(Role.DEPARTMENT_HEAD, "sales").person
    assert head is not None
    assert head.email is not None
    for each in (head.email, "stranger@example.org", "gone@example.org"):
        subscribed(each)
    subscriptions.ask(ANYBODY, "silent@example.org", "Silent", Topic.STATEMENTS, "sales")
    subscribed("other@example.org", "factory")
    ended = Mail.objects.get(recipient="gone@example.org")
    assert ended.subject == "Confirm: Statements of sales"
    gone = Subscription.objects.get(email="gone@example.org")
    with acting():
        mail.send(ANYBODY, gone.email, "x", "y", kind="test", key="bounce")
    Mail.objects.filter(key="bounce").update(state=mail.State.REFUSED)
    issued = row.issues.get()
    made = [
        papers.Paper(each, tuple(b.consumer for b in each.branches.all()), ())
        for each in issued.statements.all()
    ]
    for _ in range(2):
        with acting():
            subscriptions.tell_issue(ANYBODY, "issue 1", row, made)
    told = notices()
    assert sorted(told) == sorted([head.email, "other@example.org", "stranger@example.org"])
    number = issued.statements.get(consumer="sales").number
    assert number in told[head.email].text
    assert "S-2026" not in told["stranger@example.org"].text
    for notice in told.values():
        assert "/subscriptions/end/" in notice.unsubscribe
        assert "€" not in notice.text
    for _ in range(2):
        assert subscriptions.end(ANYBODY, linked("end", told["other@example.org"].unsubscribe))
    with acting():
        subscriptions.tell_issue(ANYBODY, "issue 2", row, made)
    assert (
        Mail.objects.filter(recipient="other@example.org", key__startswith="issue 2").count() == 0
    )
    said = "".join(f"{each.subject}{each.before}{each.after}" for each in Event.objects.all())
    assert "example.org" not in said
    assert "Nina" not in said
    assert not events.check().findings


def test_heads_are_asked_once_whether_to_tell_them(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = shop.person(Role.ADMIN)
    _, token = people.invite(admin, "q@example.org", "Q", Role.DEPARTMENT_HEAD, "sales")
    people.accept(token, NOW, email="", name="Q", password=PASSWORD)
    assert not Mail.objects.exists(), "no server, no mails that wait for ever"
    monkeypatch.setattr(
        settings, "TRUECOST_MAIL", replace(settings.TRUECOST_MAIL, host="localhost")
    )
    head, token = people.invite(admin, "h@example.org", "H", Role.DEPARTMENT_HEAD, "sales")
    assert not Mail.objects.filter(kind="confirmation").exists(), "not before the link was used"
    people.accept(token, NOW, email="", name="H", password=PASSWORD)
    asked = Mail.objects.get(kind="confirmation")
    assert (asked.recipient, asked.subject) == ("h@example.org", "Confirm: Statements of sales")
    assert asked.text.startswith("You head sales now.")
    assert Subscription.objects.get().confirmed is None, "nobody is told who did not confirm"
    for scope in ("sales", "factory"):
        grants.grant(admin, head, Role.DEPARTMENT_HEAD, scope)
    grants.grant(admin, head, Role.SERVICE_OWNER, "web")
    subjects = Mail.objects.filter(kind="confirmation").values_list("subject", flat=True)
    assert sorted(subjects) == ["Confirm: Statements of factory", "Confirm: Statements of sales"]
    assert subscriptions.confirm(ANYBODY, linked("confirm", asked.text)) is not None


def test_issuing_tells_in_its_own_transaction(shop: Workshop) -> None:
    first = shop.closed()
    issuing.issue(shop.person(Role.LEADER), first)
    subscribed("stranger@example.org", "company")
    second = shop.closed("2026-02")
    for _ in range(2):
        issuing.issue(shop.person(Role.LEADER), second)
    assert list(notices()) == ["stranger@example.org"]
    assert Mail.objects.filter(kind="notice of statements").count() == 1


@pytest.mark.usefixtures("shop")
def test_what_is_not_there_is_answered_like_what_is() -> None:
    subscriptions.ask(ANYBODY, "a@example.org", "A", Topic.STATEMENTS, "no such department")
    assert not Mail.objects.exists()
    good = ("a@example.org", "A")
    for wrong in (("x", "A", "briefings"), (good[0], " ", "briefings"), (*good, "news"),
                  (*good, "statements")):  # fmt: skip
        with pytest.raises(UsageError):
            subscriptions.ask(ANYBODY, *wrong)
    subscriptions.ask(ANYBODY, "a@example.org", "A\r\nBcc: x", "briefings")
    assert not Mail.objects.exists(), "nor are those who may not read briefings asked"
    Organisation.objects.update(public_briefings=True)
    subscriptions.ask(ANYBODY, "a@example.org", "A\r\nBcc: x", "briefings")
    token = linked("confirm", Mail.objects.get().text)
    later = replace(ANYBODY, now=NOW + dt.timedelta(days=8))
    assert subscriptions.confirm(later, token) is None
    assert subscriptions.confirm(ANYBODY, token[:-1] + "x") is None
    assert subscriptions.opened(token) is None, "a link to confirm ends nothing"
    assert subscriptions.confirm(ANYBODY, token) is not None
    again = replace(ANYBODY, now=NOW + dt.timedelta(hours=1))
    subscriptions.ask(again, "a@example.org", "A", "briefings")
    assert "already" in Mail.objects.order_by("-id")[0].text
    assert Subscription.objects.get().confirmed == NOW


def test_whoever_asks_to_be_forgotten_is(shop: Workshop) -> None:
    head = shop.person(Role.DEPARTMENT_HEAD, "sales").person
    assert head is not None
    assert head.email is not None
    Organisation.objects.update(public_briefings=True)
    for each in (head.email, "stranger@example.org"):
        subscribed(each, topic=Topic.BRIEFINGS)
    admin = shop.person(Role.ADMIN)
    assert [each.email for each in subscriptions.everybody(admin)]
    people.erase(admin, head)
    assert subscriptions.erase(admin, "Stranger@example.org") == 2
    assert not Subscription.objects.exists()
    kept = [*Mail.objects.values_list("recipient", "text"),
            *Payload.objects.values_list("content", "person")]  # fmt: skip
    assert "stranger@" not in str(kept)
    assert "department-head" not in str(kept)
    assert not events.check().findings


RATES = """\
rates:
  working place:
    service: workplace
    price: 27.50
    valid: { from: 2026-01-01, to: 2026-05-31 }
  working place from June:
    service: workplace
    price: 29.00
    valid: { from: 2026-06-01 }
"""


def test_a_rate_that_changes_is_told_once(shop: Workshop) -> None:
    issuing.issue(shop.person(Role.LEADER), shop.closed())
    subscribed("nina@example.org", "workplace", Topic.RATES)
    subscribed("otto@example.org", "network", Topic.RATES)
    subscriptions.ask(ANYBODY, "silent@example.org", "Silent", Topic.RATES, "workplace")
    before = Mail.objects.count()
    subscriptions.ask(ANYBODY, "nina@example.org", "Nina", Topic.RATES, "no such service")
    assert Mail.objects.count() == before
    (shop.folder / "model/rates.yaml").write_text(RATES.replace("2026-01", "2026-02"), "utf-8")
    shop.grown = True
    row = shop.closed("2026-02")
    issuing.issue(shop.person(Role.LEADER), row)
    with acting():
        subscriptions.tell_rates(ANYBODY, subscriptions.rate_days(row))
    told = Mail.objects.filter(kind="notice of rates").order_by("id")
    assert [(each.recipient, each.subject) for each in told] == [
        ("nina@example.org", f"Changes of the rates of workplace: 1 {month} 2026")
        for month in ("February", "June")
    ]
    for each in told:
        assert "/services/workplace" in each.text
        assert "/subscriptions/end/" in each.unsubscribe
        assert "29" not in each.text


def test_days_on_which_rates_begin_or_end() -> None:
    place = Place("rates.yaml")

    def rate(service: str, first: dt.date | None, last: dt.date | None) -> Rate:
        return Rate(
            place, f"{service} {first}", service, Target(place), Form.UNIT, days=Days(first, last)
        )  # fmt: skip

    known = [
        rate("desk", None, dt.date(2026, 3, 31)), rate("desk", dt.date(2026, 4, 1), None),
        rate("mail", dt.date(2024, 1, 1), dt.date(2026, 12, 31)),
        rate("shop", dt.date(2024, 1, 1), None), rate("far", dt.date(2028, 1, 1), None),
    ]  # fmt: skip
    assert coming.rate_days(CALENDAR_MONTHS.parse("2026-03"), known) == {
        "desk": ((dt.date(2026, 4, 1), True),),
        "mail": ((dt.date(2026, 12, 31), False),),
    }
