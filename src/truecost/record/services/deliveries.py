"""What webhooks are told: queued in the transaction of the act, handed out to who delivers.

It knows no acts of its own, so that `events` can call it: whatever is recorded of a kind that may
be told is queued, by whichever way it was done. A delivery says which thing changed and where the
API has it, never what it says: no name, no amount, no text that somebody typed.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Q

from truecost.record.models import Delivery, Event, Hook

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So long a worker may have a delivery in hand; the worker lets go far earlier.
LEASE = dt.timedelta(minutes=5)
_API = "/api/v1"
_HERE = "http://localhost:8000"


class Kind(StrEnum):
    """What webhooks may be told of."""

    CLOSED = "period.closed"
    REOPENED = "period.reopened"
    ISSUED = "period.issued"
    CREDITED = "credit_note.issued"
    RAISED = "dispute.raised"
    ANSWERED = "dispute.answered"
    ACCEPTED = "dispute.accepted"
    REJECTED = "dispute.rejected"
    WITHDRAWN = "dispute.withdrawn"


#: The kind of each event that is told, by what the chain calls it.
OF_EVENT: Mapping[str, Kind] = {
    "period closed": Kind.CLOSED,
    "period reopened": Kind.REOPENED,
    "period issued": Kind.ISSUED,
    "credit note": Kind.CREDITED,
    "dispute raised": Kind.RAISED,
    "dispute answered": Kind.ANSWERED,
    "dispute accepted": Kind.ACCEPTED,
    "dispute rejected": Kind.REJECTED,
    "dispute withdrawn": Kind.WITHDRAWN,
}


class HookState(StrEnum):
    """Whether a webhook is told: only while it is on."""

    ON = "on"
    OFF = "off"
    FAILING = "failing"
    ENDED = "ended"


class State(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"


def queue(event: Event, now: dt.datetime) -> None:
    """Queue what webhooks are told of an event, inside the transaction of its act."""
    kind = OF_EVENT.get(event.kind)
    if kind is None:
        return
    hooks = [
        each
        for each in Hook.objects.filter(state=HookState.ON).order_by("id")
        if kind in each.kinds.split()
    ]
    message, text = message_of(event), body(kind, event) if hooks else ""
    Delivery.objects.bulk_create(
        Delivery(
            hook=each, event=event, message=message, kind=kind, body=text, state=State.WAITING,
            queued=now, due=now,
        )
        for each in hooks
    )  # fmt: skip


def message_of(event: Event) -> str:
    """Give the id by which receivers know an event again: the same whoever is told, and how often.

    It follows from the event, which is hashed: a restored record gives the same.
    """
    return f"msg_{event.sequence}_{event.sha256[:24]}"


def body(kind: Kind, event: Event) -> str:
    """Write what is told of an event, as JSON."""
    subject, _, name = event.subject.partition(" ")
    data: dict[str, object] = {"event": event.sequence}
    if kind is Kind.CREDITED:
        number = json.loads(event.after)["number"]
        data |= {"credit_note": number, "statement": name, "url": _link(f"statements/{number}")}
    else:
        data |= {subject: name, "url": _link(f"{subject}s/{name}")}
    said = {"type": kind, "timestamp": event.moment, "data": data}
    return json.dumps(said, separators=(",", ":"))


def take(now: dt.datetime) -> Delivery | None:
    """Take the next delivery in hand, with its webhook, for the time of the lease, or None."""
    free = Q(leased=None) | Q(leased__lt=now)
    while True:
        due = Delivery.objects.filter(
            free, state=State.WAITING, due__lte=now, hook__state=HookState.ON
        )
        row = due.order_by("due", "id").first()
        if row is None:
            return None
        mine = Delivery.objects.filter(pk=row.pk, state=State.WAITING, lease=row.lease)
        lease = secrets.token_hex(10)
        if mine.update(lease=lease, leased=now + LEASE, tries=F("tries") + 1):
            return Delivery.objects.select_related("hook").get(pk=row.pk)


def _link(path: str) -> str:
    return f"{settings.TRUECOST_ADDRESS.rstrip('/') or _HERE}{_API}/{path}"
