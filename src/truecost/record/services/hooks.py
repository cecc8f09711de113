"""Webhooks: addresses that are told of what is done, signed, by what Standard Webhooks lays down.

    make, change, rotate, switch, end   for whoever looks after webhooks; each is an event
    listed, get, deliveries, resend     what there is, and what was told
    headers, answered, failed           for who delivers (`portal.calls`)

A delivery is made at least once: who delivers takes it by a lease, and whoever is killed leaves it
to be made again, under the same id. A secret is shown once, when it is made, and kept encrypted.
One that takes another's place signs beside it for a day, so that no delivery is lost meanwhile.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings

from truecost.kernel.findings import Finding, UsageError
from truecost.kernel.likeness import meant
from truecost.record import models
from truecost.record.calling import target
from truecost.record.ciphers import cipher
from truecost.record.services import events, mail
from truecost.record.services.acts import By, acting
from truecost.record.services.deliveries import HookState, Kind, State
from truecost.record.services.permissions import ALLOWED, Act, holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

Hook, Delivery = models.Hook, models.Delivery  # for whoever says what they are given
PREFIX = "whsec_"
#: After each try that failed, so long until the next; then it is given up, after three days.
PAUSES = tuple(dt.timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))
#: A webhook is switched off after so many tries that failed in a row, over so long at least.
MOST_FAILURES, FAILING_FOR = 20, dt.timedelta(days=1)
#: So long a secret signs on beside the one that took its place.
BESIDE = dt.timedelta(days=1)
_SECRET_BYTES = 32
_LONGEST_NAME = 100
_MOST = 50
_PURPOSE = "webhook"
_GONE = 410


def make(by: By, name: str, url: str, kinds: Iterable[str]) -> tuple[models.Hook, str]:
    """Make a webhook; give its row, and its secret, which is not shown again.

    Raise UsageError for an address that may not be called, and for a kind that there is not.
    """
    by.need(Act.MANAGE_HOOKS)
    said = _said(name, url, kinds)
    word = _new()
    with acting():
        if _standing().count() >= _MOST:
            raise UsageError(f"there are {_MOST} webhooks: end one first")
        row = models.Hook.objects.create(
            **said, secret=_hidden(word), state=HookState.ON, made=by.now
        )
        events.record(by, "webhook made", subject(row), after=_public(said))
    return row, word


def change(by: By, row: models.Hook, name: str, url: str, kinds: Iterable[str]) -> models.Hook:
    """Change what a webhook is called, its address and what it is told. Raises as `make` does."""
    by.need(Act.MANAGE_HOOKS)
    said = _said(name, url, kinds)
    with acting():
        row = _locked(row)
        before = {each: getattr(row, each) for each in said}
        if before != said:
            for each, value in said.items():
                setattr(row, each, value)
            row.save(update_fields=[*said])
            events.record(
                by, "webhook changed", subject(row), before=_public(before), after=_public(said)
            )
    return row


def rotate(by: By, row: models.Hook, *, at_once: bool = False) -> tuple[models.Hook, str]:
    """Give a webhook another secret, which is shown this once.

    The one before signs beside it for a day; `at_once`, where it got about, it does so no more.
    """
    by.need(Act.MANAGE_HOOKS)
    word = _new()
    with acting():
        row = _locked(row)
        row.before = "" if at_once else row.secret
        row.before_until = None if at_once else by.now + BESIDE
        row.secret = _hidden(word)
        row.save(update_fields=["before", "before_until", "secret"])
        after = {"before_until": row.before_until}
        events.record(by, "webhook secret rotated", subject(row), after=after)
    return row, word


def switch(by: By, row: models.Hook, *, on: bool) -> models.Hook:
    """Switch a webhook on or off. What waits stays; what is done while it is off is not told."""
    by.need(Act.MANAGE_HOOKS)
    with acting():
        row = _locked(row)
        before, after = row.state, HookState.ON if on else HookState.OFF
        if before != after:
            row.state, row.failures, row.failing_since = after, 0, None
            row.save(update_fields=["state", "failures", "failing_since"])
            _switched(by, row, before)
    return row


def end(by: By, row: models.Hook) -> models.Hook:
    """End a webhook for good: what waits is given up, its secret and address are forgotten."""
    by.need(Act.MANAGE_HOOKS)
    with acting():
        found = models.Hook.objects.select_for_update(no_key=True).get(pk=row.pk)
        if found.state == HookState.ENDED:
            return found
        before = found.state
        found.state = HookState.ENDED
        found.url = found.secret = found.before = ""
        found.save(update_fields=["state", "url", "secret", "before"])
        waiting = models.Delivery.objects.filter(hook=found, state=State.WAITING)
        waiting.update(
            state=State.GIVEN_UP, fault="the webhook was ended", done=by.now, lease="", leased=None
        )
        _switched(by, found, before)
    return found


def listed(by: By) -> list[models.Hook]:
    """Give the webhooks that are not ended, the first made first."""
    by.need(Act.MANAGE_HOOKS)
    return list(_standing().order_by("id"))


def get(by: By, number: int) -> models.Hook | None:
    """Give a webhook by its number; None where there is none."""
    by.need(Act.MANAGE_HOOKS)
    return _standing().filter(pk=number).first()


def deliveries(by: By, row: models.Hook) -> QuerySet[models.Delivery]:
    """Give what a webhook was told, or is to be, the newest first."""
    by.need(Act.MANAGE_HOOKS)
    return models.Delivery.objects.filter(hook=row).order_by("-id")


def resend(by: By, row: models.Hook, number: int) -> models.Delivery | None:
    """Tell a webhook again of what it was told, under the same id; None where there is none.

    What waits is due at once.
    """
    by.need(Act.MANAGE_HOOKS)
    with acting():
        hook = _locked(row)
        found = models.Delivery.objects.select_for_update().filter(hook=hook, pk=number).first()
        if found is None:
            return None
        if hook.state != HookState.ON:
            raise UsageError(Finding(None, "this webhook is off", "switch it on first"))
        if found.state == State.WAITING and found.lease:
            return found  # somebody is at it
        found.state, found.tries, found.due, found.done = State.WAITING, 0, by.now, None
        found.save(update_fields=["state", "tries", "due", "done"])
        after = {"message": found.message}
        events.record(by, "webhook told again", subject(hook), after=after)
    return found


def headers(row: models.Delivery, now: dt.datetime) -> dict[str, str]:
    """Give the headers that a delivery is signed by, now.

    Each secret that is good signs `id.timestamp.body` by HMAC-SHA256, as `v1,` and Base64; there
    are two while one takes the place of another. Source: the Standard Webhooks specification, 1.0.
    Raise UsageError where the secret can't be read: the record has another secret key by now.
    """
    hook = row.hook
    hidden = [hook.secret]
    if hook.before and hook.before_until and now < hook.before_until:
        hidden.append(hook.before)
    moment = str(int(now.timestamp()))
    signed = f"{row.message}.{moment}.{row.body}".encode()
    try:
        keys = [cipher(_PURPOSE).decrypt(each.encode()) for each in hidden]
    except InvalidToken:
        raise UsageError("the secret can't be read: rotate it") from None
    signatures = (hmac.digest(each, signed, hashlib.sha256) for each in keys)
    return {
        "webhook-id": row.message,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(
            f"v1,{base64.b64encode(each).decode()}" for each in signatures
        ),
    }


def answered(now: dt.datetime, row: models.Delivery, status: int) -> None:
    """Write what a webhook answered: taken by any 2xx; by 410 it wants to be told no more."""
    if not 200 <= status < 300:  # noqa: PLR2004  as HTTP has it
        failed(now, row, f"it answered {status}", status)
        return
    done = _mine(row).update(
        state=State.DELIVERED, status=status, fault="", done=now, lease="", leased=None
    )
    if done:
        failing = models.Hook.objects.filter(pk=row.hook_id, failures__gt=0)
        failing.update(failures=0, failing_since=None)


def failed(now: dt.datetime, row: models.Delivery, fault: str, status: int | None = None) -> None:
    """Write that a try failed: try later, each time later still, or give up.

    After many in a row, or where it answers that it is gone for good, the webhook is switched off,
    and its administrators get a mail.
    """
    with acting():
        hook = models.Hook.objects.select_for_update(no_key=True).get(pk=row.hook_id)
        said = {"status": status, "fault": fault[:200], "lease": "", "leased": None}
        if row.tries > len(PAUSES):
            done = _mine(row).update(state=State.GIVEN_UP, done=now, **said)
        else:
            done = _mine(row).update(due=now + PAUSES[max(row.tries, 1) - 1], **said)
        if not done or hook.state != HookState.ON:
            return
        since = hook.failing_since or now
        hook.failures, hook.failing_since = hook.failures + 1, since
        hook.save(update_fields=["failures", "failing_since"])
        long = hook.failures >= MOST_FAILURES and now - since >= FAILING_FOR
        if long or status == _GONE:
            hook.state = HookState.FAILING
            hook.save(update_fields=["state"])
            by = By(None, "worker", now)
            event = _switched(by, hook, HookState.ON)
            _tell(by, hook, event.sequence)


def subject(row: models.Hook) -> str:
    """Give what events call a webhook."""
    return f"webhook {row.pk}"


def host(row: models.Hook) -> str:
    """Give the host of a webhook: what follows it in the address may be secret."""
    return urlsplit(row.url).hostname or ""


def _said(name: str, url: str, kinds: Iterable[str]) -> dict[str, str]:
    called, address = mail.one_line(name)[:_LONGEST_NAME], url.strip()
    if not called:
        raise UsageError("say what the webhook is for")
    target(address, settings.TRUECOST_WEBHOOKS)
    wanted = {_kind(each) for each in kinds}
    if not wanted:
        raise UsageError("choose what the webhook is told of")
    ordered = " ".join(each for each in Kind if each in wanted)
    return {"name": called, "url": address, "kinds": ordered}


def _kind(word: str) -> Kind:
    try:
        return Kind(word)
    except ValueError:
        known = [str(each) for each in Kind]
        hint = meant(word, known) or f"there are {', '.join(known)}"
        raise UsageError(Finding(None, f'nothing is called "{word[:40]}"', hint)) from None


def _public(said: Mapping[str, str]) -> dict[str, str]:
    """Give of a webhook what may stand in events for good: of its address the host."""
    return {"host": urlsplit(said["url"]).hostname or "", "kinds": said["kinds"]}


def _new() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _hidden(word: str) -> str:
    key = base64.b64decode(word.removeprefix(PREFIX))
    return cipher(_PURPOSE).encrypt(key).decode()


def _standing() -> QuerySet[models.Hook]:
    return models.Hook.objects.exclude(state=HookState.ENDED)


def _locked(row: models.Hook) -> models.Hook:
    """Give a webhook, locked until the transaction ends. Raise UsageError where it was ended.

    Its key stays free: who queues a delivery refers to it, and holds the chain that we want then.
    """
    found = models.Hook.objects.select_for_update(no_key=True).get(pk=row.pk)
    if found.state == HookState.ENDED:
        raise UsageError("this webhook was ended")
    return found


def _mine(row: models.Delivery) -> QuerySet[models.Delivery]:
    return models.Delivery.objects.filter(pk=row.pk, state=State.WAITING, lease=row.lease)


def _switched(by: By, row: models.Hook, before: str) -> models.Event:
    words = {
        HookState.ON: "on", HookState.OFF: "off", HookState.FAILING: "off", HookState.ENDED: "",
    }[HookState(row.state)]  # fmt: skip
    kind = f"webhook switched {words}" if words else "webhook ended"
    after = {"state": row.state, "failures": row.failures}
    return events.record(by, kind, subject(row), before={"state": before}, after=after)


def _tell(by: By, row: models.Hook, sequence: int) -> None:
    """Send a mail to whoever looks after webhooks."""
    roles = [role for role, acts in ALLOWED.items() if Act.MANAGE_HOOKS in acts]
    held = models.Grant.objects.filter(role__in=roles, ended=None, person__is_active=True)
    rows = held.select_related("person", "delegate_of__person").order_by("id")
    people = {each.person_id: each.person for each in rows if holds(each, by.day)}
    text = (
        f"The webhook {row.name} ({host(row)}) was switched off: {row.failures} tries to tell it"
        f" something failed in a row.\n\nWhat waits is kept. Mend the receiver, and switch it on"
        f" again:\n{mail.link(f'/webhooks/{row.pk}')}\n"
    )
    for person in people.values():
        if person.email:
            mail.send(
                by, person.email, "A webhook was switched off", text, kind="webhook",
                key=f"webhook {row.pk} {sequence} {person.key}",
            )  # fmt: skip
