"""A month: review, checklist, closing, issuing, reopening, corrections."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.record.workshop import NOW, open_entries, waiting

from truecost.kernel.findings import UsageError
from truecost.record.models import Document, Event, Issue, Job, Organisation, Statement
from truecost.record.services import (
    corrections,
    integrity,
    issuing,
    papers,
    periods,
    reading,
)
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.periods import State
from truecost.record.services.permissions import Role
from truecost.statements.book import Book
from truecost.statements.charged import totals
from truecost.statements.views import StatementView

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

LATE = '2026-01-20,"1,000.00",6400,IT-100,Late Ltd,Late invoice'


def whole(shop: Workshop) -> None:
    assert [str(each) for each in integrity.check(shop.store).findings] == []


def test_a_month_from_review_to_issue(shop: Workshop) -> None:
    row = shop.reviewed()
    assert row.state == State.REVIEW
    assert not shop.store.closings.standing()
    row = periods.close(shop.person(Role.ANALYST), row)
    assert (row.state, row.closings, row.run.pinned) == (State.CLOSED, 1, True)
    run = shop.store.need()
    (stands,) = shop.store.closings.standing().values()
    assert (
        (stands.run, stands.manifest)
        == (row.run_id, row.run.manifest_sha256)
        == (run.id, run.sha256)
    )
    assert run.id in shop.store.pins()
    issue = issuing.issue(shop.person(Role.LEADER), row)
    found = list(Statement.objects.order_by("number"))
    assert [each.number for each in found] == ["S-2026-00001", "S-2026-00002", "S-2026-00003"]
    book, period = Book.of(run), run.calendar.parse("2026-01")
    assert {each.consumer: each.amount for each in found} == totals(book, period, book.currency)
    assert issue.documents == 3
    assert Document.objects.count() == 9
    assert periods.get("2026-01").state == State.ISSUED
    kinds = list(Event.objects.order_by("sequence").values_list("kind", flat=True))
    assert kinds[-2:] == ["period closed", "period issued"]
    whole(shop)


@pytest.mark.usefixtures("issued")
def test_what_is_issued_is_drawn_again_to_the_same_bytes() -> None:
    for row in Statement.objects.all():
        again = papers.drawn(papers.restored(row))
        kept = {each.form: bytes(each.content) for each in row.documents.all()}
        assert kept == again
        page = kept["html"].decode()
        assert f"No. {row.number} · issued 7 April 2026" in page
        assert "DRAFT" not in page
        assert b"2026-04-07" in kept["pdf"] or b"20260407" in kept["pdf"]


def test_closing_asks_for_what_is_open(shop: Workshop) -> None:
    run = shop.store.need()
    analyst = shop.person(Role.ANALYST)
    row = periods.review(analyst, run.calendar.parse("2026-01"), run)
    asked = waiting(row)
    assert {str(each.item) for each in asked} == {"sign-off"}
    with pytest.raises(UsageError, match="sign-off: ") as raised:
        periods.close(analyst, row)
    assert len(raised.value.findings) == len(asked)
    owner = shop.person(Role.SERVICE_OWNER, asked[0].subject)
    periods.decide(owner, row, [(asked[0].item, asked[0].subject)], "as agreed")
    with pytest.raises(DeniedError, match="sign this service off"):
        periods.decide(owner, row, [(asked[1].item, asked[1].subject)], "not mine")
    with pytest.raises(UsageError, match="say why"):
        periods.decide(analyst, row, open_entries(row), " ")
    periods.decide(analyst, row, open_entries(row), "seen")
    assert periods.close(analyst, periods.get("2026-01")).state == State.CLOSED


def test_a_decision_holds_while_the_figures_do(shop: Workshop) -> None:
    row = shop.reviewed()
    before = {each.subject for each in periods.entries(row)}
    shop.add('2026-01-20,"0.01",6400,IT-100,Late Ltd,Late invoice')
    run = shop.build()
    row = periods.review(shop.person(Role.ANALYST), run.calendar.parse("2026-01"), run)
    asked = {each.subject for each in waiting(row)}
    assert asked
    assert asked < before


def test_who_closed_does_not_issue(shop: Workshop) -> None:
    row = shop.closed()
    with pytest.raises(DeniedError, match="another person issues it"):
        issuing.issue(shop.person(Role.ANALYST), row)
    assert not Statement.objects.exists()
    other = shop.person(Role.ANALYST, name="second")
    assert issuing.issue(other, row).documents == 3


def test_who_put_it_up_for_review_does_not_issue(shop: Workshop) -> None:
    run, second = shop.build(), shop.person(Role.ANALYST, name="second")
    row = periods.review(second, run.calendar.parse("2026-01"), run)
    row = shop.closed()
    assert row.closer != second.key
    with pytest.raises(DeniedError, match="you put up the run of 2026-01 for review"):
        issuing.issue(second, row)
    assert not Statement.objects.exists()
    assert issuing.issue(shop.person(Role.LEADER), row).documents == 3


def test_who_built_the_run_in_the_portal_does_not_issue(shop: Workshop) -> None:
    row, builder = shop.closed(), shop.person(Role.ANALYST, name="builder")
    said = json.dumps({"run": row.run_id})
    Job.objects.create(
        kind="build", actor=builder.key, state="done", asked=builder.now, result=said
    )
    with pytest.raises(DeniedError, match="you built the run of 2026-01"):
        issuing.issue(builder, row)


def test_one_person_may_where_the_rules_say_so(shop: Workshop) -> None:
    Organisation.objects.update(two_people=False)
    assert issuing.issue(shop.person(Role.ANALYST), shop.closed()).documents == 3


def test_issuing_twice_is_issuing_once(shop: Workshop) -> None:
    row, leader = shop.closed(), shop.person(Role.LEADER)
    first = issuing.issue(leader, row)
    assert issuing.issue(leader, row).pk == first.pk  # the row as it was read before
    assert issuing.issue(leader, periods.get("2026-01")).pk == first.pk
    assert (Issue.objects.count(), Statement.objects.count()) == (1, 3)


def test_months_are_closed_in_order(shop: Workshop) -> None:
    row = shop.reviewed("2026-02")
    with pytest.raises(UsageError, match="2026-01 is still open"):
        periods.close(shop.person(Role.ANALYST), row)
    row = periods.close(shop.person(Role.ANALYST), row, history=True)
    assert len(shop.store.closings.standing()) == 2
    closing = Event.objects.get(kind="period closed")
    assert '"with":["2026-01"]' in closing.after
    whole(shop)


def test_reopening_changes_nothing_that_was_issued(shop: Workshop) -> None:
    leader, analyst = shop.person(Role.LEADER), shop.person(Role.ANALYST)
    issuing.issue(leader, shop.closed())
    before = list(Statement.objects.order_by("number").values())
    row = periods.reopen(analyst, periods.get("2026-01"), "an invoice came late")
    assert (row.state, shop.store.closings.standing()) == (State.OPEN, {})
    shop.add(LATE)
    row = shop.closed()
    assert row.closings == 2
    later = replace(leader, now=NOW + dt.timedelta(days=9))
    assert issuing.issue(later, row).documents == 3
    originals = Statement.objects.filter(kind="statement").order_by("number")
    assert list(originals.values()) == before
    made = Statement.objects.exclude(kind="statement").order_by("number")
    assert [each.number for each in made] == ["S-2026-00004", "S-2026-00005", "S-2026-00006"]
    assert sum(each.amount for each in made) == 100_000
    assert {each.cites_id for each in made} == {each["number"] for each in before}
    page = bytes(made[0].documents.get(form="html").content).decode()
    assert str(made[0].cites_id) in page
    assert "issued 16 April 2026" in page
    run = shop.store.need()
    sums = totals(Book.of(run), run.calendar.parse("2026-01"), "EUR")
    for consumer, total in sums.items():
        assert sum(each.amount for each in Statement.objects.filter(consumer=consumer)) == total
    whole(shop)


def test_what_differs_less_the_third_time_becomes_a_credit_note(shop: Workshop) -> None:
    leader, analyst = shop.person(Role.LEADER), shop.person(Role.ANALYST)
    issuing.issue(leader, shop.closed())
    for line in (LATE, LATE.replace("1,000", "-1,400")):
        periods.reopen(analyst, periods.get("2026-01"), "again")
        shop.add(line)
        issuing.issue(leader, shop.closed())
    credit = Statement.objects.filter(kind="credit note").order_by("number")
    assert [each.number for each in credit] == ["C-2026-00001", "C-2026-00002", "C-2026-00003"]
    assert sum(each.amount for each in credit) == -140_000
    whole(shop)


def test_a_reason_is_wanted_for_reopening(shop: Workshop) -> None:
    row = shop.closed()
    with pytest.raises(UsageError, match="say why"):
        periods.reopen(shop.person(Role.ANALYST), row, "")
    with pytest.raises(DeniedError):
        periods.reopen(shop.person(Role.AUDITOR), row, "I'd like to")
    with pytest.raises(UsageError, match="2026-01 is closed"):
        periods.review(shop.person(Role.ANALYST), shop.store.need().calendar.parse("2026-01"),
                       shop.store.need())  # fmt: skip


def test_credit_notes_cite_and_never_exceed(issued: Workshop) -> None:
    analyst = issued.person(Role.ANALYST)
    original = Statement.objects.get(consumer="sales")
    view = papers.restored(original)
    assert isinstance(view, StatementView)
    line = view.lines[0].object
    made = corrections.credit(analyst, original, 250, "two devices were counted twice", line)
    assert (made.number, made.amount, made.cites_id) == ("C-2026-00001", -250, original.number)
    again = papers.drawn(papers.restored(made))
    assert again == {each.form: bytes(each.content) for each in made.documents.all()}
    with pytest.raises(UsageError, match="is more than what stands"):
        corrections.credit(analyst, original, original.amount, "all of it")
    with pytest.raises(UsageError, match="has no line"):
        corrections.credit(analyst, original, 1, "x", "service none")
    with pytest.raises(UsageError, match="more than nothing"):
        corrections.credit(analyst, original, 0, "x")
    with pytest.raises(UsageError, match="is a correction"):
        corrections.credit(analyst, made, 1, "x")
    with pytest.raises(DeniedError):
        corrections.credit(issued.person(Role.DEPARTMENT_HEAD, "sales"), original, 1, "x")
    corrections.credit(analyst, original, original.amount - 250, "the rest")
    whole(issued)


def test_people_read_what_is_theirs(issued: Workshop) -> None:
    head = issued.person(Role.DEPARTMENT_HEAD, "sales")
    (mine,) = reading.statements(head)
    assert mine.consumer == "sales"
    other = Statement.objects.get(consumer="factory")
    assert reading.statement(head, other.number) is None
    root = Statement.objects.first()
    assert root is not None
    top = root.branches.order_by("id")[0].consumer
    assert reading.statements(issued.person(Role.DEPARTMENT_HEAD, top)).count() == 3
    assert reading.statements(issued.person(Role.AUDITOR)).count() == 3
    assert reading.statements(issued.person(Role.SERVICE_OWNER, "sales")).count() == 0
    with pytest.raises(DeniedError):
        reading.statements(By(None, "test", NOW))


def test_numbers_begin_anew_each_year(shop: Workshop) -> None:
    leader = shop.person(Role.LEADER)
    issuing.issue(leader, shop.closed())
    row = shop.closed("2026-02")
    issuing.issue(replace(leader, now=dt.datetime(2027, 1, 5, tzinfo=dt.UTC)), row)
    numbers = sorted(Statement.objects.values_list("number", flat=True))
    assert [re.sub(r"0+(\d)$", r"\1", each) for each in numbers[3:]] == [
        "S-2027-1", "S-2027-2", "S-2027-3",
    ]  # fmt: skip
    whole(shop)
