"""Putting a run under review, and closing: a child checks the run, then the service acts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django_tasks import task

from truecost.kernel.findings import Finding, TruecostError, UsageError, VerifyError
from truecost.portal.jobs import LONG, children
from truecost.record.services import jobs, periods
from truecost.record.services.acts import place, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.kernel.periods import Period
    from truecost.record.services.acts import By
    from truecost.store.run import Run

    _Check = Callable[[Run, Period], None]


def ask_review(by: By, label: str, run_id: str) -> tuple[str, int]:
    """Ask that a run be put under review. Give the period's label, and the number of the job.

    Raise what the service would, as far as it is quick to see, and UsageError where it is under
    way.
    """
    run = store().run(run_id)
    period = _period(run, label)
    periods.reviewable(by, period)
    said = {"run": run.id}
    return str(period), jobs.ask(by, jobs.Kind.REVIEW, str(period), said, review.enqueue).pk


def ask_close(by: By, label: str, *, history: bool) -> int:
    """Ask that a period be closed. Raise as `ask_review` does."""
    periods.closable(by, periods.get(label))
    said = {"history": history}
    return jobs.ask(by, jobs.Kind.CLOSE, label, said, close.enqueue).pk


@task(queue_name=LONG)
def review(number: int) -> None:
    """Put a run under review for who asked."""
    _done(number, _reviewed)


@task(queue_name=LONG)
def close(number: int) -> None:
    """Close a period for who asked."""
    _done(number, _closed)


def _reviewed(by: By, job: jobs.Shown, check: _Check) -> None:
    run = store().run(str(job.said["run"]))
    periods.review(by, _period(run, job.row.subject), run, check)


def _closed(by: By, job: jobs.Shown, check: _Check) -> None:
    row = periods.get(job.row.subject)
    periods.close(by, row, history=bool(job.said["history"]), check=check)


def _done(number: int, act: Callable[[By, jobs.Shown, _Check], None]) -> None:
    job = jobs.begin(timezone.now(), number)
    if job is None:
        return
    result: dict[str, Any] = {"period": job.row.subject}
    try:
        act(jobs.asked_by(job, timezone.now()), job, partial(_checked, number))
    except TruecostError as error:
        result = jobs.failed_by(error)
    jobs.end(timezone.now(), number, result)


def _checked(number: int, run: Run, period: Period) -> None:
    """Check a run in a child. Raise VerifyError with what it found, or with how it was ended."""
    arguments = [str(place().store), run.id, str(period.index)]
    tell = partial(jobs.progressed, number)
    result = children.done_in_a_child("truecost.portal.jobs.checking", arguments, tell)
    if faults := result.get("faults"):
        raise VerifyError(
            [
                Finding(None, f"{each['place']} {each['what']}".strip(), each["hint"])
                for each in faults
            ]
        )
    if result["sha256"] != run.sha256:
        raise VerifyError(f"run {run.id} was changed while it was checked: start again")


def _period(run: Run, label: str) -> Period:
    try:
        return run.calendar.parse(label.strip())
    except ValueError as error:
        raise UsageError(str(error)) from None
