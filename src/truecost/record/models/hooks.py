"""Where programs want to be told of what is done, and what was told to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from truecost.record.models.events import Event


class Hook(models.Model):
    """A webhook: an address that is told of what is done.

    `kinds` is a list parted by blanks. `secret` signs what is told, and until `before_until` so
    does `before`, the one that it took the place of; both are encrypted. `state` is on, off (by an
    administrator), failing (the program switched it off) or ended. `failures` counts tries that
    failed since the last that did not, the first of them at `failing_since`.
    """

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    kinds = models.CharField(max_length=500)
    secret = models.CharField(max_length=300)
    before = models.CharField(max_length=300, blank=True)
    before_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    made = models.DateTimeField()

    def __str__(self) -> str:
        """Give its number: an address may hold a word that is secret."""
        return f"webhook {self.pk}"


class Delivery(models.Model):
    """What a webhook is told of an event: once each.

    `message` is its id for the receiver: the same at every try and at every webhook. `body` is what
    is sent, byte for byte. `state` is waiting, delivered or given up. `status` is what the last try
    was answered, None where there was no answer; `fault` says in our words why it failed. `lease`
    and `leased` are as those of a mail.
    """

    hook = models.ForeignKey(Hook, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    message = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=10)
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    queued = models.DateTimeField()
    due = models.DateTimeField()
    done = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    leased = models.DateTimeField(null=True)

    class Meta:
        """A webhook is told once of an event; asked for what is due."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hook", "event"], name="record_delivery_once")
        ]
        indexes: ClassVar = [models.Index(fields=["state", "due"], name="record_delivery_due")]

    def __str__(self) -> str:
        """Give what it is for the receiver."""
        return self.message
