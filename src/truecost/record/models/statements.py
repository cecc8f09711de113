"""What was issued: it is written once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from truecost.record.models.months import Period, Run


class Series(models.Model):
    """The last number given in a year, of one kind of document: numbers have no gap."""

    kind = models.CharField(max_length=1)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        """One row per kind and year."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "year"], name="record_series_once")
        ]

    def __str__(self) -> str:
        """Give kind and year."""
        return f"{self.kind}-{self.year}"


class Issue(models.Model):
    """The act of issuing a closed period. `digest` covers the seals of all its documents."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="issues")
    closing = models.PositiveIntegerField()
    run = models.ForeignKey(Run, models.PROTECT)
    day = models.DateField()
    actor = models.CharField(max_length=40)
    documents = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        """A closing is issued once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["period", "closing"], name="record_issued_once")
        ]

    def __str__(self) -> str:
        """Give the period."""
        return f"{self.period_id}/{self.closing}"


class Statement(models.Model):
    """A statement, or what corrects one: a supplement (more) or a credit note (less).

    `amount` is in minor units of `currency`; of a correction it is the difference. `view` is what
    it is drawn from, as JSON. `sha256` seals all of it and the hashes of its documents.
    """

    number = models.CharField(max_length=20, primary_key=True)
    kind = models.CharField(max_length=12)
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, related_name="statements")
    period = models.ForeignKey(Period, models.PROTECT, related_name="statements")
    consumer = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    cites = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    reason = models.CharField(max_length=500, blank=True)
    day = models.DateField()
    run = models.ForeignKey(Run, models.PROTECT)
    view = models.TextField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        """A consumer has one statement per period and currency; all else corrects it."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["period", "consumer", "currency"],
                condition=models.Q(kind="statement"),
                name="record_statement_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="statement", cites=None)
                | (~models.Q(kind="statement") & models.Q(cites__isnull=False)),
                name="record_corrections_cite",
            ),
        ]

    def __str__(self) -> str:
        """Give the number."""
        return self.number


class Branch(models.Model):
    """A consumer that a statement stands under, itself included: who may read it, by one join."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="branches")
    consumer = models.CharField(max_length=200, db_index=True)

    class Meta:
        """Each once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "consumer"], name="record_branch_once")
        ]

    def __str__(self) -> str:
        """Give the consumer."""
        return self.consumer


class Document(models.Model):
    """The bytes that were issued, in one form: html, pdf, xlsx."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="documents")
    form = models.CharField(max_length=5)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        """Each form once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "form"], name="record_document_once")
        ]

    def __str__(self) -> str:
        """Give the form."""
        return self.form


class Batch(models.Model):
    """A journal that was posted from issued statements; the store keeps its entries.

    `sequence` and `sha256` are those of the store's log.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="batches")
    currency = models.CharField(max_length=3)
    number = models.CharField(max_length=60)
    amount = models.BigIntegerField()
    sequence = models.PositiveIntegerField(unique=True)
    sha256 = models.CharField(max_length=64)
    reverses = models.OneToOneField("self", models.PROTECT, null=True)

    def __str__(self) -> str:
        """Give the number."""
        return self.number
