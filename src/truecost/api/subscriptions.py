"""Subscriptions, one's own; for whoever looks after mail everybody's, and the outbox."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from truecost.api import problems
from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Shape
from truecost.portal import limits
from truecost.record.services import mail, subscriptions
from truecost.record.services.permissions import Act
from truecost.record.services.subscriptions import Subscription, Topic
from truecost.record.services.tokens import Scope

router = Router(tags=["subscriptions and mail"])
#: Not the type itself: in the document it would have the name of that of periods.
Delivered = Literal["waiting", "sent", "refused", "given up"]
Email = Annotated[str, Field(min_length=3, max_length=254)]


class SubscriptionOut(Shape):
    """What somebody is told of; not before it is `confirmed`, not after it has `ended`."""

    key: str
    topic: str
    subject: str
    words: str
    confirmed: dt.datetime | None
    ended: dt.datetime | None


class SubscriberOut(SubscriptionOut):
    """A subscription, and whose it is."""

    email: str
    name: str
    asked: dt.datetime


class SubscribeIn(Body):
    """Who is to be told of what; `subject` is a department for statements, a service for rates."""

    email: Email
    name: Annotated[str, Field(min_length=1, max_length=200)]
    topic: Topic
    subject: Annotated[str, Field(max_length=200)] = ""


class AskedOut(Shape):
    """What happens next: the same whether the address is known or not."""

    asked: bool
    mailed: bool


class MailOut(Shape):
    """A mail of the outbox; what it said is not told."""

    kind: str
    recipient: str
    subject: str
    state: str
    fault: str
    tries: int
    queued: dt.datetime
    done: dt.datetime | None


class BounceIn(Body):
    """The address that a mail came back to."""

    returned: Annotated[str, Field(min_length=1, max_length=320)]


class BouncedOut(Shape):
    """Whether a mail of ours had it."""

    found: bool


class ForgetIn(Body):
    """An address to be forgotten."""

    email: Email


class ForgottenOut(Shape):
    """How many entries were forgotten."""

    entries: int


@get(
    router, "subscriptions", "subscriptions", does="list_subscriptions", scope=Scope.SUBSCRIPTIONS,
    act=Act.ENTER, response=Listed[SubscriptionOut],
)  # fmt: skip
def mine(request: HttpRequest) -> Listed[SubscriptionOut]:
    """List what one is told of oneself: what was confirmed and has not ended."""
    found = subscriptions.mine(by(request))
    return Listed[SubscriptionOut](items=[_shape(row) for row, _ in found])


@post(
    router, "subscriptions", "subscriptions", does="request_subscription",
    scope=Scope.SUBSCRIPTIONS, act=Act.ENTER, response={202: AskedOut},
)  # fmt: skip
def ask(request: HttpRequest, body: SubscribeIn) -> AskedOut | HttpResponse:
    """Ask an address whether it wants to be told; the link in that mail confirms it."""
    who = by(request)
    address = mail.address_of(body.email)
    # as at the page: nobody's mailbox is filled by asking
    seconds = max(
        limits.wait("subscribe", who.key, "10/h"), limits.wait("subscribe-to", address, "5/d")
    )
    if seconds:
        often = problems.problem("often")
        often["Retry-After"] = str(seconds)
        return often
    subscriptions.ask(who, body.email, body.name, body.topic, body.subject)
    return AskedOut(asked=True, mailed=mail.delivers())


@post(
    router, "subscriptions/{key}/end", "unsubscribe", does="end_subscription",
    scope=Scope.SUBSCRIPTIONS, act=Act.ENTER, response=SubscriptionOut,
)  # fmt: skip
def end(request: HttpRequest, key: str) -> SubscriptionOut:
    """End a subscription of one's own."""
    who = by(request)
    found = next((word for row, word in subscriptions.mine(who) if row.key == key), None)
    return _shape(there(subscriptions.end(who, there(found))))


@get(
    router, "mail/subscriptions", "subscribers", does="list_mail_subscriptions", scope=Scope.MAIL,
    act=Act.MANAGE_MAIL, response=Listed[SubscriberOut],
)  # fmt: skip
def everybody(request: HttpRequest) -> Listed[SubscriberOut]:
    """List the newest 200 subscriptions of everybody."""
    return Listed[SubscriberOut](
        items=[
            SubscriberOut(
                **_shape(row).model_dump(), email=row.email, name=row.name, asked=row.asked
            )
            for row in subscriptions.everybody(by(request))
        ]
    )


@get(
    router, "mail", "mail", does="list_mail", scope=Scope.MAIL, act=Act.MANAGE_MAIL,
    response=Listed[MailOut],
)  # fmt: skip
def outbox(request: HttpRequest, state: Delivered | None = None) -> Listed[MailOut]:
    """List the newest 100 mails: what waits, what was sent, what was refused."""
    states = tuple(mail.State) if state is None else (mail.State(state),)
    return Listed[MailOut](
        items=[
            MailOut(
                kind=row.kind, recipient=row.recipient, subject=row.subject, state=row.state,
                fault=row.fault, tries=row.tries, queued=row.queued, done=row.done,
            )
            for row in mail.outbox(by(request), states=states)
        ]
    )  # fmt: skip


@post(
    router, "mail/bounces", "bounces", does="record_bounce", scope=Scope.MAIL, act=Act.MANAGE_MAIL,
    response=BouncedOut,
)  # fmt: skip
def bounced(request: HttpRequest, body: BounceIn) -> BouncedOut:
    """Say that a mail came back: its address gets no more."""
    return BouncedOut(found=mail.bounced(by(request), body.returned) is not None)


@post(
    router, "mail/forgotten", "forget", does="forget_address", scope=Scope.MAIL,
    act=Act.MANAGE_PEOPLE, response=ForgottenOut,
)  # fmt: skip
def forget(request: HttpRequest, body: ForgetIn) -> ForgottenOut:
    """Forget an address that subscribed: its subscriptions, and what the outbox has of it."""
    return ForgottenOut(entries=subscriptions.erase(by(request), body.email))


def _shape(row: Subscription) -> SubscriptionOut:
    return SubscriptionOut(
        key=row.key, topic=row.topic, subject=row.subject, words=subscriptions.words(row),
        confirmed=row.confirmed, ended=row.ended,
    )  # fmt: skip
