"""What was done, and whether all is as it was written."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from truecost.api import paging
from truecost.api.door import by
from truecost.api.endpoints import get
from truecost.api.problems import findings
from truecost.api.shapes import Body, Fault, Page, Shape
from truecost.record.services import integrity, reading
from truecost.record.services.acts import store
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

router = Router(tags=["events"])


class EventOut(Shape):
    """An act; `actor` is a person's key, "" for the program."""

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


class VerifiedOut(Shape):
    """What was found wrong, and what was found to hold."""

    holds: bool
    findings: list[Fault]
    held: list[str]


class Filter(Body):
    """What a list of events is narrowed to."""

    kind: Annotated[str, Field(max_length=40)] = ""
    subject: Annotated[str, Field(max_length=250)] = ""
    actor: Annotated[str, Field(max_length=40)] = ""
    cursor: Annotated[str, Field(max_length=paging.LONGEST)] = ""
    limit: Annotated[int, Field(ge=1, le=paging.MOST)] = paging.USUAL


@get(
    router, "events", "events", scope=Scope.EVENTS, act=Act.READ_EVENTS, response=Page[EventOut]
)  # fmt: skip
def listed(request: HttpRequest, said: Query[Filter]) -> Page[EventOut]:
    """List what was done, the newest first, without what is personal."""
    named = {"kind": said.kind, "subject": said.subject, "actor": said.actor}
    found = reading.events(by(request)).filter(
        **{key: value for key, value in named.items() if value}
    )
    rows, following = paging.part(found, (("-sequence", int),), said.cursor, said.limit)
    return Page[EventOut](items=[_shape(each) for each in rows], next=following)


@get(
    router, "verification", "verification", scope=Scope.EVENTS, act=Act.READ_EVENTS,
    response=VerifiedOut,
)  # fmt: skip
def verified(request: HttpRequest) -> VerifiedOut:  # noqa: ARG001
    """Check the chain of events and every issued document, as `truecost verify` does."""
    found = integrity.check(store())
    return VerifiedOut(
        holds=not found.findings, held=list(found.held),
        findings=[Fault(**each) for each in findings(found.findings)],
    )  # fmt: skip


def _shape(row: Any) -> EventOut:
    return EventOut(
        sequence=row.sequence, moment=row.moment, kind=row.kind, actor=row.actor, via=row.via,
        subject=row.subject, before=json.loads(row.before), after=json.loads(row.after),
        previous=row.previous, sha256=row.sha256,
    )  # fmt: skip
