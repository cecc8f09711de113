"""Acts on briefings: each is one transaction, with an event; doing it twice does it once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, UsageError
from truecost.record import models
from truecost.record.services import events, mail, numbers, papers, periods, subscriptions
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.briefings.sealing import (
    PUBLISHED,
    WITHDRAWN,
    hash_of,
    seal,
    subject,
)
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from django.db.models import QuerySet

_TITLE, _BODY, _ABOUT = 200, 20_000, 60
_MOST = 50


@dataclass(frozen=True, slots=True)
class Text:
    """What a briefing says: `body` in Markdown; `about` is a period in words, or ""."""

    title: str
    body: str
    about: str = ""


def begin(by: By, text: Text) -> models.Draft:
    """Begin a draft. Raise UsageError for what is empty or too long."""
    by.need(Act.BRIEF)
    said = _checked(text)
    with acting():
        return _begun(by, said, None)


def save(by: By, key: str, text: Text) -> models.Draft:
    """Write a draft anew. Raise DeniedError where it is not there or another's."""
    by.need(Act.BRIEF)
    said = _checked(text)
    with acting():
        row = _locked(by, key)
        if (row.title, row.body, row.about) != (said.title, said.body, said.about):
            row.title, row.body, row.about, row.saved = said.title, said.body, said.about, by.now
            row.save()
            events.record(by, "draft saved", f"draft {key}", after={"sha256": hash_of(row)})
    return row


def drafts(by: By) -> list[models.Draft]:
    """Give one's own drafts, the last saved first."""
    by.need(Act.BRIEF)
    return list(_own(by).order_by("-saved"))


def draft(by: By, key: str) -> models.Draft | None:
    """Give a draft of one's own; None where there is none."""
    by.need(Act.BRIEF)
    return _own(by).filter(key=key).first()


def discard(by: By, key: str) -> None:
    """Throw a draft of one's own away; what is gone already is gone."""
    by.need(Act.BRIEF)
    with acting():
        if _own(by).filter(key=key).delete()[0]:
            events.record(by, "draft discarded", f"draft {key}")


def publish(by: By, key: str, seen: str) -> models.Briefing:
    """Publish a draft of one's own, and tell the subscribers. A second time gives what it became.

    `seen` is the hash of what was previewed (`hash_of`): UsageError where it says something else by
    now, or what it corrects was corrected or withdrawn in between.
    """
    by.need(Act.BRIEF)
    with acting():
        row = _own(by).select_for_update().filter(key=key).first()
        if row is None:
            if there := models.Briefing.objects.filter(draft=key, author=by.key).first():
                return there
            raise _absent()
        if hash_of(row) != seen:
            what = "the draft was changed since you looked at it"
            raise UsageError(Finding(None, what, "preview it again"))
        if row.cites is not None:
            _standing(row.cites)
        made = models.Briefing(
            number=numbers.taken(papers.BRIEFING, by.day), title=row.title, body=row.body,
            about=row.about, author=by.key, draft=key, cites=row.cites, moment=by.now,
        )  # fmt: skip
        made.sha256 = seal(made)
        made.save(force_insert=True)
        row.delete()
        after = {"sha256": made.sha256, "cites": made.cites_id or "", "draft": key}
        events.record(by, PUBLISHED, subject(made.number), after=after)
        path = f"/briefings/{made.number}"
        subscriptions.tell_briefing(by, f"briefing {made.number}", made.title, path)
    return made


def correct(by: By, row: models.Briefing) -> models.Draft:
    """Begin a draft that corrects a briefing: it says the same, to be changed.

    Who has begun one already gets that. Raise UsageError where it is corrected or withdrawn.
    """
    by.need(Act.BRIEF)
    with acting():
        now = models.Briefing.objects.select_for_update().get(pk=row.pk)
        _standing(now)
        there = _own(by).filter(cites=now).first()
        return there or _begun(by, Text(now.title, now.body, now.about), now)


def withdraw(by: By, row: models.Briefing, why: str) -> models.Withdrawal:
    """Take a briefing back for a reason, which stands for good; a second time changes nothing."""
    by.need(Act.BRIEF)
    said = periods.said_why(why)
    with acting():
        now = models.Briefing.objects.select_for_update().get(pk=row.pk)
        if there := models.Withdrawal.objects.filter(briefing=now).first():
            return there
        event = events.record(by, WITHDRAWN, subject(now.number), after={"why": said})
        return models.Withdrawal.objects.create(
            briefing=now, why=said, actor=by.key, moment=by.now, event=event
        )


def _begun(by: By, text: Text, cites: models.Briefing | None) -> models.Draft:
    if _own(by).count() >= _MOST:
        raise UsageError(f"you have {_MOST} drafts: publish or discard one first")
    row = models.Draft(author=by.key, cites=cites, saved=by.now, **asdict(text))
    row.save(force_insert=True)
    events.record(by, "draft saved", f"draft {row.key}", after={"sha256": hash_of(row)})
    return row


def _own(by: By) -> QuerySet[models.Draft]:
    return models.Draft.objects.filter(author=by.key or "-")


def _locked(by: By, key: str) -> models.Draft:
    row = _own(by).select_for_update().filter(key=key).first()
    if row is None:
        raise _absent()
    return row


def _absent() -> DeniedError:
    return DeniedError("there is no such draft of yours")


def _standing(row: models.Briefing) -> None:
    """Raise UsageError for a briefing that was withdrawn, or is corrected already."""
    if models.Withdrawal.objects.filter(briefing=row).exists():
        raise UsageError(f"{row.number} was withdrawn: write a new one")
    newer = models.Briefing.objects.filter(cites=row).first()
    if newer is not None:
        raise UsageError(f"{row.number} is corrected by {newer.number}: correct that")


def _checked(text: Text) -> Text:
    title, about = mail.one_line(text.title), mail.one_line(text.about)
    body = text.body.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    for what, said, most in (("title", title, _TITLE), ("period", about, _ABOUT),
                             ("text", body, _BODY)):  # fmt: skip
        if len(said) > most:
            raise UsageError(f"the {what} has {len(said):,} characters; {most:,} are kept")
    if not title:
        raise UsageError("give it a title")
    if not body.strip():
        raise UsageError("write a text")
    return Text(title, body, about)
