"""The chain of events: who did what, when, what was before and after.

Each link hashes all that it says and the link before it. What is personal lies apart, under a
salted hash, and can be erased: the chain stays whole, and says that something was there. The head
of the chain is a row that is locked first, so links never fork.

Without a copy of the head's hash elsewhere nobody can tell that the last links were cut off
together with the head: `verify` shows it, to be noted.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from truecost.kernel import digest
from truecost.kernel.findings import Finding
from truecost.record.models import Event, Head, Payload
from truecost.record.services import deliveries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.record.models import Person
    from truecost.record.services.acts import By

ERASED, ISSUED, CREDITED = "person erased", "period issued", "credit note"
FORGOTTEN, REPLIED = "subscriber forgotten", "reply written"
_MANY = 2_000  # rows fetched at once
#: What a link hashes: named one by one, for a column that is added must not change old hashes.
_SEALED = (
    "sequence", "moment", "kind", "actor", "via", "subject", "before", "after", "payload",
    "previous",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chain:
    """What checking the chain found."""

    findings: tuple[Finding, ...]
    links: int
    head: str
    erased: int


def record(
    by: By,
    kind: str,
    subject: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    about: Person | None = None,
) -> Event:
    """Append an event, inside the transaction of the act; webhooks are told of it with the act.

    `before` and `after` never hold personal data; `personal` does, and is `about` whoever may ask
    for it to be erased.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction of its act")
    head = Head.objects.select_for_update().get_or_create(id=1)[0]
    content = digest.canonical(dict(personal)) if personal else ""
    salt = secrets.token_hex(32)
    event = Event(
        sequence=head.sequence + 1,
        moment=by.now.isoformat(timespec="milliseconds"),
        kind=kind,
        actor=by.key,
        via=by.via,
        subject=subject,
        before=digest.canonical(dict(before or {})),
        after=digest.canonical(dict(after or {})),
        payload=_salted(salt, content) if content else "",
        previous=head.sha256,
    )
    event.sha256 = seal(event)
    event.save(force_insert=True)
    if content:
        key = about.key if about else ""
        Payload.objects.create(event=event, person=key, salt=salt, content=content)
    head.sequence, head.sha256 = event.sequence, event.sha256
    head.save()
    deliveries.queue(event, by.now)
    return event


def seal(event: Event) -> str:
    """Hash all that an event says and the link before it."""
    return digest.of({name: getattr(event, name) for name in _SEALED})


def erase(person: Person) -> tuple[int, ...]:
    """Remove what is personal of all events about somebody; give their sequences."""
    held = Payload.objects.filter(person=person.key)
    gone = tuple(held.order_by("event_id").values_list("event_id", flat=True))
    held.delete()
    return gone


def forget(address: str) -> tuple[int, ...]:
    """Remove name, address and text of all replies of an e-mail address; give their sequences."""
    held = Payload.objects.filter(event__kind=REPLIED).iterator(_MANY)
    mine = [each.event_id for each in held if json.loads(each.content)["email"] == address]
    gone = tuple(sorted(mine))
    Payload.objects.filter(event_id__in=gone).delete()
    return gone


def head() -> str:
    """Give the hash of the last event, "" before the first."""
    return Head.objects.filter(id=1).values_list("sha256", flat=True).first() or ""


def check() -> Chain:
    """Walk the whole chain, and compare what is personal with its hash."""
    findings: list[Finding] = []
    payloads = {each.event_id: each for each in Payload.objects.iterator(_MANY)}
    lacking: set[int] = set()
    erased: set[int] = set()
    sequence, previous = 0, ""
    for event in Event.objects.order_by("sequence").iterator(_MANY):
        sequence += 1
        place = f"event {event.sequence}"
        if event.sequence != sequence:
            findings.append(Finding(None, f"events {sequence} to {event.sequence - 1} are missing"))
            sequence = event.sequence
        elif event.previous != previous:
            findings.append(Finding(None, f"{place} does not follow from the one before it"))
        if seal(event) != event.sha256:
            findings.append(Finding(None, f"{place} is not as it was written"))
        if event.payload:
            kept = payloads.pop(event.sequence, None)
            if kept is None:
                lacking.add(event.sequence)
            elif _salted(kept.salt, kept.content) != event.payload:
                findings.append(Finding(None, f"what is personal of {place} was changed"))
        if event.kind in {ERASED, FORGOTTEN}:
            erased.update(json.loads(event.after).get("events", ()))
        previous = event.sha256
    head = Head.objects.filter(id=1).first()
    if (head.sequence, head.sha256) != (sequence, previous) if head else sequence:
        findings.append(Finding(None, f"the chain does not end as its head says, at {sequence}"))
    findings += [
        Finding(
            None, f"what is personal of event {number} is gone, and no event says who erased it"
        )
        for number in sorted(lacking - erased)
    ]
    findings += [Finding(None, f"event {number} had nothing personal") for number in payloads]
    return Chain(tuple(findings), sequence, previous, len(lacking & erased))


def _salted(salt: str, content: str) -> str:
    return hashlib.sha256(f"{salt}\0{content}".encode()).hexdigest()
