"""Webhooks: which addresses are told of what, and what each was told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from truecost.api import paging
from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Page, Shape
from truecost.record.services import hooks
from truecost.record.services.deliveries import Kind
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

router = Router(tags=["webhooks"])
_WHOLE = 2**31


class HookOut(Shape):
    """A webhook, without its secret; `failures` counts the tries that failed in a row."""

    id: int
    name: str
    url: str
    kinds: list[str]
    state: Literal["on", "off", "failing", "ended"]
    failures: int
    made: str
    before_until: str | None


class SecretOut(HookOut):
    """A webhook with a secret that was just made, this once."""

    secret: str


class HookIn(Body):
    """A webhook as it is to be."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    url: Annotated[str, Field(min_length=1, max_length=500)]
    kinds: Annotated[list[Kind], Field(min_length=1, max_length=len(Kind))]


class RotateIn(Body):
    """Another secret; `at_once`: the one before signs no more, since it got about."""

    at_once: Annotated[bool, Field(strict=True)] = False


class SwitchIn(Body):
    """Whether it is told."""

    on: Annotated[bool, Field(strict=True)]


class DeliveryOut(Shape):
    """What a webhook was told; `status` is the last answer's, null where there was none."""

    id: int
    message: str
    type: str
    event: int
    state: str
    status: int | None
    fault: str
    tries: int
    queued: str
    due: str
    done: str | None


class Filter(Body):
    """What a list is narrowed to."""

    cursor: Annotated[str, Field(max_length=paging.LONGEST)] = ""
    limit: Annotated[int, Field(ge=1, le=paging.MOST)] = paging.USUAL


@get(
    router, "webhooks", "webhooks", does="list_webhooks", scope=Scope.HOOKS, act=Act.MANAGE_HOOKS,
    response=Listed[HookOut],
)  # fmt: skip
def listed(request: HttpRequest) -> Listed[HookOut]:
    """List webhooks."""
    return Listed[HookOut](items=[HookOut(**_said(each)) for each in hooks.listed(by(request))])


@post(
    router, "webhooks", "webhooks", does="make_webhook", scope=Scope.HOOKS, act=Act.MANAGE_HOOKS,
    response={201: SecretOut}, secret=True,
)  # fmt: skip
def make(request: HttpRequest, body: HookIn) -> SecretOut:
    """Make a webhook; its secret is shown this once."""
    row, word = hooks.make(by(request), body.name, body.url, body.kinds)
    return SecretOut(**_said(row), secret=word)


@get(
    router, "webhooks/{int:number}", "webhook", does="get_webhook", scope=Scope.HOOKS,
    act=Act.MANAGE_HOOKS, response=HookOut,
)  # fmt: skip
def one(request: HttpRequest, number: int) -> HookOut:
    """Give a webhook."""
    return HookOut(**_said(_found(request, number)))


@post(
    router, "webhooks/{int:number}", "webhook", does="change_webhook", method="PUT",
    scope=Scope.HOOKS, act=Act.MANAGE_HOOKS, response=HookOut, guards="webhook",
)  # fmt: skip
def change(request: HttpRequest, number: int, body: HookIn) -> HookOut:
    """Change what it is called, its address, what it is told."""
    row = _found(request, number)
    return HookOut(**_said(hooks.change(by(request), row, body.name, body.url, body.kinds)))


@post(
    router, "webhooks/{int:number}/secret", "webhook-secret", does="rotate_webhook_secret",
    scope=Scope.HOOKS, act=Act.MANAGE_HOOKS, response={201: SecretOut}, secret=True,
)  # fmt: skip
def rotate(request: HttpRequest, number: int, body: RotateIn) -> SecretOut:
    """Give it another secret, shown this once; the one before signs beside it for a day."""
    row, word = hooks.rotate(by(request), _found(request, number), at_once=body.at_once)
    return SecretOut(**_said(row), secret=word)


@post(
    router, "webhooks/{int:number}/state", "webhook-state", does="switch_webhook",
    scope=Scope.HOOKS, act=Act.MANAGE_HOOKS, response=HookOut,
)  # fmt: skip
def switch(request: HttpRequest, number: int, body: SwitchIn) -> HookOut:
    """Switch it on or off; what waits stays."""
    return HookOut(**_said(hooks.switch(by(request), _found(request, number), on=body.on)))


@post(
    router, "webhooks/{int:number}/end", "webhook-end", does="end_webhook", scope=Scope.HOOKS,
    act=Act.MANAGE_HOOKS, response=HookOut,
)  # fmt: skip
def end(request: HttpRequest, number: int) -> HookOut:
    """End it for good: what waits is given up, address and secret are forgotten."""
    return HookOut(**_said(hooks.end(by(request), _found(request, number))))


@get(
    router, "webhooks/{int:number}/deliveries", "deliveries", does="list_webhook_deliveries",
    scope=Scope.HOOKS, act=Act.MANAGE_HOOKS, response=Page[DeliveryOut],
)  # fmt: skip
def deliveries(request: HttpRequest, number: int, said: Query[Filter]) -> Page[DeliveryOut]:
    """List what it was told, the newest first."""
    found = hooks.deliveries(by(request), _found(request, number))
    rows, following = paging.part(found, (("-id", int),), said.cursor, said.limit)
    return Page[DeliveryOut](items=[_told(each) for each in rows], next=following)


@post(
    router, "webhooks/{int:number}/deliveries/{int:delivery}/resending", "resending",
    does="resend_delivery", scope=Scope.HOOKS, act=Act.MANAGE_HOOKS, response=DeliveryOut,
)  # fmt: skip
def resend(request: HttpRequest, number: int, delivery: int) -> DeliveryOut:
    """Tell it again of what it was told, under the same id."""
    row = _found(request, number)
    found = hooks.resend(by(request), row, delivery) if delivery < _WHOLE else None
    return _told(there(found))


def _found(request: HttpRequest, number: int) -> Any:
    return there(hooks.get(by(request), number) if number < _WHOLE else None)


def _said(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, "url": row.url, "kinds": row.kinds.split(),
        "state": row.state, "failures": row.failures, "made": row.made.isoformat(),
        "before_until": row.before_until.isoformat() if row.before_until else None,
    }  # fmt: skip


def _told(row: Any) -> DeliveryOut:
    return DeliveryOut(
        id=row.pk, message=row.message, type=row.kind, event=row.event_id, state=row.state,
        status=row.status, fault=row.fault, tries=row.tries, queued=row.queued.isoformat(),
        due=row.due.isoformat(), done=row.done.isoformat() if row.done else None,
    )  # fmt: skip
