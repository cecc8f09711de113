"""How jobs of the worker are answered; each kind has its own address, which asks for its act."""

from __future__ import annotations

from typing import Any

from truecost.api.answers import there
from truecost.api.shapes import Shape
from truecost.record.services import jobs
from truecost.record.services.acts import By


class JobOut(Shape):
    """What the worker was asked for: how far it is, and what came of it."""

    number: int
    kind: str
    state: str
    stage: str
    percent: int
    result: dict[str, Any]


def shape(job: jobs.Shown) -> JobOut:
    """Give a job as it is answered."""
    return JobOut(
        number=job.row.pk, kind=job.row.kind, state=job.row.state, stage=job.row.stage,
        percent=job.percent, result=dict(job.result),
    )  # fmt: skip


def one(who: By, number: int) -> JobOut:
    """Give the job that was just asked for."""
    return shape(there(jobs.get(who, number)))
