"""Subscriptions: asked for by anybody, confirmed by a link in a mail, ended by a link in each mail.

Whoever asks is answered alike, whether the address or the department is known or not. What is told
of a publication says no figure: it leads to the portal, which asks who it is. Numbers of statements
are told to those only whose address is somebody's who may read them.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.core import signing

from truecost.kernel.findings import UsageError
from truecost.record import models
from truecost.record.services import events, mail, periods, runs
from truecost.record.services.acts import By, DeniedError, acting, store
from truecost.record.services.permissions import Act, Role, rights_of
from truecost.statements import coming

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.record.services.papers import Paper
    from truecost.statements.coming import RateDays

Subscription = models.Subscription
_OPEN_DAYS = 7
_LONGEST = 200
_CONFIRM, _END = "subscription-confirm", "subscription-end"


class Topic(StrEnum):
    """What one may be told of."""

    STATEMENTS = "statements"
    BRIEFINGS = "briefings"
    RATES = "rates"


def ask(by: By, email: str, name: str, topic: str, subject: str = "") -> None:
    """Send an address the question whether it wants to be told of something.

    Raise UsageError for what is no address, name or topic. For a department or a service that is
    not there, or for briefings that the address may not read, nothing is sent or said.
    """
    address, called = mail.address_of(email), mail.one_line(name)[:_LONGEST]
    if not called:
        raise UsageError("say your name")
    if topic not in set(Topic):
        raise UsageError("choose what you want to be told of")
    of = "" if topic == Topic.BRIEFINGS else subject.strip()
    if not of and topic != Topic.BRIEFINGS:
        raise UsageError(f"say which {'department' if topic == Topic.STATEMENTS else 'service'}")
    if not _there(by, topic, of, address):
        return
    new = Subscription(email=address, name=called, topic=topic, subject=of, asked=by.now)
    with acting():
        _question(by, new, f"Somebody asked to tell you of {words(new)} by mail.")


def offer(by: By, person: models.Person) -> None:
    """Ask who has come to head departments whether to tell them of its statements, inside an act.

    Each department is asked about once, whatever the answer, and only where mails go out.
    """
    if not mail.delivers() or not person.email:
        return
    rights = rights_of(person, by.day)
    heads = sorted({scope for role, scope in rights.grants if role == Role.DEPARTMENT_HEAD})
    asked = Subscription.objects.filter(email=person.email, topic=Topic.STATEMENTS)
    known = set(asked.values_list("subject", flat=True))
    for of in heads:
        if of not in known:
            new = Subscription(
                email=person.email, name=person.name, topic=Topic.STATEMENTS, subject=of,
                asked=by.now,
            )  # fmt: skip
            _question(
                by, new, f"You head {mail.one_line(of)} now. A mail can tell you of {words(new)}."
            )


def _question(by: By, new: models.Subscription, why: str) -> None:
    Subscription.objects.bulk_create([new], ignore_conflicts=True)
    row = Subscription.objects.select_for_update().get(
        email=new.email, topic=new.topic, subject=new.subject
    )
    if row.confirmed and not row.ended and not _refused([row]):
        text = f"You are told of {words(row)} already.\n\n{_ending(row)}"
    else:
        row.name, row.asked, row.confirmed, row.ended = new.name, by.now, None, None
        row.save()
        link = mail.link(f"/subscriptions/confirm/{_sealed(row, _CONFIRM, by.day)}")
        text = (
            f"{why}\n\nConfirm it here, within a week:\n{link}\n\n"
            "Do you not want that? Then do nothing: you get no other mail.\n"
        )
    key = f"subscription {row.key} {by.now.isoformat()}"
    mail.send(by, row.email, f"Confirm: {words(row)}", text, kind="confirmation", key=key)


def opened(token: str, *, now: dt.datetime | None = None) -> models.Subscription | None:
    """Give the subscription of a link; with `now`, of a link to confirm that is still good."""
    try:
        said = signing.loads(token, salt=_CONFIRM if now else _END)
        row = Subscription.objects.filter(key=said["key"]).first()
        day = dt.date.fromisoformat(said["day"]) if now else None
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    if row is None or (day and now and (now.date() - day).days > _OPEN_DAYS):
        return None
    return row


def confirm(by: By, token: str) -> models.Subscription | None:
    """Confirm a subscription; None for a link that is none, or too old. Twice does it once."""
    found = opened(token, now=by.now)
    if found is None:
        return None
    with acting():
        row = Subscription.objects.select_for_update().filter(pk=found.pk).first()
        if row is None or row.ended:
            return None
        if row.confirmed is None:
            row.confirmed = by.now
            row.save()
            _told(by, "subscription confirmed", row)
    return row


def end(by: By, token: str) -> models.Subscription | None:
    """End a subscription by the link of its mails; None for a link that is none."""
    found = opened(token)
    if found is None:
        return None
    with acting():
        row = Subscription.objects.select_for_update().filter(pk=found.pk).first()
        if row is not None and row.ended is None:
            row.ended = by.now
            row.save()
            _told(by, "subscription ended", row)
    return row


def mine(by: By) -> list[tuple[models.Subscription, str]]:
    """Give the subscriptions of who is signed in, each with the word that ends it."""
    if by.person is None:
        raise DeniedError("nobody has subscriptions who is not signed in")
    rows = Subscription.objects.filter(email=by.person.email or "-", ended=None)
    found = rows.exclude(confirmed=None).order_by("topic", "subject")
    return [(row, _sealed(row, _END)) for row in found]


def everybody(by: By, count: int = 200) -> list[models.Subscription]:
    """Give the subscriptions, the newest first, for whoever looks after mail."""
    by.need(Act.MANAGE_MAIL)
    return list(Subscription.objects.order_by("-asked")[:count])


def tell_issue(by: By, key: str, period: models.Period, made: Iterable[Paper]) -> None:
    """Queue the mails of what was issued, inside the act; `key` says which publication it is."""
    by_branch: dict[str, list[models.Statement]] = {}
    for paper in made:
        for branch in paper.branches:
            by_branch.setdefault(branch, []).append(paper.row)
    for row in _active(Topic.STATEMENTS):
        rows = by_branch.get(row.subject, [])
        if not rows:
            continue
        may = _may_read(by, row)
        links = [mail.link(f"/statements/{each.number}") for each in rows] if may else []
        where = "\n".join(links[:20]) or mail.link("/")
        text = (
            f"Hello {row.name},\n\n{words(row)} of {period.words} were issued. Read them here:\n"
            f"{where}\n\nThe page asks you to sign in.\n"
        )
        _publish(by, row, f"{period.words}: {words(row)}", text, key)


def rate_days(row: models.Period) -> RateDays:
    """Give the days on which rates of a period's run begin or end; none where nobody asked.

    For `tell_rates`, before its act.
    """
    if not Subscription.objects.filter(topic=Topic.RATES, ended=None).exists():
        return {}
    run = runs.opened(store(), row.run)
    model = runs.model_of(run)
    return coming.rate_days(run.calendar.period(row.index), model.rates) if model else {}


def tell_rates(by: By, days: RateDays) -> None:
    """Queue the mails of rates that begin or end, inside the act: of each day once."""
    for row in _active(Topic.RATES):
        for day, begins in days.get(row.subject, ()):
            what = "another rate holds from" if begins else "its last known rate ends on"
            text = (
                f"Hello {row.name},\n\n{mail.one_line(row.subject)}: {what}"
                f" {day.day} {day:%B %Y}. Read more here:\n"
                f"{mail.link(f'/services/{quote(row.subject)}')}\n\nThe page asks you to sign in.\n"
            )
            key = f"rates {day} {'begins' if begins else 'ends'}"
            _publish(by, row, f"{words(row)}: {day.day} {day:%B %Y}", text, key)


def tell_briefing(by: By, key: str, title: str, path: str) -> None:
    """Queue the mails of a briefing that was published, inside the act: to who may read it."""
    public = periods.organisation().public_briefings
    for row in _active(Topic.BRIEFINGS):
        if not (public or _may_be_told(by, row.email)):
            continue
        text = f"Hello {row.name},\n\na briefing was published: {title}\n\n{mail.link(path)}\n"
        if not public:
            text += "\nThe page asks you to sign in.\n"
        _publish(by, row, title, text, key)


def erase(by: By, email: str) -> int:
    """Forget an address: its subscriptions, what the outbox has of it, what it replied."""
    by.need(Act.MANAGE_PEOPLE)
    address = mail.address_of(email)
    with acting():
        count, gone = forget(address), events.forget(address)
        after = {"rows": count, "events": list(gone)}
        events.record(by, events.FORGOTTEN, "subscriptions", after=after)
    return count + len(gone)


def forget(address: str) -> int:
    """Delete what is kept of an address, inside a transaction; give how many rows it was."""
    gone, _ = Subscription.objects.filter(email=address).delete()
    return gone + mail.forget(address)


def words(row: models.Subscription) -> str:
    """Say what a subscription is of."""
    if row.topic == Topic.STATEMENTS:
        return f"Statements of {mail.one_line(row.subject)}"
    if row.topic == Topic.RATES:
        return f"Changes of the rates of {mail.one_line(row.subject)}"
    return "Briefings"


def _publish(by: By, row: models.Subscription, subject: str, text: str, key: str) -> None:
    link = mail.link(f"/subscriptions/end/{_sealed(row, _END)}")
    mail.send(
        by, row.email, subject, f"{text}\n{_ending(row)}", kind=f"notice of {row.topic}",
        key=f"{key} {row.key}", unsubscribe=link,
    )  # fmt: skip


def _ending(row: models.Subscription) -> str:
    link = mail.link(f"/subscriptions/end/{_sealed(row, _END)}")
    return f"-- \nNo more of these mails:\n{link}\n"


def _active(topic: Topic) -> list[models.Subscription]:
    """Give whom to tell: confirmed, not ended, and no mail refused since."""
    found = Subscription.objects.filter(topic=topic, ended=None).exclude(confirmed=None)
    rows = list(found.order_by("id"))
    gone = _refused(rows)
    return [row for row in rows if row.key not in gone]


def _refused(rows: Iterable[models.Subscription]) -> set[str]:
    """Name the subscriptions of which a mail came back since they were confirmed."""
    last: dict[str, dt.datetime] = {}
    refused = models.Mail.objects.filter(state=mail.State.REFUSED).order_by("queued")
    last.update(refused.values_list("recipient", "queued"))
    return {
        row.key
        for row in rows
        if row.confirmed and row.email in last and last[row.email] >= row.confirmed
    }


def _may_read(by: By, row: models.Subscription) -> bool:
    person = models.Person.objects.filter(email=row.email, is_active=True).first()
    if person is None:
        return False
    return rights_of(person, by.day).may(Act.READ_STATEMENTS, (row.subject,))


def _there(by: By, topic: str, of: str, address: str) -> bool:
    """Whether there is such a department or service, or briefings that the address may read."""
    if topic == Topic.BRIEFINGS:
        return _may_be_told(by, address)
    if topic == Topic.STATEMENTS:
        return models.Branch.objects.filter(consumer=of).exists()
    newest = periods.newest()
    model = runs.model_of(runs.opened(store(), newest.run)) if newest else None
    return model is not None and of in {each.id for each in model.services}


def _may_be_told(by: By, address: str) -> bool:
    """Whether briefings are for everybody, or the address is of somebody who may read them."""
    if periods.organisation().public_briefings:
        return True
    person = models.Person.objects.filter(email=address, is_active=True).first()
    return person is not None and rights_of(person, by.day).may(Act.READ_BRIEFINGS)


def _sealed(row: models.Subscription, salt: str, day: dt.date | None = None) -> str:
    return signing.dumps({"key": row.key, "day": day.isoformat() if day else ""}, salt=salt)


def _told(by: By, kind: str, row: models.Subscription) -> None:
    after = {"topic": row.topic, "of": row.subject}
    events.record(by, kind, f"subscription {row.key}", after=after)
