"""Disputes: raised on a line, answered, settled by a credit note; who may, once, and kept."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction
from tests.record.test_together import at_once
from tests.record.workshop import NOW

from truecost.kernel.findings import UsageError
from truecost.record.models import Dispute, Mail, Move, Organisation, Statement
from truecost.record.services import corrections, disputes, integrity, people, rules
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.disputes import Reason, State, Whose
from truecost.record.services.disputes.kept import disputed
from truecost.record.services.disputes.states import due
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

LINE = "service workplace"


def whole(shop: Workshop) -> None:
    assert [str(each) for each in integrity.check(shop.store).findings] == []


def sales() -> Statement:
    return Statement.objects.get(consumer="sales", kind="statement")


def head(shop: Workshop) -> By:
    return shop.person(Role.DEPARTMENT_HEAD, "sales")


def owner(shop: Workshop) -> By:
    return shop.person(Role.SERVICE_OWNER, "workplace")


def raised(shop: Workshop, amount: int | None = 1_000, key: str = "a") -> Dispute:
    reason = Reason.QUANTITY if amount else Reason.QUESTION
    return disputes.raise_dispute(
        head(shop), sales(), reason, "We have two devices less.", line=LINE, amount=amount, key=key
    )


def state(shop: Workshop, row: Dispute) -> State:
    found = disputes.case(shop.person(Role.AUDITOR), row.number)
    assert found is not None
    return found.state


def test_a_dispute_from_line_to_credit_note(issued: Workshop) -> None:
    row = raised(issued)
    assert (row.number, row.service, row.name) == ("D-2026-00001", "workplace", "A working place")
    assert row.due == dt.date(2026, 4, 21), "ten working days after Tuesday, 7 April"
    content = json.loads(disputes.evidence_of(head(issued), row))
    assert content["line"]["object"] == LINE
    assert content["explanation"]["run"] == row.statement.run_id
    assert content["explanation"]["ledger_lines"]
    assert state(issued, row) is State.OPEN
    disputes.answer(owner(issued), row, "You are right about one.", proposed=400)
    with pytest.raises(DeniedError, match="correct statements"):
        disputes.accept(owner(issued), row, "counted twice", 400)
    analyst = issued.person(Role.ANALYST)
    made = disputes.accept(analyst, row, "one device was counted twice", 400)
    assert (made.number, made.amount, made.cites_id) == ("C-2026-00001", -400, sales().number)
    assert disputes.accept(analyst, row, "again", 400) == made
    found = disputes.case(head(issued), row.number)
    assert found is not None
    assert (found.state, found.credit, found.proposal) == (State.ACCEPTED, made, "€4.00")
    assert found.settled
    told = disputes.thread(head(issued), row)
    assert [each.kind for each in told] == [
        "dispute raised",
        "dispute answered",
        "dispute accepted",
    ]
    assert told[0].text == "We have two devices less."
    assert told[1].name == "Name of service-owner-workplace"
    mails = Mail.objects.order_by("id").values_list("recipient", "subject")
    heads, owners = "department-head-sales@example.org", "service-owner-workplace@example.org"
    assert list(mails) == [  # nobody owned the service when it was raised
        ("analyst@example.org", "A statement was questioned or disputed: D-2026-00001"),
        (heads, "A dispute or question was answered: D-2026-00001"),
        (heads, "A dispute or question was accepted: D-2026-00001"),
        (owners, "A dispute or question was accepted: D-2026-00001"),
    ]
    assert not Mail.objects.filter(text__contains="devices").exists(), "it stays in the portal"
    whole(issued)


def test_amounts_are_bounded(issued: Workshop) -> None:
    stands = corrections.standing(sales(), LINE)
    with pytest.raises(UsageError, match="is more than what stands"):
        raised(issued, stands + 1)
    corrections.credit(issued.person(Role.ANALYST), sales(), 100, "counted twice", LINE)
    with pytest.raises(UsageError, match="is more than what stands"):
        raised(issued, stands)
    row = raised(issued, stands - 100)
    for wrong in (0, -1, stands):
        with pytest.raises(UsageError, match="is not between nothing and"):
            disputes.accept(issued.person(Role.ANALYST), row, "x", wrong)
    with pytest.raises(UsageError, match="has no line"):
        disputes.raise_dispute(
            head(issued), sales(), Reason.OTHER, "x", line="service none", amount=1, key="b"
        )
    with pytest.raises(UsageError, match="a question has no amount"):
        disputes.raise_dispute(head(issued), sales(), Reason.QUESTION, "x", amount=1, key="b")
    with pytest.raises(UsageError, match="a question has no amount"):
        disputes.raise_dispute(head(issued), sales(), Reason.OTHER, "x", key="b")
    credit = Statement.objects.get(kind="credit note")
    with pytest.raises(UsageError, match="is a correction"):
        disputes.raise_dispute(head(issued), credit, Reason.OTHER, "x", amount=1, key="b")
    whole(issued)


def test_a_question_is_answered(issued: Workshop) -> None:
    row = disputes.raise_dispute(head(issued), sales(), Reason.QUESTION, "Why so much?", key="q")
    assert (row.service, row.name) == ("", "the whole statement")
    analyst = issued.person(Role.ANALYST)
    with pytest.raises(DeniedError, match="answer for this service"):
        disputes.answer(owner(issued), row, "not mine")
    with pytest.raises(UsageError, match="a question is answered"):
        disputes.accept(analyst, row, "x")
    with pytest.raises(UsageError, match="a question is answered"):
        disputes.reject(analyst, row, "x")
    (found,) = disputes.open_for(head(issued), sales())
    assert (found.number, found.amount) == (row.number, "")
    disputes.answer(analyst, row, "Two months came at once.")
    disputes.answer(analyst, row, "Two months came at once.")
    assert disputes.open_for(head(issued), sales()) == []
    assert Move.objects.count() == 1
    whole(issued)


def test_who_raised_it_never_settles_it(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    row = disputes.raise_dispute(
        analyst, sales(), Reason.RATE, "They called.", line=LINE, amount=5, key="a"
    )
    for act in (disputes.accept, disputes.reject, disputes.answer):
        with pytest.raises(DeniedError, match="another person"):
            act(analyst, row, "x")
    with pytest.raises(DeniedError, match="who raised it"):
        disputes.withdraw(head(issued), row)
    with pytest.raises(UsageError, match="say why"):
        disputes.reject(owner(issued), row, " ")
    disputes.reject(owner(issued), row, "the rate is the one agreed")
    disputes.reject(owner(issued), row, "the rate is the one agreed")
    with pytest.raises(UsageError, match="is rejected already"):
        disputes.accept(issued.person(Role.ANALYST, name="second"), row, "x")
    with pytest.raises(UsageError, match="is rejected already"):
        disputes.withdraw(analyst, row)
    mine = raised(issued)
    disputes.withdraw(head(issued), mine)
    disputes.withdraw(head(issued), mine)
    assert state(issued, mine) is State.WITHDRAWN
    assert Move.objects.count() == 2
    whole(issued)


def test_people_see_what_is_theirs(issued: Workshop) -> None:
    row = raised(issued)
    other = issued.person(Role.DEPARTMENT_HEAD, "factory")
    network = issued.person(Role.SERVICE_OWNER, "network")
    # a service and a consumer of the same name are two things
    alike = issued.person(Role.SERVICE_OWNER, "sales")
    for by in (other, network, alike):
        assert disputes.case(by, row.number) is None
        with pytest.raises(DeniedError):
            disputes.thread(by, row)
        with pytest.raises(DeniedError):
            disputes.evidence_of(by, row)
        with pytest.raises(DeniedError):
            disputes.say(by, row, "x", key="x")
    for by in (head(issued), owner(issued), issued.person(Role.AUDITOR)):
        assert disputes.case(by, row.number) is not None
    with pytest.raises(DeniedError):
        disputes.raise_dispute(other, sales(), Reason.OTHER, "x", amount=1, key="z")
    with pytest.raises(DeniedError):
        disputes.say(issued.person(Role.AUDITOR), row, "x", key="x")
    assert [each.number for each in disputes.cases(head(issued), Whose.MINE)] == [row.number]
    assert [each.number for each in disputes.cases(owner(issued), Whose.SERVICES)] == [row.number]
    assert disputes.cases(owner(issued), Whose.MINE) == []
    assert disputes.cases(owner(issued), states_=[State.ANSWERED]) == []
    (department,) = disputes.by_department(issued.person(Role.LEADER))
    assert (department.consumer, department.disputes, department.amounts) == (
        "sales", 1, {"EUR": 1_000},
    )  # fmt: skip
    mine = disputes.cases(head(issued))[0]
    assert disputes.may(head(issued), mine).withdraw
    assert not disputes.may(head(issued), mine).accept
    assert not disputes.may(issued.person(Role.AUDITOR), mine).anything


def test_what_was_typed_can_be_forgotten(issued: Workshop) -> None:
    row = raised(issued)
    disputes.say(owner(issued), row, "Which two?", key="1")
    disputes.say(owner(issued), row, "Which two?", key="1")
    somebody = head(issued).person
    assert somebody is not None
    people.erase(issued.person(Role.ADMIN), somebody)
    told = disputes.thread(issued.person(Role.AUDITOR), row)
    assert [(each.text, each.name) for each in told] == [
        (None, "somebody who is no longer known"),
        ("Which two?", "Name of service-owner-workplace"),
    ]
    whole(issued)


def test_several_at_once(issued: Workshop) -> None:
    by = head(issued)
    same = [lambda: raised(issued, key="same") for _ in range(3)]
    assert at_once(*same, lambda: raised(issued, key="other")) == []
    assert Dispute.objects.count() == 2
    row = Dispute.objects.get(key="same")
    analysts = [issued.person(Role.ANALYST, name=f"a{number}") for number in range(3)]
    made: list[Statement] = []
    acts = [lambda a=a: made.append(disputes.accept(a, row, "agreed")) for a in analysts]
    wrong = at_once(*acts, lambda: disputes.withdraw(by, row))
    assert len(wrong) in {1, 3}, "accepted by all, or withdrawn"
    assert all(isinstance(each, UsageError) for each in wrong)
    assert (
        len({each.number for each in made}) == Statement.objects.filter(kind="credit note").count()
    )
    assert Move.objects.filter(dispute=row).count() == 1
    whole(issued)


def test_what_is_written_of_a_dispute_stays(issued: Workshop) -> None:
    row = raised(issued)
    disputes.reject(owner(issued), row, "no")
    for model, field in ((Dispute, "name"), (Move, "state")):
        with pytest.raises(DatabaseError, match="what is written stays"), transaction.atomic():
            model._default_manager.update(**{field: "x"})
        with pytest.raises(DatabaseError, match="what is written stays"), transaction.atomic():
            model._base_manager.all()._raw_delete("default")


def test_days_until_an_answer_are_the_organisations(issued: Workshop) -> None:
    admin = issued.person(Role.ADMIN)
    now = rules.of(Organisation.objects.get())
    assert (now.answer_days, now.answer_working_days) == (10, True)
    rules.change(admin, replace(now, answer_days=3, answer_working_days=False))
    row = raised(issued)
    assert row.due == dt.date(2026, 4, 10)
    with pytest.raises(UsageError, match="one day at least"):
        rules.change(admin, replace(now, answer_days=0))
    friday = dt.date(2026, 4, 10)
    assert due(friday, Organisation(answer_days=1)) == dt.date(2026, 4, 13)
    assert due(friday + dt.timedelta(days=1), Organisation(answer_days=1)) == dt.date(2026, 4, 13)


def test_ageing(issued: Workshop) -> None:
    raised(issued, 1_000, "a")
    raised(issued, None, "b")
    row = raised(issued, 500, "c")
    later = replace(issued.person(Role.ANALYST), now=NOW + dt.timedelta(days=20))
    found = disputes.ageing(later)
    assert (found.together.counts, found.together.overdue) == ((0, 0, 3, 0, 0), 3)
    assert found.together.amounts == {"EUR": 1_500}
    assert (found.days, found.answered) == (None, 0)
    disputes.reject(later, row, "no")
    found = disputes.ageing(later)
    assert (found.together.count, found.answered) == (2, 1)
    assert found.days == Fraction(20)
    assert [each.name for each in found.by_service] == ["workplace"]
    assert [each.name for each in found.by_department] == [sales().name]
    assert disputes.ageing(issued.person(Role.SERVICE_OWNER, "network")).together.count == 0


def test_what_was_tampered_with_is_found(issued: Workshop) -> None:
    row = raised(issued)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE record_dispute DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER record_dispute_no_update")
        cursor.execute("UPDATE record_dispute SET amount = 1, evidence = '{}'")
    said = [each.what for each in disputed()]
    assert said == [
        f"dispute {row.number} is not as it was raised",
        f"the evidence of dispute {row.number} is not as it was kept",
    ]
    with pytest.raises(RuntimeError, match="not as it was kept"):
        disputes.evidence_of(head(issued), row)
