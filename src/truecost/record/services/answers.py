"""What requests with an idempotency key were answered: the same request again gets the same answer.

The row is written before the act begins. Who is killed between the act and its answer leaves a row
at work: nobody can know then whether it was done, so the key is refused rather than done twice.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.record.models import Answer

if TYPE_CHECKING:
    from truecost.record.services.acts import By

#: So long an answer is kept.
KEPT = dt.timedelta(hours=48)
LONGEST_KEY = 200
_TAKEN = "-"


class Known(StrEnum):
    """What is known of a key."""

    NEW = "new"
    ANSWERED = "answered"
    AT_WORK = "at work"
    OTHER = "other"


def begin(by: By, key: str, request: str) -> tuple[Known, Answer]:
    """Take a key for a request, given by its hash, or say what is known of it."""
    Answer.objects.filter(made__lt=by.now - KEPT).delete()
    new = Answer(person=by.person, key=key, request=request, made=by.now)
    Answer.objects.bulk_create([new], ignore_conflicts=True)
    row = Answer.objects.get(person=by.person, key=key)
    if row.request != request:
        return Known.OTHER, row
    if row.status:
        return Known.ANSWERED, row
    # two who come at once both find the row: one of them takes it
    taken = Answer.objects.filter(pk=row.pk, kind="").update(kind=_TAKEN) == 1
    return (Known.NEW if taken else Known.AT_WORK), row


def answered(row: Answer, status: int, kind: str, body: bytes) -> None:
    """Keep an answer."""
    Answer.objects.filter(pk=row.pk).update(status=status, kind=kind[:100], body=body)


def let_go(row: Answer) -> None:
    """Give a key free again: nothing was done."""
    Answer.objects.filter(pk=row.pk).delete()
