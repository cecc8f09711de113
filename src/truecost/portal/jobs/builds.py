"""The build that a page asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django_tasks import task

from truecost.portal.jobs import LONG, children
from truecost.record.services import jobs
from truecost.record.services.acts import place

if TYPE_CHECKING:
    from truecost.record.services.acts import By


def ask(by: By, first: str = "", last: str = "") -> int:
    """Ask for a build of the periods from `first` to `last`, "" for what the workspace says.

    Give the number of the job. Raise UsageError where one is under way.
    """
    said = {"first": first.strip(), "last": last.strip()}
    return jobs.ask(by, jobs.Kind.BUILD, "", said, build.enqueue).pk


@task(queue_name=LONG)
def build(number: int) -> None:
    """Do a build that was asked for; one that another worker began is left alone."""
    job = jobs.begin(timezone.now(), number)
    if job is None:
        return
    arguments = [str(place().workspace), str(job.said["first"]), str(job.said["last"])]

    def tell(stage: str, done: int, of: int) -> None:
        jobs.progressed(number, stage, done, of)

    result = children.done_in_a_child("truecost.portal.jobs.child", arguments, tell)
    jobs.end(timezone.now(), number, result)
