"""Issuing: every consumer of a closed period gets its numbered statement, in one act.

All is drawn before the transaction, which then writes everything or nothing. Issuing what is issued
gives what was issued. A period that was reopened and closed by another run is issued again by what
differs: supplements and credit notes that cite the originals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.engine.verify import silent
from truecost.kernel.findings import Finding, UsageError, VerifyError
from truecost.record import models
from truecost.record.services import (
    events,
    numbers,
    papers,
    periods,
    runs,
    segregation,
    subscriptions,
)
from truecost.record.services.acts import By, acting, store
from truecost.record.services.checklist import currencies
from truecost.record.services.periods import State
from truecost.record.services.permissions import Act
from truecost.statements import charged
from truecost.statements.book import Book
from truecost.statements.corrections import (
    CREDIT,
    SUPPLEMENT,
    CorrectedLine,
    CorrectionView,
    corrected_lines,
)
from truecost.statements.issued import issued
from truecost.statements.views import StatementView, statement_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.engine.build import Progress
    from truecost.kernel.periods import Period
    from truecost.record.services.papers import Paper
    from truecost.statements.coming import RateDays


@dataclass(frozen=True, slots=True)
class Planned:
    """What issuing a period would issue in a currency.

    `statements` are new ones, over `amount` minor units; `supplements` and `credits` correct what
    was issued, by `more` and `less` (negative).
    """

    currency: str
    statements: int = 0
    amount: int = 0
    supplements: int = 0
    more: int = 0
    credits: int = 0
    less: int = 0

    @property
    def documents(self) -> int:
        """How many there would be."""
        return self.statements + self.supplements + self.credits


def planned(by: By, row: models.Period, book: Book) -> tuple[Planned, ...]:
    """Say what issuing a closed period would issue, by currency; `book` is of its run."""
    by.need(Act.READ_PERIODS)
    period = book.calendar.period(row.index)
    stands: dict[tuple[str, str], int] = {}
    known = row.statements.filter(issue__isnull=False)
    for consumer, unit, amount in known.values_list("consumer", "currency", "amount"):
        stands[consumer, unit] = stands.get((consumer, unit), 0) + amount
    leaves = [node.id for node in book.tree(period) if node.leaf]
    found = []
    for unit in currencies(book, period):
        totals = charged.totals(book, period, unit)
        mine = [
            each
            for each in leaves
            if unit == book.currency or totals.get(each) or (each, unit) in stands
        ]
        new = [totals.get(each, 0) for each in mine if (each, unit) not in stands]
        moved = [
            totals.get(each, 0) - stands[each, unit] for each in mine if (each, unit) in stands
        ]
        up, down = [each for each in moved if each > 0], [each for each in moved if each < 0]
        found.append(Planned(unit, len(new), sum(new), len(up), sum(up), len(down), sum(down)))
    return tuple(each for each in found if each.documents or each.currency == book.currency)


def issue(by: By, row: models.Period, tell: Progress = silent) -> models.Issue:
    """Issue a closed period. Raise UsageError where it is not closed, or record and store differ.

    `tell` is told how many bills of how many are put together, and then drawn as documents.
    What is issued is not issued again.

    With two people, who kept its figures does not issue it: DeniedError (see `segregation`).
    """
    by.need(Act.ISSUE)
    if found := _issued(row):
        return found
    for _ in range(numbers.TRIES):
        given = numbers.Next(by.day)
        made = _drawn(by, row, given, tell)
        days = subscriptions.rate_days(row)
        try:
            return _written(by, row, made, given, days)
        except numbers.TakenError:
            row = periods.get(row.label)
    raise UsageError("others keep issuing: try again")


def _issued(row: models.Period) -> models.Issue | None:
    if row.state != State.ISSUED:
        return None
    return row.issues.get(closing=row.closings)


def _check(by: By, row: models.Period) -> None:
    if row.state != State.CLOSED:
        hint = f"close it first:  truecost close {row.label}"
        raise UsageError(Finding(None, f"{row.label} is {row.state}, not closed", hint))
    segregation.need_another(by, row)
    if wrong := [each for each in periods.agree(store()) if each.what.startswith(row.label)]:
        raise UsageError(wrong)


def _written(
    by: By, row: models.Period, made: list[Paper], given: numbers.Next, days: RateDays
) -> models.Issue:
    with acting():
        now = periods.locked(row.index)
        if found := _issued(now):
            return found
        if (now.state, now.closings) != (row.state, row.closings):
            raise UsageError(f"{row.label} is {now.state} by now: look again")
        given.take()
        made_issue = models.Issue.objects.create(
            period=now, closing=now.closings, run=now.run, day=by.day, actor=by.key,
            documents=len(made), digest=papers.digest_of(each.row for each in made),
        )  # fmt: skip
        papers.write(made, made_issue)
        now.state = State.ISSUED
        now.save()
        listed = sorted(each.row.number for each in made)
        after = {
            "state": State.ISSUED, "run": now.run_id, "closing": now.closings, "day": by.day,
            "documents": len(made), "first": listed[0] if listed else "",
            "last": listed[-1] if listed else "", "digest": made_issue.digest,
        }  # fmt: skip
        before = {"state": State.CLOSED}
        events.record(by, events.ISSUED, periods.subject(now), before=before, after=after)
        subscriptions.tell_issue(by, f"issue {now.label}/{now.closings}", now, made)
        subscriptions.tell_rates(by, days)
    return made_issue


def _drawn(by: By, row: models.Period, given: numbers.Next, tell: Progress) -> list[Paper]:
    """Draw what is to be issued, in the order of the tree of consumers."""
    _check(by, row)
    opened = store()
    run = runs.opened(opened, row.run)
    book = Book.of(run, opened)
    period = run.calendar.period(row.index)
    before = {
        (each.consumer, each.currency): each
        for each in row.statements.filter(kind=papers.STATEMENT)
    }
    made = []
    views = list(_views(book, period, before, tell))
    for count, view in enumerate(views):
        tell("drawing documents", count, len(views))
        original = before.get((view.consumer, view.currency))
        branches = [node.id for node in book.tree(period).path(view.consumer)]
        if original is None:
            number = given.give(papers.STATEMENT)
            done = issued(view, number, by.day)
            made.append(papers.paper(done, period=row, run=row.run, branches=branches))
        elif (change := _change(by, view, original, given)) is not None:
            made.append(
                papers.paper(change, period=row, run=row.run, branches=branches, cites=original)
            )
    return made


def _views(
    book: Book, period: Period, before: dict[tuple[str, str], models.Statement], tell: Progress
) -> Iterator[StatementView]:
    """Draw every consumer's bill; in a currency beside the workspace's own, who is charged in it.

    Raise VerifyError where the bills do not come to what the period charges.
    """
    tree = book.tree(period)
    gone = {consumer for consumer, _ in before} - {node.id for node in tree}
    if gone:
        what = f"{', '.join(sorted(gone))} had a statement, and is not in the tree of this run"
        raise UsageError(Finding(None, what, "keep it in model/consumers.yaml for this period"))
    for currency in currencies(book, period):
        totals = charged.totals(book, period, currency)
        own = currency == book.currency
        wanted = [
            node.id
            for node in tree
            if node.leaf and (own or totals.get(node.id) or (node.id, currency) in before)
        ]
        views = []
        for count, consumer in enumerate(wanted):
            tell(f"putting bills in {currency} together", count, len(wanted))
            views.append(statement_view(book, consumer, period, currency))
        if views and sum(view.total for view in views) != views[0].proof.charged:
            raise VerifyError(f"the statements of {period} do not come to what is charged")
        yield from views


def _change(
    by: By, view: StatementView, original: models.Statement, given: numbers.Next
) -> CorrectionView | None:
    """Give what corrects a statement to what its bill comes to now; None where nothing differs.

    What was credited by hand in between is not taken back: only what runs said is compared.
    """
    earlier = list(original.corrections.filter(issue__isnull=False))
    total = view.total - original.amount - sum(each.amount for each in earlier)
    if not total:
        return None
    first = papers.restored(original)
    if not isinstance(first, StatementView):
        raise TypeError(original.number)
    kind = CREDIT if total < 0 else SUPPLEMENT
    lines = () if earlier else corrected_lines(first, view)
    reason = f"The period was computed again, by run {view.run_id}."
    return correction(by, first, original, given.give(kind), kind, reason, lines, total, view)


def correction(
    by: By, first: StatementView, original: models.Statement, number: str, kind: str,
    reason: str, lines: tuple[CorrectedLine, ...], total: int, now: StatementView,
) -> CorrectionView:  # fmt: skip
    """Put a correction together; `now` is what its run is cited from."""
    return CorrectionView(
        kind=kind, number=number, issued=by.day, organisation=first.organisation,
        locale=first.locale, currency=first.currency, period=first.period,
        consumer=first.consumer, name=first.name, path=first.path, cites=original.number,
        cites_day=original.day, cites_total=original.amount, reason=reason, lines=lines,
        total=total, run_id=now.run_id, manifest_digest=now.manifest_digest,
    )  # fmt: skip
