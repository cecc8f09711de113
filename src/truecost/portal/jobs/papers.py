"""Issuing a period, and checking the record: jobs that draw or read every document."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.utils import timezone
from django_tasks import task

from truecost.kernel.findings import TruecostError
from truecost.portal.jobs import LONG
from truecost.record.services import events, integrity, issuing, jobs, periods
from truecost.record.services.acts import store

if TYPE_CHECKING:
    from truecost.engine.build import Progress
    from truecost.record.services.acts import By

_PAUSE = 0.5  # seconds between two words on how far it is
_LISTED = 200


def ask_issue(by: By, label: str) -> int:
    """Ask that a period be issued. Raise UsageError where that is under way."""
    return jobs.ask(by, jobs.Kind.ISSUE, label, {}, issue.enqueue).pk


def ask_verification(by: By) -> int:
    """Ask that the whole record be checked. Raise UsageError where that is under way."""
    return jobs.ask(by, jobs.Kind.VERIFY, "", {}, verify.enqueue).pk


@task(queue_name=LONG)
def issue(number: int) -> None:
    """Issue a period for who asked; the service makes it one act, and does it once."""
    job = jobs.begin(timezone.now(), number)
    if job is None:
        return
    by = jobs.asked_by(job, timezone.now())
    try:
        made = issuing.issue(by, periods.get(job.row.subject), _teller(number))
    except TruecostError as error:
        result = jobs.failed_by(error)
    else:
        result = {"period": job.row.subject, "documents": made.documents, "digest": made.digest}
    jobs.end(timezone.now(), number, result)


@task(queue_name=LONG)
def verify(number: int) -> None:
    """Check chain, documents, numbers, guards, runs."""
    job = jobs.begin(timezone.now(), number)
    if job is None:
        return
    jobs.progressed(number, "reading events and documents", 0, 0)
    try:
        checked = integrity.check(store())
        result = jobs.failed(*checked.findings[:_LISTED]) if checked.findings else {}
        result |= {"held": list(checked.held), "head": events.head(), "found": True}
    except TruecostError as error:
        result = jobs.failed_by(error)
    jobs.end(timezone.now(), number, result)


def _teller(number: int) -> Progress:
    told, last = 0.0, ""

    def tell(stage: str, done: int, of: int) -> None:
        nonlocal told, last
        now = time.monotonic()
        if stage != last or now - told >= _PAUSE:
            told, last = now, stage
            jobs.progressed(number, stage, done, of)

    return tell
