"""Who asks, what the organisation is called, and its rules."""

from __future__ import annotations

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
    """The organisation's rules; `threshold` in minor units."""

    name: str
    threshold_percent: int
    threshold: int
    two_people: bool


class RulesIn(Body):
    """The rules as they are to be; all of them."""

    threshold_percent: Annotated[int, Field(ge=0, le=10_000, strict=True)]
    threshold: Annotated[Minor, Field(ge=0)]
    two_people: Annotated[bool, Field(strict=True)]


@get(router, "me", "me", scope="", act=Act.ENTER, response=Me)
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
    router, "organisation", "organisation", scope=Scope.PERIODS, act=Act.READ_PERIODS,
    response=RulesOut,
)  # fmt: skip
def organisation(request: HttpRequest) -> RulesOut:  # noqa: ARG001  all endpoints are called so
    """Give the organisation's name and rules."""
    row = periods.organisation()
    return RulesOut(
        name=row.name, threshold_percent=row.threshold_percent, threshold=row.threshold,
        two_people=row.two_people,
    )  # fmt: skip


@post(
    router, "organisation", "organisation", method="PUT", scope=Scope.RULES, act=Act.MANAGE_RULES,
    response=RulesOut, guards="organisation",
)  # fmt: skip
def change(request: HttpRequest, body: RulesIn) -> RulesOut:
    """Change the organisation's rules; from now on, not for what was closed."""
    rules.change(by(request), Rules(body.threshold_percent, body.threshold, body.two_people))
    return organisation(request)
