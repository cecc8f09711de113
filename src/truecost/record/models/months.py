"""The organisation, the runs that it has registered, its periods and what was decided of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Organisation(models.Model):
    """The one organisation of a record, and its rules.

    A bill that moves by `threshold_percent` and by `threshold` (minor units) or more is reviewed
    before its period is closed. With `two_people`, whoever kept a period does not issue it
    (`segregation`). Questions and disputes are answered within `answer_days`, which are working
    days (Monday to Friday) where `answer_working_days` says so. With `public_briefings` everybody
    reads briefings, also without signing in.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200)
    threshold_percent = models.PositiveIntegerField(default=10)
    threshold = models.BigIntegerField(default=100_000)
    two_people = models.BooleanField(default=True)
    answer_days = models.PositiveIntegerField(default=10)
    answer_working_days = models.BooleanField(default=True)
    public_briefings = models.BooleanField(default=False)

    class Meta:
        """One row."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="record_one_organisation")
        ]

    def __str__(self) -> str:
        """Give the name."""
        return self.name


class Run(models.Model):
    """A run of the store, as the record knows it.

    Until it is pinned, what its manifest says beside inputs and tables may still change.
    """

    id = models.CharField(max_length=16, primary_key=True)
    manifest_sha256 = models.CharField(max_length=64)
    first = models.IntegerField()
    last = models.IntegerField()
    currency = models.CharField(max_length=3)
    registered = models.DateTimeField()
    pinned = models.BooleanField(default=False)

    def __str__(self) -> str:
        """Give the id."""
        return self.id


class Period(models.Model):
    """A period and how far it has come.

    `index` is `Period.index` of the kernel, `label` its name, such as 2026-01. `run` is the one in
    review, and from closing on the pinned one. `closings` counts how often it was closed; each
    closing is issued at most once. `closer` is who closed it last.
    """

    index = models.IntegerField(primary_key=True)
    label = models.CharField(max_length=10, unique=True)
    words = models.CharField(max_length=60)
    state = models.CharField(max_length=10)
    run = models.ForeignKey(Run, models.PROTECT, related_name="periods")
    closings = models.PositiveIntegerField(default=0)
    closer = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        """Give the label."""
        return self.label


class Decision(models.Model):
    """What somebody decided of an item of the checklist; it holds while its `facts` are the same.

    `item` is the kind of entry, `subject` which one; `facts` is the hash of the figures that the
    decision was taken on, so that another run with the same figures needs no second one. Of
    several on the same figures the last one counts. With `refused`, an owner does not sign off.
    """

    period = models.ForeignKey(Period, models.PROTECT, related_name="decisions")
    item = models.CharField(max_length=20)
    subject = models.CharField(max_length=200)
    facts = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    refused = models.BooleanField(default=False)
    actor = models.CharField(max_length=40)
    moment = models.DateTimeField()

    def __str__(self) -> str:
        """Give item and subject."""
        return f"{self.item} {self.subject}"
