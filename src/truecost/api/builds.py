"""Builds: asked for, done by the worker, looked at meanwhile."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Shape
from truecost.portal.jobs import builds
from truecost.record.services import jobs
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

router = Router(tags=["runs"])
Label = Annotated[str, Field(max_length=10)]


class BuildOut(Shape):
    """A build: how far it is, and what came of it."""

    number: int
    state: str
    stage: str
    percent: int
    result: dict[str, Any]


class BuildIn(Body):
    """The periods to build, "" for what the workspace says."""

    first: Label = ""
    last: Label = ""


@get(
    router, "builds", "builds", does="list_builds", scope=Scope.RUNS, act=Act.READ_PERIODS,
    response=Listed[BuildOut],
)  # fmt: skip
def listed(request: HttpRequest) -> Listed[BuildOut]:
    """List the last 20 builds, the newest first."""
    found = jobs.known(by(request), jobs.Kind.BUILD)
    return Listed[BuildOut](items=[_shape(each) for each in found])


@get(
    router, "builds/{int:number}", "build", does="get_build", scope=Scope.RUNS,
    act=Act.READ_PERIODS, response=BuildOut,
)  # fmt: skip
def one(request: HttpRequest, number: int) -> BuildOut:
    """Say how far a build is."""
    found = jobs.get(by(request), number) if number < 2**63 else None
    return _shape(there(found))


@post(
    router, "builds", "builds", does="start_build", scope=Scope.BUILDS, act=Act.RUN_BUILDS,
    response={202: BuildOut},
)  # fmt: skip
def ask(request: HttpRequest, body: BuildIn) -> BuildOut:
    """Ask for a build; the worker does it."""
    return one(request, builds.ask(by(request), body.first, body.last))


def _shape(job: jobs.Shown) -> BuildOut:
    return BuildOut(
        number=job.row.pk, state=job.row.state, stage=job.row.stage, percent=job.percent,
        result=dict(job.result),
    )  # fmt: skip
