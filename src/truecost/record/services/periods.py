"""How a period goes: open → in review → closed → issued, and back to open by a recorded act.

The store is closed before the record's transaction ends. Whoever is killed in between finds the
store closed by the very run in review: closing again completes the act, and does nothing twice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Max

from truecost.kernel.findings import Finding, UsageError
from truecost.record import models
from truecost.record.services import checklist, events, runs
from truecost.record.services.acts import By, acting, store
from truecost.record.services.checklist import Item
from truecost.record.services.permissions import Act
from truecost.record.services.segregation import REVIEWED
from truecost.statements import closing
from truecost.statements.book import Book

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from truecost.kernel.periods import Period
    from truecost.record.services.checklist import Entry
    from truecost.store.run import Run
    from truecost.store.runs import Store

_LONGEST = 500


class State(StrEnum):
    """How far a period has come."""

    OPEN = "open"
    REVIEW = "in review"
    CLOSED = "closed"
    ISSUED = "issued"


def organisation() -> models.Organisation:
    """Give the organisation and its rules."""
    return models.Organisation.objects.get(id=1)


def known() -> list[models.Period]:
    """Give the periods that the record has, the last first."""
    return list(models.Period.objects.select_related("run").order_by("-index"))


def newest() -> models.Period | None:
    """Give the last period that the record has."""
    return models.Period.objects.order_by("-index").first()


def get(label: str) -> models.Period:
    """Give a period by its label. Raise UsageError where the record does not have it."""
    found = models.Period.objects.select_related("run").filter(label=label).first()
    if found is None:
        hint = f"put it under review first:  truecost review {label}"
        raise UsageError(Finding(None, f"the record knows no period {label}", hint))
    return found


def review(
    by: By, period: Period, run: Run, check: Callable[[Run, Period], None] = closing.check_run
) -> models.Period:
    """Put a run of a period up for review; another run takes the place of the one before.

    `check` raises VerifyError where the run does not hold. Raise UsageError where the period is
    closed.
    """
    by.need(Act.KEEP_PERIODS)
    check(run, period)
    stands = store().closings.standing()
    with acting():
        registered = runs.register(by, run)
        row = _begun(period, registered, stood=period.index in stands)
        if row.state in {State.CLOSED, State.ISSUED}:
            raise UsageError(Finding(None, f"{period} is {row.state}", "reopen it first"))
        if period.index in stands and row.run_id != run.id:
            what = f"closing {period} by run {row.run_id} was cut off half-way"
            raise UsageError(Finding(None, what, "close it again: that completes it"))
        before = {"state": row.state, "run": row.run_id}
        if before == {"state": State.REVIEW, "run": run.id}:
            return row
        row.state, row.run = State.REVIEW, registered
        row.save()
        after = {"state": State.REVIEW, "run": run.id, "manifest": run.sha256}
        events.record(by, REVIEWED, subject(row), before=before, after=after)
    return row


def entries(row: models.Period, book: Book | None = None) -> tuple[Entry, ...]:
    """Give the checklist of a period; `book` is that of its run, where it is open already."""
    book = book or Book.of(runs.opened(store(), row.run))
    period = book.calendar.period(row.index)
    return checklist.entries(book, period, organisation(), decisions(row))


def decisions(row: models.Period) -> list[models.Decision]:
    """Give what was decided of a period, in the order in which it was."""
    return list(row.decisions.order_by("pk"))


def open_of(found: Iterable[Entry], item: Item) -> tuple[Entry, ...]:
    """Give the entries of an item that wait, can be decided, and that nobody refused."""
    return tuple(
        each
        for each in found
        if each.item is item and each.decidable and not each.settled and not each.refused_by
    )


def all_of(row: models.Period, item: Item, listed: str) -> list[tuple[Item, str]]:
    """Give all open entries of an item, to be decided at once (`open_of`).

    `listed` is the hash of those that somebody saw. Raise UsageError where they are others by now.
    """
    found = open_of(entries(row), item)
    if checklist.listed(found) != listed:
        raise UsageError("the list has changed: look at it again")
    return [(each.item, each.subject) for each in found]


def decide(
    by: By, row: models.Period, chosen: Iterable[tuple[Item, str]], reason: str, *,
    seen: Mapping[tuple[Item, str], str] | None = None, refused: bool = False,
) -> list[models.Decision]:  # fmt: skip
    """Settle entries of the checklist, each by its item and subject, for a reason.

    `seen` are the figures (`Entry.facts`) on which somebody decides, where a page showed them. With
    `refused`, sign-off is refused. Raise UsageError for what is not on the list, what no decision
    helps, what is other than was seen.
    """
    wanted = list(dict.fromkeys(chosen))
    for item, about in wanted:
        if item is Item.SIGN_OFF:
            by.need(Act.SIGN_OFF, (about,))
        else:
            by.need(Act.KEEP_PERIODS)
            if refused:
                raise UsageError("only a sign-off can be refused")
    said = said_why(reason)
    found = {(entry.item, entry.subject): entry for entry in entries(row)}
    made = []
    with acting():
        row = locked(row.index)
        if row.state != State.REVIEW:
            raise UsageError(f"{row.label} is {row.state}, not in review")
        stands = {(each.item, each.subject, each.facts): each.refused for each in decisions(row)}
        for key in wanted:
            entry = found.get(key)
            if entry is None or not entry.decidable:
                raise UsageError(f"{' '.join(key).strip()} of {row.label} can't be decided")
            if seen and seen.get(key, entry.facts) != entry.facts:
                raise UsageError(f"the figures of {' '.join(key)} have changed: look at them again")
            if stands.get((entry.item, entry.subject, entry.facts)) == refused:
                continue
            made.append(
                models.Decision.objects.create(
                    period=row, item=entry.item, subject=entry.subject, facts=entry.facts,
                    reason=said, refused=refused, actor=by.key, moment=by.now,
                )
            )  # fmt: skip
            after = {"item": entry.item, "about": entry.subject, "what": entry.what, "why": said}
            kind = "sign-off refused" if refused else "entry decided"
            events.record(by, kind, subject(row), after=after)
    return made


def reviewable(by: By, period: Period) -> None:
    """Raise what `review` would, as far as it is quick to see."""
    by.need(Act.KEEP_PERIODS)
    row = models.Period.objects.filter(index=period.index).first()
    if row is not None and row.state in {State.CLOSED, State.ISSUED}:
        raise UsageError(Finding(None, f"{period} is {row.state}", "reopen it first"))


def closable(by: By, row: models.Period) -> None:
    """Raise what `close` would, as far as it is quick to see: all that is still open."""
    by.need(Act.KEEP_PERIODS)
    if row.state not in {State.CLOSED, State.ISSUED}:
        if row.state != State.REVIEW:
            raise UsageError(f"{row.label} is {row.state}, not in review")
        _settled(row)


def close(
    by: By, row: models.Period, *, history: bool = False,
    check: Callable[[Run, Period], None] = closing.check_run,
) -> models.Period:  # fmt: skip
    """Close a period by the run in review, which is kept for good.

    With `history`, months before the first that the record closes are closed with it, as they are.
    `check` raises VerifyError where the run does not hold. Raise UsageError with all that the
    checklist still has open. Closing what is closed by the same run changes nothing.
    """
    by.need(Act.KEEP_PERIODS)
    opened = store()
    run = runs.opened(opened, row.run)
    period = run.calendar.period(row.index)
    check(run, period)
    _settled(row)
    with opened.lock(wait=True), acting():
        row = locked(row.index)
        if row.state in {State.CLOSED, State.ISSUED} and row.run_id == run.id:
            return row
        if row.state != State.REVIEW or row.run_id != run.id:
            raise UsageError(f"{row.label} is {row.state} by now: look again")
        months = _to_close(opened, run, period, history=history)
        registered = runs.register(by, run)
        registered.pinned = True
        registered.save()
        row.run = registered
        if months:
            closing.close(opened, run, months)
        row.state, row.closings, row.closer = State.CLOSED, row.closings + 1, by.key
        row.save()
        after = {
            "state": State.CLOSED, "run": run.id, "manifest": run.sha256, "closing": row.closings,
            "with": _history(opened, run, period),
        }  # fmt: skip
        events.record(by, "period closed", subject(row), before={"state": "in review"}, after=after)
    return row


def reopen(by: By, row: models.Period, reason: str) -> models.Period:
    """Open a closed or issued period again, for a reason. What was issued stays as it is."""
    by.need(Act.KEEP_PERIODS)
    said = said_why(reason)
    opened = store()
    with opened.lock(wait=True), acting():
        row = locked(row.index)
        if row.state not in {State.CLOSED, State.ISSUED}:
            raise UsageError(f"{row.label} is {row.state}: there is nothing to reopen")
        later = models.Period.objects.filter(
            index__gt=row.index, state__in=(State.CLOSED, State.ISSUED)
        )
        last = later.aggregate(last=Max("label"))["last"]
        if last:
            raise UsageError(Finding(None, f"{last} stands on {row.label}", f"reopen {last} first"))
        period = opened.run(row.run_id).calendar.period(row.index)
        if row.index in opened.closings.standing():  # else a killed act got so far
            closing.reopen(opened, period, said)
        before = {"state": row.state, "run": row.run_id}
        row.state = State.OPEN
        row.save()
        after = {"state": State.OPEN, "why": said}
        events.record(by, "period reopened", subject(row), before=before, after=after)
    return row


def agree(opened: Store) -> tuple[Finding, ...]:
    """Tell where record and store do not say the same of a period: an act was cut off."""
    stands = opened.closings.standing()
    found = []
    for row in models.Period.objects.order_by("index"):
        closed = row.state in {State.CLOSED, State.ISSUED}
        act = stands.get(row.index)
        if closed and (act is None or (act.run, act.manifest) != _by(row)):
            what = f"{row.label} is {row.state} in the record, and not by the same run in the store"
            found.append(Finding(None, what, "reopen it, or restore store and record together"))
        elif not closed and act is not None:
            what = f"{row.label} is closed in the store and {row.state} in the record"
            found.append(Finding(None, what, "an act was cut off: do it again, that completes it"))
    return tuple(found)


def _by(row: models.Period) -> tuple[str, str]:
    return row.run_id, row.run.manifest_sha256


def subject(row: models.Period) -> str:
    """Give what events call a period."""
    return f"period {row.label}"


def said_why(reason: str) -> str:
    """Give a reason on one line. Raise UsageError where there is none, or it is too long."""
    said = " ".join(reason.split())
    if not said:
        raise UsageError("say why: the reason is kept for good")
    if len(said) > _LONGEST:
        raise UsageError(f"the reason has {len(said)} characters; {_LONGEST} are kept")
    return said


def locked(index: int) -> models.Period:
    """Give a period, locked until the transaction ends.

    Its run is not joined: PostgreSQL joins before it waits, and gives no row where another act
    has put up another run meanwhile.
    """
    return models.Period.objects.select_for_update().get(index=index)


def _begun(period: Period, run: models.Run, *, stood: bool) -> models.Period:
    """Give a period, locked; begin it where the record does not have it, which two may do at once.

    Raise UsageError where it `stood` closed in the store before the record knew it.
    """
    if not models.Period.objects.filter(index=period.index).exists():
        if stood:
            raise UsageError(f"{period} was closed before the record began, and stands")
        new = models.Period(
            index=period.index, label=str(period), words=period.words, state=State.OPEN, run=run
        )
        models.Period.objects.bulk_create([new], ignore_conflicts=True)
    return locked(period.index)


def _settled(row: models.Period) -> None:
    waiting = [entry for entry in entries(row) if not entry.settled]
    if waiting:
        hint = "decide each, with a reason, or build again"
        raise UsageError([Finding(None, f"{each.item}: {_waits(each)}", hint) for each in waiting])


def _waits(entry: Entry) -> str:
    return f"{entry.what} (refused: {entry.refusal})" if entry.refused_by else entry.what


def _history(opened: Store, run: Run, period: Period) -> list[str]:
    """Name the months that were closed with a period, and that the record does not have."""
    stands = opened.closings.standing()
    mine = set(models.Period.objects.values_list("index", flat=True))
    return [
        str(period.calendar.period(index))
        for index, act in stands.items()
        if index < period.index and act.run == run.id and index not in mine
    ]


def _to_close(opened: Store, run: Run, period: Period, *, history: bool) -> tuple[Period, ...]:
    """Give what is to be closed in the store: nothing where a killed act has closed it already."""
    act = opened.closings.standing().get(period.index)
    if act is not None:
        if (act.run, act.manifest) == (run.id, run.sha256):
            return ()
        raise UsageError(f"{period} is closed in the store by run {act.run}")
    months = closing.to_close(opened, run, period)
    earlier = [month for month in months if month != period]
    if earlier and not history:
        what = f"{earlier[0]} is still open, and lies before {period}"
        hint = "close it first, or say that what lies before the record stands as it is (--history)"
        raise UsageError(Finding(None, what, hint))
    if earlier and models.Period.objects.filter(closings__gt=0).exists():
        raise UsageError(f"{earlier[0]} is still open, and the record has closed months: close it")
    return months
