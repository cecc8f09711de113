"""Who wants to be told of what by mail."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models


def new_key() -> str:
    """Give the key by which events know a subscription: it says nothing about whose it is."""
    return f"u-{secrets.token_hex(8)}"


class Subscription(models.Model):
    """An address that is told of a topic: statements of a consumer, rates of a service, briefings.

    It gets nothing but the question whether it wants to until it is `confirmed`, and nothing after
    it has `ended`. `subject` is the consumer or service, "" for briefings. Erasing deletes the row.
    """

    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    email = models.CharField(max_length=320)
    name = models.CharField(max_length=200)
    topic = models.CharField(max_length=20)
    subject = models.CharField(max_length=200, blank=True)
    asked = models.DateTimeField()
    confirmed = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        """An address has each once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email", "topic", "subject"], name="record_subscription_once"
            )
        ]

    def __str__(self) -> str:
        """Give the key: whose it is has no place in logs."""
        return self.key
