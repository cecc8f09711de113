"""Closing and reopening in the store: what the command line and the record both do.

A period that is closed stands by its run: later builds give it as it is (`store.closings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.engine.verify import silent, verify_run
from truecost.kernel.findings import Finding, UsageError, VerifyError
from truecost.statements.book import Book

if TYPE_CHECKING:
    from collections.abc import Collection

    from truecost.engine.build import Progress
    from truecost.kernel.periods import Period
    from truecost.store.closings import Closing
    from truecost.store.run import Run
    from truecost.store.runs import Store


def check_run(run: Run, period: Period, progress: Progress = silent) -> None:
    """Raise UsageError where a run has not the period, VerifyError where it does not hold."""
    Book.of(run).check_period(period)
    found = verify_run(run, progress).findings
    if found:
        raise VerifyError(found)


def to_close(store: Store, run: Run, period: Period) -> tuple[Period, ...]:
    """Give the periods of a run up to one that are still open, in order.

    Raise UsageError where a later period is closed already.
    """
    stands = store.closings.standing()
    _refuse_later(stands, period, "is closed, and {} lies before it")
    months = (each for each in Book.of(run).periods if each <= period)
    return tuple(month for month in months if month.index not in stands)


def close(store: Store, run: Run, periods: Collection[Period]) -> None:
    """Let periods stand by a run, which is kept for good. Whoever closes has checked the run."""
    with store.lock(wait=True):
        last = max(periods)
        store.pin(run.id, f"closed {last}")
        for period in sorted(periods):
            store.closings.close(period.index, run.id, run.sha256, str(period))


def reopen(store: Store, period: Period, reason: str) -> None:
    """Open a closed period again. Raise UsageError where it is open, or a later one is closed."""
    with store.lock(wait=True):
        _refuse_later(store.closings.standing(), period, "is closed too, and stands on {}")
        store.closings.reopen(period.index, reason, str(period))


def _refuse_later(stands: dict[int, Closing], period: Period, why: str) -> None:
    later = [index for index in stands if index > period.index]
    if later:
        last = period.calendar.period(max(later))
        raise UsageError(Finding(None, f"{last} {why.format(period)}", f"reopen {last} first"))
