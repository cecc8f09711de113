"""Mails that wait to be delivered, and what became of those that were."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Mail(models.Model):
    """A mail in the outbox.

    `key` says which mail it is: it is queued once. `state` is waiting, sent, refused (the server
    wants no mail for this address) or given up. While a worker has it in hand `lease` is a word of
    its own and `leased` the moment until which that holds. `tag` stands in the return path. What it
    says goes when it is done, for it may hold links that let somebody in; whom it was for stays
    until it is erased.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30, db_index=True)
    recipient = models.CharField(max_length=320, blank=True, db_index=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    unsubscribe = models.CharField(max_length=500, blank=True)
    tag = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=10)
    fault = models.CharField(max_length=300, blank=True)
    tries = models.PositiveIntegerField(default=0)
    queued = models.DateTimeField()
    due = models.DateTimeField()
    done = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    leased = models.DateTimeField(null=True)

    class Meta:
        """Asked for what is due."""

        indexes: ClassVar = [models.Index(fields=["state", "due"], name="record_mail_due")]

    def __str__(self) -> str:
        """Give the kind: whom it is for has no place in logs."""
        return f"{self.pk} {self.kind}"
