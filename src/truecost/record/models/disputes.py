"""What people ask and contest of a statement, and how it was settled: written once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from truecost.record.models.events import Event
from truecost.record.models.statements import Batch, Statement


class Dispute(models.Model):
    """What was raised on a statement: a dispute over an `amount`, or a question without one.

    `line` is the object of the line (`service rosa`), "" for the whole; `service` the id of the
    service whose owner answers, "" where an analyst does. `amount` is in minor units of the
    statement's currency. `evidence` is JSON, drawn from the statement's run; `sha256` seals the
    row. `key` is what whoever raised it calls it, so that it is raised once. What was said of it
    is in events, where it can be erased.
    """

    number = models.CharField(max_length=20, primary_key=True)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="disputes")
    line = models.CharField(max_length=400, blank=True)
    name = models.CharField(max_length=400)
    service = models.CharField(max_length=200, blank=True, db_index=True)
    reason = models.CharField(max_length=20)
    amount = models.BigIntegerField(null=True)
    raiser = models.CharField(max_length=40, db_index=True)
    key = models.CharField(max_length=64)
    moment = models.DateTimeField()
    due = models.DateField()
    evidence = models.TextField()
    evidence_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        """Each is raised once; an amount is more than nothing."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["raiser", "key"], name="record_dispute_once"),
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gt=0),
                name="record_dispute_amount",
            ),
        ]

    def __str__(self) -> str:
        """Give the number."""
        return self.number


class Move(models.Model):
    """A step of a dispute: the `state` that it is in from then on, the last one counts.

    `amount` is what an answer proposes, or what was accepted; `why` stands for good; `credit` is
    the credit note that an accepted dispute became. `event` says who and when once more, sealed.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="moves")
    ordinal = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    amount = models.BigIntegerField(null=True)
    why = models.CharField(max_length=500, blank=True)
    credit = models.OneToOneField(Statement, models.PROTECT, null=True, related_name="settles")
    actor = models.CharField(max_length=40)
    moment = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT)

    class Meta:
        """One after the other."""

        ordering: ClassVar = ["dispute_id", "ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispute", "ordinal"], name="record_move_once")
        ]

    def __str__(self) -> str:
        """Give the state."""
        return self.state


class Posting(models.Model):
    """A credit note that was posted by itself, with the batch that it is in: once."""

    statement = models.OneToOneField(Statement, models.PROTECT, related_name="posting")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="postings")

    def __str__(self) -> str:
        """Give the number of the credit note."""
        return self.statement_id
