"""What was done, and whether all is as it was written."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from truecost.api import jobs, paging
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.jobs import JobOut
from truecost.api.problems import findings
from truecost.api.shapes import Body, Fault, Page, Shape
from truecost.api.tables import CSV, PARQUET, Column, table
from truecost.portal.jobs import papers
from truecost.record.services import events, integrity, reading
from truecost.record.services import jobs as service
from truecost.record.services.acts import store
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

router = Router(tags=["events"])
_COLUMNS = (
    Column("sequence", int), Column("moment", str), Column("kind", str), Column("actor", str),
    Column("via", str), Column("subject", str), Column("before", str), Column("after", str),
    Column("payload", str), Column("previous", str), Column("sha256", str),
)  # fmt: skip


class EventOut(Shape):
    """An act; `actor` is a person's key, "" for the program.

    `personal` is told to who manages people, until it is erased; else it is empty.
    """

    sequence: int
    moment: str
    kind: str
    actor: str
    via: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    previous: str
    sha256: str
    personal: dict[str, Any]


class VerifiedOut(Shape):
    """What was found wrong, and what was found to hold."""

    holds: bool
    findings: list[Fault]
    held: list[str]


class VerificationsOut(Shape):
    """The last checks, the newest first, and the hash of the last event."""

    head: str
    items: list[JobOut]


class Narrowed(Body):
    """What events are narrowed to."""

    kind: Annotated[str, Field(max_length=40)] = ""
    subject: Annotated[str, Field(max_length=250, description="Or how it begins.")] = ""
    actor: Annotated[str, Field(max_length=200, description="A key, or a part of the name.")] = ""
    day: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""


class Filter(Narrowed):
    """What a list of events is narrowed to, and which part of it."""

    cursor: Annotated[str, Field(max_length=paging.LONGEST)] = ""
    limit: Annotated[int, Field(ge=1, le=paging.MOST)] = paging.USUAL


@get(
    router, "events", "events", does="list_events", scope=Scope.EVENTS, act=Act.READ_EVENTS,
    response=Page[EventOut],
)  # fmt: skip
def listed(request: HttpRequest, said: Query[Filter]) -> Page[EventOut]:
    """List what was done, the newest first."""
    who = by(request)
    found = _narrowed(request, said)
    rows, following = paging.part(found, (("-sequence", int),), said.cursor, said.limit)
    told = reading.personal(who, [each.sequence for each in rows])
    return Page[EventOut](
        items=[_shape(each, told.get(each.sequence, "{}")) for each in rows], next=following
    )


@get(
    router, "events.csv", "events-csv", does="get_events_csv", scope=Scope.EVENTS,
    act=Act.READ_EVENTS, response=None, media=(CSV,),
)  # fmt: skip
def as_csv(request: HttpRequest, said: Query[Narrowed]) -> StreamingHttpResponse:
    """Give what was done as a table, in the order of the chain, without what is personal."""
    return table(_rows(request, said), _COLUMNS, CSV, "events")


@get(
    router, "events.parquet", "events-parquet", does="get_events_parquet", scope=Scope.EVENTS,
    act=Act.READ_EVENTS, response=None, media=(PARQUET,),
)  # fmt: skip
def as_parquet(request: HttpRequest, said: Query[Narrowed]) -> StreamingHttpResponse:
    """Give what was done as a table, in the order of the chain, without what is personal."""
    return table(_rows(request, said), _COLUMNS, PARQUET, "events")


@get(
    router, "verification", "verification", does="get_verification", scope=Scope.EVENTS,
    act=Act.READ_EVENTS, response=VerifiedOut,
)  # fmt: skip
def verified(request: HttpRequest) -> VerifiedOut:  # noqa: ARG001
    """Check the chain of events and every issued document, as `truecost verify` does."""
    found = integrity.check(store())
    return VerifiedOut(
        holds=not found.findings, held=list(found.held),
        findings=[Fault(**each) for each in findings(found.findings)],
    )  # fmt: skip


@get(
    router, "verifications", "verifications", does="get_verifications", scope=Scope.EVENTS,
    act=Act.READ_EVENTS, response=VerificationsOut,
)  # fmt: skip
def verifications(request: HttpRequest) -> VerificationsOut:
    """List the last checks by the worker, and the head of the chain, to be noted down."""
    known = service.known(by(request), service.Kind.VERIFY)
    return VerificationsOut(head=events.head(), items=[jobs.shape(each) for each in known])


@post(
    router, "verifications", "verifications", does="start_verification", scope=Scope.VERIFY,
    act=Act.VERIFY, response={202: JobOut},
)  # fmt: skip
def verify(request: HttpRequest) -> JobOut:
    """Have the worker check the whole record."""
    return jobs.one(by(request), papers.ask_verification(by(request)))


def _narrowed(request: HttpRequest, said: Narrowed) -> Any:
    return reading.events(
        by(request), kind=said.kind, person=said.actor, subject=said.subject, day=said.day
    )


def _rows(request: HttpRequest, said: Narrowed) -> Any:
    found = _narrowed(request, said).order_by("sequence")
    for row in found.iterator(1_000):
        yield {each.name: getattr(row, each.name) for each in _COLUMNS}


def _shape(row: Any, personal: str) -> EventOut:
    return EventOut(
        sequence=row.sequence, moment=row.moment, kind=row.kind, actor=row.actor, via=row.via,
        subject=row.subject, before=json.loads(row.before), after=json.loads(row.after),
        previous=row.previous, sha256=row.sha256, personal=json.loads(personal),
    )  # fmt: skip
