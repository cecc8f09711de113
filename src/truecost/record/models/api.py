"""What programs use instead of a person's password, and what they were answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from truecost.record.models.people import Person


class Token(models.Model):
    """A word by which a program acts for a person, within scopes, until a day.

    Only the hash of the word is kept, and its last letters, by which people tell tokens apart.
    `scopes` is a list parted by blanks. `used` is the day of the last use.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    token_sha256 = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    scopes = models.CharField(max_length=500)
    made = models.DateTimeField()
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True)
    used = models.DateField(null=True)

    def __str__(self) -> str:
        """Give its number: names are a person's."""
        return f"token {self.pk}"


class Answer(models.Model):
    """What a request with an idempotency key was answered; `status` is 0 as long as it is at work.

    `request` is the hash of what was asked: the same key for something else is refused.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    made = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=b"")

    class Meta:
        """A key is used once by a person."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "key"], name="record_answer_once")
        ]

    def __str__(self) -> str:
        """Give its number: a key may say anything."""
        return f"answer {self.pk}"
