"""People, their roles, ways in, tokens and jobs: on both databases, also where two act at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.record.test_together import at_once
from tests.record.workshop import NOW, PASSWORD

from truecost.kernel.findings import UsageError
from truecost.record.models import Event, Grant, Invitation, Job, Person, Token
from truecost.record.services import entering, events, grants, jobs, people, tokens
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.permissions import Act, Role, rights_of
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

LATER = NOW + dt.timedelta(days=8)


def kinds() -> list[str]:
    return list(Event.objects.order_by("sequence").values_list("kind", flat=True))


def test_who_is_invited_comes_in_by_the_last_link_and_once(shop: Workshop) -> None:
    admin = shop.person(Role.ADMIN)
    person, first = people.invite(admin, "New@Example.org ", "  N  N ", Role.LEADER)
    assert (person.email, person.name) == ("new@example.org", "N N")
    second = people.invite_again(admin, person)
    assert people.invitation(first, NOW) is None
    assert people.invitation(second, LATER) is None, "too late"
    with pytest.raises(UsageError, match="too short"):
        people.accept(second, NOW, email="", name="N", password="short")
    found = people.accept(second, NOW, email="other@example.org", name="N", password=PASSWORD)
    assert found.email == "new@example.org", "the address is that of the invitation"
    with pytest.raises(UsageError, match="was used"):
        people.accept(second, NOW, email="", name="N", password=PASSWORD)
    with pytest.raises(UsageError, match="already"):
        people.invite(admin, "NEW@example.org", "Twice", Role.LEADER)
    with pytest.raises(DeniedError):
        people.invite(By(found, "test", NOW), "x@example.org", "X", Role.ADMIN)
    assert not events.check().findings


def test_a_role_over_a_part_names_it_and_ends_with_what_was_delegated(shop: Workshop) -> None:
    admin, head = shop.person(Role.ADMIN), shop.person(Role.DEPARTMENT_HEAD, "sales")
    other = shop.person(Role.AUDITOR).person
    assert head.person is not None
    assert other is not None
    for role, scope in ((Role.DEPARTMENT_HEAD, ""), (Role.LEADER, "sales")):
        with pytest.raises(UsageError, match="the role of"):
            grants.grant(admin, other, role, scope)
    (own,) = grants.own(head)
    day = head.day
    stands = grants.delegate(head, own, other, day, day + dt.timedelta(days=3))
    acting = By(other, "test", NOW)
    assert acting.rights.may(Act.DISPUTE, ("sales",))
    assert not replace(acting, now=LATER).rights.may(Act.DISPUTE, ("sales",)), "after the holiday"
    with pytest.raises(UsageError, match="passed on"):
        grants.delegate(acting, stands, head.person, day, day)
    assert grants.held(shop.person(Role.ANALYST), own.pk) is None, "not theirs to know"
    grants.end(admin, own)
    assert not acting.rights.may(Act.DISPUTE, ("sales",))
    assert kinds()[-2:] == ["role delegated", "role ended"]


def test_the_last_administrator_stays_also_where_two_take_each_other_out(shop: Workshop) -> None:
    one, two = shop.person(Role.ADMIN, name="one"), shop.person(Role.ADMIN, name="two")
    assert one.person is not None
    assert two.person is not None
    for _ in range(5):
        refused = at_once(
            partial(people.shut_out, one, two.person, out=True),
            partial(people.shut_out, two, one.person, out=True),
        )
        assert [type(each) for each in refused] in ([UsageError], [DeniedError])
        assert Person.objects.filter(is_active=True, grants__role=Role.ADMIN).count() == 1
        Person.objects.update(is_active=True)
    held = [Grant.objects.get(person=each.person) for each in (one, two)]
    for _ in range(5):
        refused = at_once(partial(grants.end, one, held[1]), partial(grants.end, two, held[0]))
        assert [type(each) for each in refused] in ([UsageError], [DeniedError])
        assert Grant.objects.filter(role=Role.ADMIN, ended=None).count() == 1
        Grant.objects.update(ended=None)


def test_who_is_erased_is_forgotten_and_what_they_did_stays(shop: Workshop) -> None:
    admin = shop.person(Role.ADMIN)
    person, link = people.invite(admin, "gone@example.org", "Gone Gander", Role.LEADER)
    people.accept(link, NOW, email="", name="Gone Gander", password=PASSWORD)
    _, word = tokens.make(By(person, "test", NOW), "my sheet", [Scope.STATEMENTS], 30)
    people.erase(admin, person)
    person.refresh_from_db()
    assert (person.email, person.name, person.is_active) == (None, "", False)
    assert not person.has_usable_password()
    assert tokens.acts_for(word, NOW) is None
    assert not rights_of(person, admin.day).grants
    assert not Invitation.objects.filter(person=person).exists()
    assert people.names([person.key]) == {}
    assert Token.objects.get().name == ""
    assert not events.check().findings
    assert "Gander" not in str(list(Event.objects.values("subject", "before", "after")))


def test_single_sign_on_lets_in_who_was_invited_and_follows_groups(shop: Workshop) -> None:
    admin, nobody = shop.person(Role.ADMIN), By(None, "oidc", NOW)
    with pytest.raises(UsageError, match="nobody has invited you"):
        entering.signed_on(nobody, "corp", "u-1", ["s@example.org"], None)
    person, _ = people.invite(admin, "s@example.org", "S", Role.LEADER)
    found = entering.signed_on(
        nobody, "corp", "u-1", ["S@example.org"], {Role.AUDITOR: True, Role.LEADER: False}
    )
    assert found == person
    standing = Grant.objects.filter(person=person, ended=None)
    assert [each.role for each in standing] == [Role.AUDITOR]
    with pytest.raises(UsageError, match="somebody else's"):
        entering.signed_on(nobody, "corp", "u-2", ["s@example.org"], None)
    people.shut_out(admin, person, out=True)
    person.refresh_from_db()
    with pytest.raises(UsageError, match="no longer"):
        entering.signed_on(By(person, "oidc", NOW), "corp", "u-1", [], None)


def test_a_token_does_what_it_is_for_until_it_ends(shop: Workshop) -> None:
    leader = shop.person(Role.LEADER)
    assert leader.person is not None
    for wrong in (("", [Scope.ISSUE], 1), ("x", [], 1), ("x", ["everything"], 1),
                  ("x", [Scope.ISSUE], 9999)):  # fmt: skip
        with pytest.raises(UsageError):
            tokens.make(leader, *wrong)
    row, word = tokens.make(leader, "a sheet", [Scope.STATEMENTS], 7)
    found = tokens.acts_for(word, NOW)
    assert found is not None
    by = found[1]
    assert by.rights.may(Act.READ_STATEMENTS, ("sales",))
    assert not by.rights.may(Act.ISSUE), "its person may, it may not"
    with pytest.raises(DeniedError):
        tokens.make(by, "another", [Scope.ISSUE], 7)
    assert tokens.acts_for(word, LATER) is None
    assert tokens.acts_for(f"{word}x", NOW) is None
    with pytest.raises(DeniedError):
        tokens.revoke(shop.person(Role.ANALYST), row)
    for _ in range(2):
        tokens.revoke(leader, row)
    assert tokens.acts_for(word, NOW) is None
    assert kinds().count("token revoked") == 1
    assert word not in str(list(Token.objects.values()))


def test_a_job_is_asked_for_begun_and_ended_once(shop: Workshop) -> None:
    analyst = shop.person(Role.ANALYST)
    sent: list[int] = []
    wrong = at_once(*[
        partial(jobs.ask, analyst, jobs.Kind.BUILD, "", {"model": "m"}, sent.append)
        for _ in range(4)
    ])  # fmt: skip
    assert [type(each) for each in wrong] == [UsageError] * 3, "one is under way"
    row = Job.objects.get()
    begun = [jobs.begin(NOW, row.pk) for _ in range(2)]
    assert [each is not None for each in begun] == [True, False]
    assert begun[0] is not None
    assert jobs.asked_by(begun[0], NOW).person == analyst.person
    jobs.progressed(row.pk, "reading", 3, 12)
    shown = jobs.get(analyst, row.pk)
    assert shown is not None
    assert (shown.under_way, shown.percent) == (True, 25)
    assert jobs.abandoned(NOW) == 1
    jobs.end(NOW, row.pk, {"run": "0123"})
    after = jobs.latest(analyst, [jobs.Kind.BUILD], "")
    assert after is not None
    assert after.row.state == jobs.JobState.FAILED, "what was cut off does not end well later"
    assert "ended before" in after.faults[0]["what"]
    assert jobs.ask(analyst, jobs.Kind.BUILD, "", {}, sent.append).pk != row.pk
    assert jobs.get(shop.person(Role.DEPARTMENT_HEAD, "sales"), row.pk) is None
    with pytest.raises(DeniedError):
        jobs.ask(shop.person(Role.AUDITOR), jobs.Kind.BUILD, "", {}, sent.append)


def test_a_job_that_can_t_be_handed_over_was_not_asked_for(shop: Workshop) -> None:
    def broken(_: int) -> None:
        raise OSError("no worker")

    with pytest.raises(OSError, match="no worker"):
        jobs.ask(shop.person(Role.ANALYST), jobs.Kind.BUILD, "", {}, broken)
    assert not Job.objects.exists()
    assert "job asked for" not in kinds()
