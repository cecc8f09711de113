"""Who asks, what the organisation is called, and its rules."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Minor, Shape
from truecost.record.services import periods, rules
from truecost.record.services.permissions import ALLOWED, Act
from truecost.record.services.rules import Rules
from truecost.record.services.tokens import Scope

router = Router(tags=["organisation"])


class Held(Shape):
    """A role that somebody has today, over a part or ("") over all."""

    role: str
    scope: str


class Me(Shape):
    """Who asks, and what they may do by this way."""

    key: str
    name: str
    roles: list[Held]
    acts: list[str]


class RulesOut(Shape):
    """The organisation's rules; `threshold` in minor units, `answer_days` of a dispute."""

    name: str
    threshold_percent: int
    threshold: int
    two_people: bool
    answer_days: int
    answer_working_days: bool
    public_briefings: bool


class RulesIn(Body):
    """The rules as they are to be; all of them."""

    threshold_percent: Annotated[int, Field(ge=0, le=10_000, strict=True)]
    threshold: Annotated[Minor, Field(ge=0)]
    two_people: Annotated[bool, Field(strict=True)]
    answer_days: Annotated[int, Field(ge=1, le=366, strict=True)]
    answer_working_days: Annotated[bool, Field(strict=True)]
    public_briefings: Annotated[bool, Field(strict=True)]


@get(router, "me", "me", does="get_me", scope="", act=Act.ENTER, response=Me)
def me(request: HttpRequest) -> Me:
    """Say who asks."""
    who = by(request)
    assert who.person is not None  # noqa: S101  the door's rule
    held = who.rights
    return Me(
        key=who.key,
        name=who.person.name,
        roles=[Held(role=role, scope=scope) for role, scope in held.grants],
        acts=sorted(
            str(act)
            for act in {act for role, _ in held.grants for act in ALLOWED[role]}
            if held.parts(act) != frozenset()
        ),
    )


@get(
    router, "organisation", "organisation", does="get_organisation", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=RulesOut,
)  # fmt: skip
def organisation(request: HttpRequest) -> RulesOut:  # noqa: ARG001  all endpoints are called so
    """Give the organisation's name and rules."""
    row = periods.organisation()
    return RulesOut(name=row.name, **asdict(rules.of(row)))


@post(
    router, "organisation", "organisation", does="change_organisation", method="PUT",
    scope=Scope.RULES, act=Act.MANAGE_RULES, response=RulesOut, guards="organisation",
)  # fmt: skip
def change(request: HttpRequest, body: RulesIn) -> RulesOut:
    """Change the organisation's rules; from now on, not for what was closed."""
    rules.change(by(request), Rules(**body.model_dump()))
    return organisation(request)
