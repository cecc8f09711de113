"""Periods: how they stand, their checklist, what moves them on; the journal of one issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from truecost.api import texts
from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Money, Said, Shape, Words, money
from truecost.kernel.findings import Finding, ModelError
from truecost.model.load import load
from truecost.record.services import issuing, journals, periods
from truecost.record.services.acts import place, store
from truecost.record.services.checklist import Item
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements.book import Book
from truecost.statements.journal import journal
from truecost.statements.journal_record import restored
from truecost.statements.journal_rows import journal_csv, journal_json
from truecost.statements.proof import proof

if TYPE_CHECKING:
    from truecost.model.journal import JournalModel
    from truecost.record.services.checklist import Entry
    from truecost.statements.journal import Journal
    from truecost.store.journals import Posted

router = Router(tags=["periods"])
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")]


class PeriodOut(Shape):
    """A period and how far it has come."""

    label: str
    words: str
    state: str
    run: str
    closings: int


class EntryOut(Shape):
    """An entry of the checklist; what is not decidable needs another run."""

    item: str
    subject: str
    what: str
    decidable: bool
    settled: bool
    by: str
    reason: str


class Chosen(Body):
    """An entry, by its item and what it is about."""

    item: Item
    subject: Annotated[str, Field(max_length=200)] = ""


class DecisionIn(Body):
    """Entries to settle, and why."""

    entries: Annotated[list[Chosen], Field(min_length=1, max_length=500)]
    reason: Words


class ReviewIn(Body):
    """The run to put up for review."""

    run: Annotated[str, Field(pattern="^[0-9a-f]{4,16}$")]


class CloseIn(Body):
    """How to close; `history` closes months before the first with it."""

    history: Annotated[bool, Field(strict=True)] = False


class ReopenIn(Body):
    """Why a period is opened again."""

    reason: Words


class IssueOut(Shape):
    """What was issued of a period."""

    period: str
    closing: int
    run: str
    day: str
    documents: int
    digest: str


class PostIn(Body):
    """The currency whose journal is posted, or taken back."""

    currency: Currency


class PostedOut(Shape):
    """A journal that is posted."""

    number: str
    period: str
    currency: str
    amount: Money
    sequence: int
    sha256: str
    posted: str


def shape(row: Any) -> PeriodOut:
    """Give a period as it is answered."""
    return PeriodOut(
        label=row.label, words=row.words, state=row.state, run=row.run_id, closings=row.closings
    )


@get(
    router, "periods", "periods", does="list_periods", scope=Scope.PERIODS, act=Act.READ_PERIODS,
    response=Listed[PeriodOut],
)  # fmt: skip
def listed(request: HttpRequest, state: periods.State | None = None) -> Listed[PeriodOut]:  # noqa: ARG001
    """List the periods that the record has, the last first."""
    rows = [each for each in periods.known() if state is None or each.state == state]
    return Listed[PeriodOut](items=[shape(each) for each in rows])


@get(
    router, "periods/{label}", "period", does="get_period", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=PeriodOut,
)  # fmt: skip
def one(request: HttpRequest, label: str) -> PeriodOut:  # noqa: ARG001
    """Say how a period stands."""
    return shape(found(label))


@get(
    router, "periods/{label}/checklist", "checklist", does="list_checklist_entries",
    scope=Scope.PERIODS, act=Act.READ_PERIODS, response=Listed[EntryOut],
)  # fmt: skip
def checklist(
    request: HttpRequest,  # noqa: ARG001
    label: str,
    settled: bool | None = None,  # noqa: FBT001
) -> Listed[EntryOut]:
    """List what closing a period asks."""
    entries = periods.entries(found(label))
    return Listed[EntryOut](
        items=[_entry(each) for each in entries if settled is None or each.settled == settled]
    )


@post(
    router, "periods/{label}/decisions", "decisions", does="settle_checklist_entries",
    scope=Scope.KEEP, act=Act.SIGN_OFF, response=Listed[EntryOut], guards="period",
)  # fmt: skip
def decide(request: HttpRequest, label: str, body: DecisionIn) -> Listed[EntryOut]:
    """Settle entries of the checklist, for a reason."""
    row = found(label)
    chosen = [(each.item, each.subject) for each in body.entries]
    periods.decide(by(request), row, chosen, body.reason)
    # who signs a service off does not read the rest
    entries = [each for each in periods.entries(row) if (each.item, each.subject) in chosen]
    return Listed[EntryOut](items=[_entry(each) for each in entries])


@post(
    router, "periods/{label}/review", "review", does="review_period", scope=Scope.KEEP,
    act=Act.KEEP_PERIODS, response=PeriodOut, guards="period",
)  # fmt: skip
def review(request: HttpRequest, label: str, body: ReviewIn) -> PeriodOut:
    """Put a run of a period up for review; it may be the period's first."""
    run = store().need(body.run)
    period = texts.period(run.calendar, label)
    return shape(periods.review(by(request), period, run))


@post(
    router, "periods/{label}/close", "close", does="close_period", scope=Scope.KEEP,
    act=Act.KEEP_PERIODS, response=PeriodOut, guards="period",
)  # fmt: skip
def close(request: HttpRequest, label: str, body: CloseIn) -> PeriodOut:
    """Close a period by the run in review, which is kept for good."""
    return shape(periods.close(by(request), found(label), history=body.history))


@post(
    router, "periods/{label}/reopen", "reopen", does="reopen_period", scope=Scope.KEEP,
    act=Act.KEEP_PERIODS, response=PeriodOut, guards="period",
)  # fmt: skip
def reopen(request: HttpRequest, label: str, body: ReopenIn) -> PeriodOut:
    """Open a closed or issued period again, for a reason; what was issued stays."""
    return shape(periods.reopen(by(request), found(label), body.reason))


@post(
    router, "periods/{label}/issue", "issue", does="issue_period", scope=Scope.ISSUE, act=Act.ISSUE,
    response=IssueOut, guards="period",
)  # fmt: skip
def issue(request: HttpRequest, label: str) -> IssueOut:
    """Issue a closed period: every consumer's numbered statement, in one act."""
    made = issuing.issue(by(request), found(label))
    return IssueOut(
        period=label, closing=made.closing, run=made.run_id, day=made.day.isoformat(),
        documents=made.documents, digest=made.digest,
    )  # fmt: skip


@get(
    router, "periods/{label}/journal", "journal", does="get_journal", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=Said, also=("text/csv",),
)  # fmt: skip
def draft(request: HttpRequest, label: str, currency: Currency | None = None) -> HttpResponse:
    """Give the journal of a period: as it was posted, else as it would be."""
    row = found(label)
    opened, model = store(), journal_model()
    run = opened.run(row.run_id)
    unit = currency or Book.of(run).currency
    stands = opened.journals.standing(label, unit)
    if stands is not None:
        made = restored(stands.journal)
    else:
        book, period = Book.of(run), run.calendar.period(row.index)
        proof(book, (period,), unit)
        made = journal(book, model, period, unit)
    if texts.wanted(request, "application/json", "text/csv") == "text/csv":
        return texts.csv(journal_csv(made, model.csv), f"journal-{label}")
    return texts.json(journal_json(made))


@post(
    router, "periods/{label}/journal", "journal", does="post_journal", scope=Scope.JOURNALS,
    act=Act.POST, response=PostedOut, guards="period",
)  # fmt: skip
def posted(request: HttpRequest, label: str, body: PostIn) -> PostedOut:
    """Post what was issued of a period, once."""
    row = found(label)
    made, kept, _ = journals.post(by(request), row, journal_model(), body.currency)
    return posted_out(label, made, kept)


@post(
    router, "periods/{label}/journal/reversal", "reversal", does="reverse_journal",
    scope=Scope.JOURNALS, act=Act.POST, response=PostedOut, guards="period",
)  # fmt: skip
def reversal(request: HttpRequest, label: str, body: PostIn) -> PostedOut:
    """Take the standing journal of a period back."""
    made, kept, _ = journals.reverse(by(request), found(label), body.currency)
    return posted_out(label, made, kept)


def found(label: str) -> Any:
    """Give a period by its label. Raise AbsentError where the record does not have it."""
    return there(next((each for each in periods.known() if each.label == label), None))


def _entry(each: Entry) -> EntryOut:
    return EntryOut(
        item=each.item, subject=each.subject, what=each.what, decidable=each.decidable,
        settled=each.settled, by=each.by, reason=each.reason,
    )  # fmt: skip


def journal_model() -> JournalModel:
    """Give what the workspace says about posting. Raise ModelError where it says nothing."""
    found = load(place().workspace).journal
    if found is None:
        hint = "write model/journal.yaml"
        raise ModelError(Finding(None, "this workspace does not say how charges are posted", hint))
    return found


def posted_out(label: str, made: Journal, kept: Posted) -> PostedOut:
    """Give a journal that is posted as it is answered."""
    return PostedOut(
        number=kept.number, period=label, currency=kept.currency,
        amount=money(made.charged, kept.currency), sequence=kept.sequence, sha256=kept.sha256,
        posted=kept.posted,
    )  # fmt: skip
