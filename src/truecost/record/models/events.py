"""What was done: a chain, of which each link holds the hash of the one before."""

from __future__ import annotations

from django.db import models


class Head(models.Model):
    """The end of the chain: the row that whoever appends locks first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        """Give the sequence."""
        return str(self.sequence)


class Event(models.Model):
    """An act. `actor` is a person's key, "" for the program; `before` and `after` are JSON.

    `payload` is the salted hash of what is personal, "" where nothing is. `moment` is ISO 8601.
    """

    sequence = models.BigIntegerField(primary_key=True)
    moment = models.CharField(max_length=32)
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=40, blank=True, db_index=True)
    via = models.CharField(max_length=10)
    subject = models.CharField(max_length=250, db_index=True)
    before = models.TextField()
    after = models.TextField()
    payload = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Give sequence and kind."""
        return f"{self.sequence} {self.kind}"


class Payload(models.Model):
    """What is personal of an event. Erasing removes the row; the chain keeps the salted hash."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="personal")
    person = models.CharField(max_length=40, db_index=True)
    salt = models.CharField(max_length=64)
    content = models.TextField()

    def __str__(self) -> str:
        """Give the event."""
        return str(self.event_id)
