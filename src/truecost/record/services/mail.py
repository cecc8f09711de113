"""The outbox: mails are queued in the transaction of the act that they tell of, delivered after.

A mail is delivered at least once. Who delivers takes it by a lease, so two never have the same in
hand; whoever is killed after the server has taken it and before that is written leaves it to be
sent again when the lease is over, under the same Message-ID. The other way, at most once, would
lose a link without a word. What a mail says goes when it is done.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from truecost.kernel.findings import UsageError
from truecost.record import models
from truecost.record.services.acts import By, acting
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

Mail = models.Mail  # for whoever says what they are given
#: So long a worker may have a mail in hand; `portal.delivery` lets go far earlier.
LEASE = dt.timedelta(minutes=15)
#: After each try that failed, so long until the next; then it is given up, after three days.
PAUSES = tuple(dt.timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))
_OLDEST = dt.timedelta(days=7)
_LONGEST_SUBJECT = 200
_LONGEST_LINK = 500
_LONGEST_TEXT = 100_000
_FAULT = 300
_HERE = "http://localhost:8000"


class State(StrEnum):
    """How far a mail is."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given up"


def send(
    by: By | None,
    to: str,
    subject: str,
    text: str,
    *,
    kind: str,
    key: str,
    unsubscribe: str = "",
    html: str = "",
) -> None:
    """Queue a mail, inside the transaction of an act; the same `key` queues it once.

    `kind` says what it is about, in a word, for whoever looks at the outbox. `unsubscribe` is the
    link that ends it, by POST without signing in (RFC 8058). Raise UsageError for a recipient that
    is no address, ValueError for a link that is none.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a mail is queued in the transaction of its act")
    if unsubscribe and not _is_link(unsubscribe):
        raise ValueError("the link to unsubscribe is no link")
    if max(len(text), len(html)) > _LONGEST_TEXT:
        raise ValueError("the mail is too long")
    now = by.now if by else timezone.now()
    row = models.Mail(
        key=key, kind=kind, recipient=address_of(to), subject=one_line(subject)[:_LONGEST_SUBJECT],
        text=text, html=html, unsubscribe=unsubscribe, tag=secrets.token_hex(10),
        state=State.WAITING, queued=now, due=now,
    )  # fmt: skip
    models.Mail.objects.bulk_create([row], ignore_conflicts=True)


def address_of(text: str) -> str:
    """Give an e-mail address as it is kept. Raise UsageError where it is none."""
    address = text.strip().casefold()
    try:
        validate_email(address)
        local, _, domain = address.rpartition("@")
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except (ValidationError, UnicodeError):
        raise UsageError(f'"{one_line(text)[:_LONGEST_SUBJECT]}" is no e-mail address') from None


def one_line(text: str) -> str:
    """Give a text on one line, without what steers terminals, headers, or the way of reading."""
    plain = "".join(" " if each.isspace() else each for each in text)
    kept = (each for each in plain if unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    return " ".join("".join(kept).split())


def link(path: str) -> str:
    """Give the address that people reach a page of the portal under."""
    return f"{settings.TRUECOST_ADDRESS.rstrip('/') or _HERE}{path}"


def delivers() -> bool:
    """Whether there is a server that mails go through."""
    return bool(settings.TRUECOST_MAIL.host)


def take(now: dt.datetime) -> models.Mail | None:
    """Take the next mail in hand, for the time of the lease; None where none is due."""
    free = Q(leased=None) | Q(leased__lt=now)
    while True:
        due = models.Mail.objects.filter(free, state=State.WAITING, due__lte=now)
        row = due.order_by("due", "id").first()
        if row is None:
            return None
        lease = secrets.token_hex(10)
        mine = models.Mail.objects.filter(pk=row.pk, state=State.WAITING, lease=row.lease)
        if mine.update(lease=lease, leased=now + LEASE, tries=F("tries") + 1):
            return models.Mail.objects.get(pk=row.pk)


def sent(now: dt.datetime, row: models.Mail) -> None:
    """Write that the server has taken a mail."""
    _end(now, row, State.SENT, "")


def refused(now: dt.datetime, row: models.Mail, fault: str) -> None:
    """Write that the server wants no mail for this address, now or later."""
    _end(now, row, State.REFUSED, fault)


def failed(now: dt.datetime, row: models.Mail, fault: str) -> None:
    """Write that a try failed: try later, each time later still, or give up."""
    if row.tries > len(PAUSES) or row.queued + _OLDEST < now:
        _end(now, row, State.GIVEN_UP, fault)
        return
    due = now + PAUSES[row.tries - 1]
    _mine(row).update(lease="", leased=None, due=due, fault=one_line(fault)[:_FAULT])


def bounced(by: By, returned: str) -> models.Mail | None:
    """Write that a mail came back; `returned` is the address it came back to, or its tag.

    None where no mail of ours had it.
    """
    by.need(Act.MANAGE_MAIL)
    tag = returned.strip().partition("@")[0].rpartition("+")[2]
    with acting():
        row = models.Mail.objects.select_for_update().filter(tag=tag, state=State.SENT).first()
        if row is not None:
            row.state, row.fault = State.REFUSED, "it came back"
            row.save()
    return row


def outbox(by: By, count: int = 100, states: Iterable[str] = tuple(State)) -> list[models.Mail]:
    """Give the last mails, newest first, for whoever looks after mail."""
    by.need(Act.MANAGE_MAIL)
    rows = models.Mail.objects.filter(state__in=[*states]).defer("text", "html")
    return list(rows.order_by("-id")[:count])


def forget(address: str) -> int:
    """Empty what the outbox has of an address, inside a transaction; give how many mails it is."""
    found = models.Mail.objects.filter(recipient=address)
    found.filter(state=State.WAITING).update(state=State.GIVEN_UP, fault="erased", lease="")
    return found.update(
        recipient="", subject="", text="", html="", unsubscribe="", fault=""
    )  # fmt: skip


def _mine(row: models.Mail) -> QuerySet[models.Mail]:
    return models.Mail.objects.filter(pk=row.pk, state=State.WAITING, lease=row.lease)


def _end(now: dt.datetime, row: models.Mail, state: State, fault: str) -> None:
    _mine(row).update(
        state=state, fault=one_line(fault)[:_FAULT], done=now, lease="", leased=None,
        text="", html="", unsubscribe="",
    )  # fmt: skip


def _is_link(text: str) -> bool:
    plain = all("!" <= each <= "~" and each not in "<>" for each in text)
    return plain and len(text) <= _LONGEST_LINK and text.startswith(("http://", "https://"))
