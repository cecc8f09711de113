"""How often somebody did something lately: counts, shared by all processes that serve."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """A count within a span of time that ends at `until` (milliseconds since 1970).

    `key` is a keyed hash: neither an address of a machine nor a person can be read from it.
    """

    key = models.CharField(max_length=64, primary_key=True)
    until = models.BigIntegerField(db_index=True)
    count = models.BigIntegerField()

    def __str__(self) -> str:
        """Give the count."""
        return str(self.count)
