"""The journal of what was issued, posted once: the store keeps the entries, the record the act.

As in `periods`, the store is written before the record's transaction ends: whoever is killed in
between finds the same journal posted, and posting again completes the act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Sum

from truecost.kernel.findings import Finding, UsageError, VerifyError
from truecost.kernel.money import shown
from truecost.record import models
from truecost.record.services import events, papers, periods, runs
from truecost.record.services.acts import By, acting, store
from truecost.record.services.periods import State
from truecost.record.services.permissions import Act
from truecost.statements.book import Book
from truecost.statements.corrections import CorrectionView
from truecost.statements.journal import Journal, journal, renumbered, reversed_journal
from truecost.statements.journal_credits import CreditNote, credit_journal, posted_for
from truecost.statements.journal_record import recorded, restored
from truecost.statements.proof import proof

if TYPE_CHECKING:
    from truecost.model.journal import JournalModel
    from truecost.store.journals import Posted
    from truecost.store.runs import Store


def post(
    by: By, row: models.Period, model: JournalModel, currency: str
) -> tuple[Journal, Posted, models.Batch]:
    """Post what was issued of a period in a currency.

    Raise UsageError where it is not issued, or posted already; VerifyError where what the journal
    posts is not what was issued; ModelError for charges that the model does not say how to post.
    """
    by.need(Act.POST)
    issue = _issue(row)
    opened = store()
    run = runs.opened(opened, row.run)
    book = Book.of(run)
    period = run.calendar.period(row.index)
    proof(book, (period,), currency)
    drawn = journal(book, model, period, currency)
    _as_issued(row, drawn)
    with opened.lock(wait=True), acting():
        now = periods.locked(row.index)
        if now.state != State.ISSUED or now.run_id != run.id:
            raise UsageError(f"{row.label} is {now.state} by now: look again")
        stands = opened.journals.standing(drawn.posted_for, currency)
        if stands is not None and not _recorded(stands) and stands.run == run.id:
            return restored(stands.journal), stands, _batch(by, issue, drawn, stands)
        earlier = opened.journals.posted(drawn.posted_for, currency)
        made = renumbered(drawn, len(earlier) // 2)
        kept = _kept(opened, made)
        return made, kept, _batch(by, issue, made, kept)


def reverse(by: By, row: models.Period, currency: str) -> tuple[Journal, Posted, models.Batch]:
    """Take the standing journal of a period back by its reversal."""
    by.need(Act.POST)
    opened = store()
    with opened.lock(wait=True), acting():
        periods.locked(row.index)
        stands = opened.journals.standing(row.label, currency)
        if stands is None:
            return _cut_off(by, opened, row, currency)
        before = models.Batch.objects.filter(sequence=stands.sequence).first()
        if before is None:
            what = f"journal {stands.number} was posted past the record, or cut off half-way"
            raise UsageError(Finding(None, what, "post it again: that completes it"))
        made = reversed_journal(restored(stands.journal))
        kept = _kept(opened, made, stands)
        return made, kept, _batch(by, before.issue, made, kept, before)


def unposted(row: models.Period, currency: str) -> list[models.Statement]:
    """Give the credit notes by hand of a period that no batch posts yet, by their numbers."""
    found = row.statements.filter(issue=None, currency=currency, posting=None)
    return list(found.order_by("number"))


def post_credits(
    by: By, row: models.Period, model: JournalModel, currency: str
) -> tuple[Journal, Posted, models.Batch]:
    """Post the credit notes by hand of a period that are not posted yet, in one batch.

    Raise UsageError where none waits, or the period itself is not posted; ModelError as `post`.
    """
    by.need(Act.POST)
    issue = _issue(row)
    opened = store()
    run = runs.opened(opened, row.run)
    period = run.calendar.period(row.index)
    waiting = unposted(row, currency)
    ordinal = _batches(row, currency) + 1
    drawn = None
    if waiting:
        notes = [_note(each) for each in waiting]
        drawn = credit_journal(Book.of(run), model, period, currency, notes, ordinal)
    with opened.lock(wait=True), acting():
        now = periods.locked(row.index)
        if now.state != State.ISSUED or now.run_id != run.id:
            raise UsageError(f"{row.label} is {now.state} by now: look again")
        if opened.journals.standing(row.label, currency) is None:
            hint = f"post it first:  truecost journal --period {row.label} --post"
            raise UsageError(Finding(None, f"{row.label} itself is not posted", hint))
        left = unposted(now, currency)
        if not left:
            raise UsageError(f"no credit note of {row.label} waits to be posted in {currency}")
        if drawn is None or left != waiting or _batches(now, currency) + 1 != ordinal:
            raise UsageError("somebody credited or posted in between: try again")
        stands = opened.journals.standing(posted_for(period, ordinal), currency)
        if stands is not None:  # whoever began this was killed: it is completed
            drawn, kept = restored(stands.journal), stands
        else:
            kept = _kept(opened, drawn)
        batch = _batch(by, issue, drawn, kept)
        models.Posting.objects.bulk_create(
            models.Posting(statement=each, batch=batch)
            for each in left
            if each.number in drawn.documents
        )
        return drawn, kept, batch


def _batches(row: models.Period, currency: str) -> int:
    """Count the batches of credit notes that a period has."""
    batches = models.Batch.objects.filter(issue__period=row, currency=currency)
    return batches.filter(postings__isnull=False).distinct().count()


def _note(row: models.Statement) -> CreditNote:
    view = papers.restored(row)
    if not isinstance(view, CorrectionView):
        raise TypeError(row.number)
    of = view.lines[0].object if view.lines else None
    return CreditNote(row.number, view.cites, row.consumer, of, -row.amount, row.day)


def _cut_off(
    by: By, opened: Store, row: models.Period, currency: str
) -> tuple[Journal, Posted, models.Batch]:
    """Complete a reversal that was killed after the store had it."""
    posted = opened.journals.posted(row.label, currency)
    if not posted or posted[-1].reverses is None or _recorded(posted[-1]):
        raise UsageError(f"nothing is posted for {row.label} that could be reversed")
    before = models.Batch.objects.get(sequence=posted[-1].reverses)
    made = restored(posted[-1].journal)
    return made, posted[-1], _batch(by, before.issue, made, posted[-1], before)


def _issue(row: models.Period) -> models.Issue:
    if row.state != State.ISSUED:
        hint = f"issue it first:  truecost issue {row.label}"
        raise UsageError(Finding(None, f"{row.label} is {row.state}, not issued", hint))
    return row.issues.get(closing=row.closings)


def _as_issued(row: models.Period, made: Journal) -> None:
    """Raise VerifyError where a journal does not post what all that was issued comes to.

    Credit notes by hand are no part of it: they are posted by themselves (`post_credits`).
    """
    issued = row.statements.filter(currency=made.currency, issue__isnull=False)
    if not issued.exists():
        raise UsageError(f"nothing of {row.label} was issued in {made.currency}")
    total = issued.aggregate(total=Sum("amount"))["total"] or 0
    if total != made.charged:
        says, was = shown(made.charged, made.currency), shown(total, made.currency)
        raise VerifyError(f"the journal of {row.label} posts {says}, and {was} was issued")


def _recorded(stands: Posted) -> bool:
    return models.Batch.objects.filter(sequence=stands.sequence).exists()


def _kept(opened: Store, made: Journal, reverses: Posted | None = None) -> Posted:
    return opened.journals.post(
        recorded(made), period=made.posted_for, currency=made.currency, number=made.number,
        run=made.run_id, reverses=reverses,
    )  # fmt: skip


def _batch(
    by: By, issue: models.Issue, made: Journal, kept: Posted, reverses: models.Batch | None = None
) -> models.Batch:
    batch = models.Batch.objects.create(
        issue=issue, currency=made.currency, number=kept.number, amount=made.charged,
        sequence=kept.sequence, sha256=kept.sha256, reverses=reverses,
    )  # fmt: skip
    after = {
        "number": kept.number, "currency": made.currency, "amount": made.charged,
        "sha256": kept.sha256, "reverses": reverses.number if reverses else "",
    }  # fmt: skip
    kind = "journal reversed" if reverses else "journal posted"
    events.record(by, kind, periods.subject(issue.period), after=after)
    return batch
