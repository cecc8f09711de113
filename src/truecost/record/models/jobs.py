"""What takes long and is done by the worker: who asked for it, how far it is, what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Job(models.Model):
    """A job: `kind` of it, about `subject`, asked for by `actor` (a person's key).

    `said` is what it was asked to do and `result` what came of it, as JSON. `stage`, `done` and
    `of` tell how far it has come. One of a kind about a subject is waiting or running at a time.
    """

    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=200, blank=True)
    said = models.TextField(default="{}")
    actor = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default="waiting")
    asked = models.DateTimeField()
    begun = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    stage = models.CharField(max_length=100, blank=True)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    result = models.TextField(default="{}")

    class Meta:
        """One at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state__in=("waiting", "running")),
                name="record_job_at_once",
            )
        ]

    def __str__(self) -> str:
        """Give kind and subject."""
        return f"{self.kind} {self.subject}".strip()
