"""People, their roles, who stands in for whom."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Shape
from truecost.record.services import grants, people
from truecost.record.services.permissions import Act, Role, holds
from truecost.record.services.tokens import Scope

router = Router(tags=["people"])
Day = Annotated[dt.date | None, Field(description="Included; null is open.")]
Part = Annotated[
    str, Field(max_length=200, description="A consumer or service, for roles of a part.")
]


class GrantOut(Shape):
    """A role that somebody has."""

    id: int
    role: str
    scope: str
    from_day: dt.date | None
    until_day: dt.date | None
    delegate_of: int | None
    holds: bool


class StandInOut(GrantOut):
    """A role that somebody stands in for."""

    name: str


class OwnOut(GrantOut):
    """A role of one's own, and who stands in for it."""

    stand_ins: list[StandInOut]


class PersonOut(Shape):
    """Somebody who may sign in, and their roles that have not ended."""

    key: str
    email: str | None
    name: str
    active: bool
    grants: list[GrantOut]


class InvitedOut(PersonOut):
    """Somebody who was just let in, with the path of the link that is good once."""

    link: str


class InviteIn(Body):
    """Somebody to be let in."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role
    scope: Part = ""


class GrantIn(Body):
    """A role to be given."""

    role: Role
    scope: Part = ""
    from_day: Day = None
    until_day: Day = None


class DelegateIn(Body):
    """A role of one's own that another stands in for, for some days."""

    grant: Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]
    email: Annotated[str, Field(min_length=3, max_length=254)]
    from_day: dt.date
    until_day: dt.date


@get(
    router, "people", "people", does="list_people", scope=Scope.PEOPLE, act=Act.MANAGE_PEOPLE,
    response=Listed[PersonOut],
)  # fmt: skip
def listed(request: HttpRequest) -> Listed[PersonOut]:
    """List people and their roles."""
    who = by(request)
    rows = people.listed(who)
    return Listed[PersonOut](items=[PersonOut(**_said(each, who.day)) for each in rows])


@post(
    router, "people", "people", does="invite_person", scope=Scope.PEOPLE, act=Act.MANAGE_PEOPLE,
    response={201: InvitedOut}, secret=True,
)  # fmt: skip
def invite(request: HttpRequest, body: InviteIn) -> InvitedOut:
    """Let somebody in; the answer holds the link by which they set a password."""
    who = by(request)
    person, word = people.invite(who, body.email, body.name, body.role, body.scope)
    return InvitedOut(**_said(person, who.day), link=f"/welcome/{word}")


@get(
    router, "people/{key}", "person", does="get_person", scope=Scope.PEOPLE, act=Act.MANAGE_PEOPLE,
    response=PersonOut,
)  # fmt: skip
def one(request: HttpRequest, key: str) -> PersonOut:
    """Give a person and their roles."""
    who = by(request)
    return PersonOut(**_said(_found(request, key), who.day))


@post(
    router, "people/{key}/grants", "grants", does="give_grant", scope=Scope.PEOPLE,
    act=Act.MANAGE_PEOPLE, response={201: GrantOut}, guards="person",
)  # fmt: skip
def grant(request: HttpRequest, key: str, body: GrantIn) -> GrantOut:
    """Give somebody a role."""
    who = by(request)
    made = grants.grant(
        who, _found(request, key), body.role, body.scope, from_day=body.from_day,
        until_day=body.until_day,
    )  # fmt: skip
    return GrantOut(**_held(made, who.day))


@post(
    router, "people/{key}/erasure", "erasure", does="erase_person", scope=Scope.PEOPLE,
    act=Act.MANAGE_PEOPLE, response=PersonOut, guards="person",
)  # fmt: skip
def erase(request: HttpRequest, key: str) -> PersonOut:
    """Forget who somebody is; what they did stays."""
    people.erase(by(request), _found(request, key))
    return PersonOut(key=key, email=None, name="", active=False, grants=[])


@post(
    router, "people/{key}/link", "link", does="renew_person_link", scope=Scope.PEOPLE,
    act=Act.MANAGE_PEOPLE, response={201: InvitedOut}, secret=True, guards="person",
)  # fmt: skip
def link(request: HttpRequest, key: str) -> InvitedOut:
    """Give somebody a new link to set a password; the one before is good no more."""
    who, person = by(request), _found(request, key)
    word = people.invite_again(who, person)
    return InvitedOut(**_said(person, who.day), link=f"/welcome/{word}")


@post(
    router, "people/{key}/shut-out", "shut-out", does="shut_out_person", scope=Scope.PEOPLE,
    act=Act.MANAGE_PEOPLE, response=PersonOut, guards="person",
)  # fmt: skip
def shut_out(request: HttpRequest, key: str) -> PersonOut:
    """Shut somebody out; their roles and tokens rest."""
    people.shut_out(by(request), _found(request, key), out=True)
    return one(request, key)


@post(
    router, "people/{key}/let-in", "let-in", does="let_in_person", scope=Scope.PEOPLE,
    act=Act.MANAGE_PEOPLE, response=PersonOut, guards="person",
)  # fmt: skip
def let_in(request: HttpRequest, key: str) -> PersonOut:
    """Let somebody in again who was shut out."""
    people.shut_out(by(request), _found(request, key), out=False)
    return one(request, key)


@get(
    router, "delegations", "delegations", does="list_delegations", scope=Scope.PEOPLE,
    act=Act.ENTER, response=Listed[OwnOut],
)  # fmt: skip
def own(request: HttpRequest) -> Listed[OwnOut]:
    """List one's own roles, and who stands in for each."""
    who = by(request)
    return Listed[OwnOut](
        items=[
            OwnOut(
                **_held(each, who.day),
                stand_ins=[
                    StandInOut(**_held(one, who.day), name=one.person.name)
                    for one in each.delegates.all()
                ],
            )
            for each in grants.own(who)
        ]
    )  # fmt: skip


@post(
    router, "delegations", "delegations", does="delegate_role", scope=Scope.PEOPLE, act=Act.ENTER,
    response={201: GrantOut},
)  # fmt: skip
def delegate(request: HttpRequest, body: DelegateIn) -> GrantOut:
    """Let another stand in for a role of one's own."""
    who = by(request)
    held = there(grants.held(who, body.grant))
    made = grants.delegate(who, held, people.find(body.email), body.from_day, body.until_day)
    return GrantOut(**_held(made, who.day))


@post(
    router, "grants/{int:number}/end", "end", does="end_grant", scope=Scope.PEOPLE, act=Act.ENTER,
    response=GrantOut,
)  # fmt: skip
def end(request: HttpRequest, number: int) -> GrantOut:
    """Take a role back, and with it what was delegated of it."""
    who = by(request)
    grants.end(who, there(grants.held(who, number)))
    return GrantOut(**_held(there(grants.held(who, number)), who.day))


def _found(request: HttpRequest, key: str) -> Any:
    return there(people.by_key(by(request), key))


def _said(person: Any, day: dt.date) -> dict[str, Any]:
    return {
        "key": person.key, "email": person.email, "name": person.name,
        "active": person.is_active, "grants": [_held(each, day) for each in person.grants.all()],
    }  # fmt: skip


def _held(row: Any, day: dt.date) -> dict[str, Any]:
    return {
        "id": row.pk, "role": row.role, "scope": row.scope, "from_day": row.from_day,
        "until_day": row.until_day, "delegate_of": row.delegate_of_id, "holds": holds(row, day),
    }  # fmt: skip
