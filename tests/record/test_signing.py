"""Owners sign off or refuse, on the figures that they saw; whoever stands in does it for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from tests.record.workshop import NOW, open_entries, waiting

from truecost.kernel.findings import UsageError
from truecost.record.models import Decision, Event
from truecost.record.services import grants, periods, signing
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.checklist import Item, listed
from truecost.record.services.periods import State
from truecost.record.services.permissions import Role
from truecost.statements.book import Book

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

    from truecost.record import models

LABEL = "2026-01"


def in_review(shop: Workshop) -> models.Period:
    run = shop.build()
    return periods.review(shop.person(Role.ANALYST), run.calendar.parse(LABEL), run)


def asked(shop: Workshop, by: By) -> list[signing.SignOff]:
    row = periods.get(LABEL)
    return signing.asked(by, row, Book.of(shop.store.need(row.run_id)))


def test_an_owner_signs_off_their_service_only(shop: Workshop) -> None:
    row = in_review(shop)
    owner = shop.person(Role.SERVICE_OWNER, "workplace")
    (mine,) = asked(shop, owner)
    assert mine.service == "workplace"
    assert mine.costs[0].now
    assert mine.costs[0].before is None, "the first month of the run"
    other = next(each for each in waiting(row) if each.subject != "workplace")
    with pytest.raises(DeniedError, match="sign this service off"):
        signing.say(owner, row, other.subject, other.facts, "mine too", refused=False)
    with pytest.raises(UsageError, match="have changed"):
        signing.say(owner, row, mine.service, "0" * 64, "as seen", refused=False)
    for _ in range(2):
        signing.say(owner, row, mine.service, mine.entry.facts, "as agreed", refused=False)
    assert Decision.objects.count() == 1
    (mine,) = asked(shop, owner)
    assert (mine.entry.settled, mine.entry.by) == (True, owner.key)


def test_what_an_owner_refuses_is_not_closed(shop: Workshop) -> None:
    row = in_review(shop)
    analyst, owner = shop.person(Role.ANALYST), shop.person(Role.SERVICE_OWNER, "workplace")
    (mine,) = asked(shop, owner)
    with pytest.raises(UsageError, match="say why"):
        signing.say(owner, row, mine.service, mine.entry.facts, " ", refused=True)
    for _ in range(2):
        signing.say(owner, row, mine.service, mine.entry.facts, "a licence twice", refused=True)
    assert Event.objects.filter(kind="sign-off refused").count() == 1
    some = periods.open_of(periods.entries(row), Item.SIGN_OFF)
    assert "workplace" not in {each.subject for each in some}, "not among all"
    periods.decide(analyst, row, periods.all_of(row, Item.SIGN_OFF, listed(some)), "seen")
    with pytest.raises(UsageError, match="refused: a licence twice") as raised:
        periods.close(analyst, row)
    assert len(raised.value.findings) == 1
    with pytest.raises(UsageError, match="refused: a licence twice"):
        periods.closable(analyst, row)
    periods.decide(analyst, row, [(Item.SIGN_OFF, "workplace")], "it is not twice")
    (entry,) = [each for each in periods.entries(row) if each.subject == "workplace"]
    assert (entry.settled, entry.refused_by, entry.refusal) == (
        True, owner.key, "a licence twice",
    )  # fmt: skip
    assert periods.close(analyst, row).state == State.CLOSED


def test_an_owner_changes_their_mind_until_it_is_closed(shop: Workshop) -> None:
    row = in_review(shop)
    owner = shop.person(Role.SERVICE_OWNER, "workplace")
    facts = asked(shop, owner)[0].entry.facts
    for refused in (False, True, False):
        signing.say(owner, row, "workplace", facts, "by now", refused=refused)
        assert asked(shop, owner)[0].entry.settled is not refused
    analyst = shop.person(Role.ANALYST)
    periods.decide(analyst, row, open_entries(row), "seen")
    periods.close(analyst, row)
    with pytest.raises(UsageError, match="not in review"):
        signing.say(owner, row, "workplace", facts, "too late", refused=True)


def test_who_stands_in_signs_off(shop: Workshop) -> None:
    row = in_review(shop)
    owner = shop.person(Role.SERVICE_OWNER, "workplace")
    deputy = shop.person(Role.DEPARTMENT_HEAD, "sales")
    assert owner.person is not None
    assert deputy.person is not None
    held = owner.person.grants.get()
    until = NOW.date() + dt.timedelta(days=3)
    grants.delegate(owner, held, deputy.person, NOW.date(), until)
    names = [(each.name, each.stands_for) for each in _owners(NOW.date())]
    assert names == [(owner.person.name, ""), (deputy.person.name, owner.person.name)]
    assert len(_owners(until + dt.timedelta(days=1))) == 1
    (mine,) = asked(shop, deputy)
    signing.say(deputy, row, mine.service, mine.entry.facts, "for the owner", refused=False)
    assert asked(shop, owner)[0].entry.by == deputy.key
    late = By(deputy.person, "test", NOW + dt.timedelta(days=9))
    with pytest.raises(DeniedError):
        signing.say(late, row, mine.service, mine.entry.facts, "late", refused=True)


def test_all_are_those_that_were_seen(shop: Workshop) -> None:
    row = in_review(shop)
    analyst = shop.person(Role.ANALYST)
    seen = listed(periods.open_of(periods.entries(row), Item.SIGN_OFF))
    some = periods.all_of(row, Item.SIGN_OFF, seen)
    assert len(some) == 3
    periods.decide(analyst, row, some, "looked at together")
    events = Event.objects.filter(kind="entry decided")
    assert events.count() == 3, "one for each"
    with pytest.raises(UsageError, match="the list has changed"):
        periods.all_of(row, Item.SIGN_OFF, seen)
    with pytest.raises(UsageError, match="only a sign-off"):
        periods.decide(analyst, row, [(Item.REJECTS, "")], "no", refused=True)


def _owners(day: dt.date) -> list[signing.Owner]:
    return signing.owners(["workplace"], day).get("workplace", [])
