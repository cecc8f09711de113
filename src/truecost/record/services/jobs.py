"""Jobs: what takes long is asked for on a page, done by the worker, and looked at meanwhile.

A job is a row; whoever asks hands the work to the worker in the transaction that writes the row, so
neither is there without the other. A worker that begins calls those failed that another left
running (`abandoned`): it holds a lock that nobody else has, so nobody else is at them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from truecost.kernel.findings import Finding, TruecostError, UsageError
from truecost.record import models
from truecost.record.services import events
from truecost.record.services.acts import By, acting
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping


class Kind(StrEnum):
    """What jobs do."""

    BUILD = "build"
    REVIEW = "review"
    CLOSE = "closing"
    ISSUE = "issue"
    VERIFY = "verification"


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


#: The act that asking for a job needs, and the one that looking at it needs.
NEEDS = {
    Kind.BUILD: (Act.RUN_BUILDS, Act.READ_PERIODS),
    Kind.REVIEW: (Act.KEEP_PERIODS, Act.READ_PERIODS),
    Kind.CLOSE: (Act.KEEP_PERIODS, Act.READ_PERIODS),
    Kind.ISSUE: (Act.ISSUE, Act.READ_PERIODS),
    Kind.VERIFY: (Act.VERIFY, Act.READ_EVENTS),
}
UNDER_WAY = (JobState.WAITING, JobState.RUNNING)
_LONGEST_STAGE = 100
_CUT_OFF = Finding(
    None, "what did this was ended before it was through", "nothing is half done: start it again"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as pages show it. `said` and `result` are what its row holds, read.

    `faults` are findings: `what`, `hint`, `detail`, and `place` as file:line:column or "".
    """

    row: models.Job
    said: Mapping[str, Any]
    result: Mapping[str, Any]
    faults: tuple[Mapping[str, Any], ...]

    @property
    def under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.row.state in UNDER_WAY

    @property
    def percent(self) -> int:
        """How much of the stage is done."""
        return min(100, 100 * self.row.done // self.row.of) if self.row.of else 0


def ask(
    by: By, kind: Kind, subject: str, said: Mapping[str, Any], send: Callable[[int], object]
) -> models.Job:
    """Ask for a job; `send` hands its id to the worker, in the same transaction.

    Raise UsageError where one of the kind about the subject is under way.
    """
    by.need(NEEDS[kind][0])
    try:
        with acting():
            row = models.Job.objects.create(
                kind=kind, subject=subject, said=json.dumps(said), actor=by.key, asked=by.now
            )
            send(row.pk)
            events.record(by, "job asked for", _subject(row), after={"about": subject, **said})
    except IntegrityError:
        what = f"a {kind} is under way already"
        raise UsageError(Finding(None, what, "wait until it has ended")) from None
    return row


def known(by: By, kind: Kind, count: int = 20, subject: str = "") -> list[Shown]:
    """Give the last jobs of a kind, the newest first. Raise DeniedError for who may not look."""
    by.need(NEEDS[kind][1])
    found = models.Job.objects.filter(kind=kind).order_by("-pk")
    return [shown(row) for row in (found.filter(subject=subject) if subject else found)[:count]]


def latest(by: By, kinds: Iterable[Kind], subject: str) -> Shown | None:
    """Give the newest job of some kinds about something. Raise DeniedError for who may not look."""
    some = list(kinds)
    for act in {NEEDS[kind][1] for kind in some}:
        by.need(act)
    found = models.Job.objects.filter(kind__in=some, subject=subject).order_by("-pk").first()
    return None if found is None else shown(found)


def get(by: By, number: int) -> Shown | None:
    """Give a job that somebody may look at; None where it is not there or not theirs."""
    row = models.Job.objects.filter(pk=number).first()
    if row is None or not by.rights.may(NEEDS[Kind(row.kind)][1]):
        return None
    return shown(row)


def shown(row: models.Job) -> Shown:
    """Read a job's row."""
    result = json.loads(row.result)
    return Shown(row, json.loads(row.said), result, tuple(result.get("faults", ())))


def asked_by(job: Shown, now: dt.datetime) -> By:
    """Give who asked for a job: the worker does it for them, as they may by now."""
    person = models.Person.objects.filter(key=job.row.actor).first()
    return By(person, "portal", now)


def begin(now: dt.datetime, number: int) -> Shown | None:
    """Begin a job that waits; None where it does not."""
    begun = models.Job.objects.filter(pk=number, state=JobState.WAITING)
    if not begun.update(state=JobState.RUNNING, begun=now):
        return None
    return shown(models.Job.objects.get(pk=number))


def progressed(number: int, stage: str, done: int, of: int) -> None:
    """Tell how far a job that runs has come."""
    running = models.Job.objects.filter(pk=number, state=JobState.RUNNING)
    running.update(stage=stage[:_LONGEST_STAGE], done=max(done, 0), of=max(of, 0))


def end(now: dt.datetime, number: int, result: Mapping[str, Any]) -> None:
    """End a job that runs with what came of it; with `faults` in it, as failed. Once."""
    with acting():
        row = models.Job.objects.select_for_update().get(pk=number)
        if row.state != JobState.RUNNING:
            return
        row.state = JobState.FAILED if result.get("faults") else JobState.DONE
        row.ended, row.result = now, json.dumps(result)
        row.save()
        after: dict[str, Any] = {"state": row.state}
        after |= {key: value for key, value in result.items() if isinstance(value, str | int)}
        events.record(By(None, "worker", now), "job ended", _subject(row), after=after)


def abandoned(now: dt.datetime) -> int:
    """Call those failed that run, though nobody is at them; give how many.

    Only for the worker that is alone at doing jobs.
    """
    left = models.Job.objects.filter(state=JobState.RUNNING).values_list("pk", flat=True)
    for number in list(left):
        end(now, number, failed(_CUT_OFF))
    return len(left)


def failed(*findings: Finding) -> dict[str, Any]:
    """Give a result that says what is wrong, and where."""
    return {
        "faults": [
            {
                "place": str(each.place or ""),
                "what": each.what,
                "detail": list(each.detail),
                "hint": each.hint,
            }
            for each in findings
        ]
    }


def failed_by(error: TruecostError) -> dict[str, Any]:
    """Give a result that says what an error says."""
    return failed(*error.findings)


def _subject(row: models.Job) -> str:
    return f"{row.kind} {row.pk}"
