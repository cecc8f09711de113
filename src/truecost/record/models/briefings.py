"""What leaders write to the organisation, and what is replied to that and to statements."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from truecost.record.models.events import Event
from truecost.record.models.statements import Statement


def new_draft() -> str:
    """Give the key of a draft."""
    return f"t-{secrets.token_hex(8)}"


def new_reply() -> str:
    """Give the key of a reply: it says nothing about who wrote it."""
    return f"r-{secrets.token_hex(8)}"


class Briefing(models.Model):
    """What was published: `body` is Markdown. It is written once; a newer one may cite it.

    `about` is the period that it is about, in the words of its author, or "". `draft` is the key of
    the draft that it was, so that it is published once. `sha256` seals the row.
    """

    number = models.CharField(max_length=20, primary_key=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    about = models.CharField(max_length=60, blank=True)
    author = models.CharField(max_length=40, db_index=True)
    draft = models.CharField(max_length=40, unique=True)
    cites = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected")
    moment = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Give the number."""
        return self.number


class Withdrawal(models.Model):
    """That a briefing was taken back, and why; the reason stands for good."""

    briefing = models.OneToOneField(Briefing, models.PROTECT, related_name="withdrawal")
    why = models.CharField(max_length=500)
    actor = models.CharField(max_length=40)
    moment = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT)

    def __str__(self) -> str:
        """Give the number."""
        return self.briefing_id


class Draft(models.Model):
    """What somebody is writing; only they read it. It goes when it is published or discarded."""

    key = models.CharField(max_length=40, unique=True, default=new_draft, editable=False)
    author = models.CharField(max_length=40, db_index=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    about = models.CharField(max_length=60, blank=True)
    cites = models.ForeignKey(Briefing, models.PROTECT, null=True, related_name="drafts")
    saved = models.DateTimeField()

    def __str__(self) -> str:
        """Give the key."""
        return self.key


class Reply(models.Model):
    """A reply to a briefing or a statement, or to another reply (`parent`), written once.

    `writer` is who was signed in, "" for a visitor. Name, address and text are the personal part of
    `event`, where they can be erased. `held` was to be looked at before it is shown; `speaks` is of
    who answers for what it is about. `request` is what it is known by, so that it is written once.
    """

    key = models.CharField(max_length=40, unique=True, default=new_reply, editable=False)
    briefing = models.ForeignKey(Briefing, models.PROTECT, null=True, related_name="replies")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, related_name="replies")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="answers")
    depth = models.PositiveSmallIntegerField(default=0)
    writer = models.CharField(max_length=40, blank=True, db_index=True)
    held = models.BooleanField()
    speaks = models.BooleanField()
    moment = models.DateTimeField()
    request = models.CharField(max_length=64, unique=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="reply")

    class Meta:
        """It is about one thing."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(briefing=None, statement__isnull=False)
                | models.Q(briefing__isnull=False, statement=None),
                name="record_reply_about_one",
            )
        ]

    def __str__(self) -> str:
        """Give the key."""
        return self.key


class Verdict(models.Model):
    """What a moderator decided of a reply: it is `shown` or not from then on; the last counts."""

    reply = models.ForeignKey(Reply, models.PROTECT, related_name="verdicts")
    ordinal = models.PositiveIntegerField()
    shown = models.BooleanField()
    why = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=40)
    moment = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT)

    class Meta:
        """One after the other."""

        ordering: ClassVar = ["reply_id", "ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reply", "ordinal"], name="record_verdict_once")
        ]

    def __str__(self) -> str:
        """Say which."""
        return "shown" if self.shown else "hidden"
