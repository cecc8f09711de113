"""What a dispute can be: its states, the reasons for it, when it is due, what seals it."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.kernel import digest

if TYPE_CHECKING:
    from truecost.record import models

_FRIDAY = 4
RAISED, SAID = "dispute raised", "dispute message"
#: What a seal hashes: named one by one, for a column that is added must not change old hashes.
_SEALED = (
    "number", "statement_id", "line", "name", "service", "reason", "amount", "raiser", "key",
    "due", "evidence_sha256",
)  # fmt: skip


class State(StrEnum):
    """How far a dispute has come."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


#: The states in which something is still to be done.
UNSETTLED = (State.OPEN, State.ANSWERED)


class Reason(StrEnum):
    """Why a line is contested, by the codes that are usual for bills."""

    QUESTION = "question"
    QUANTITY = "wrong quantity"
    CONSUMER = "wrong consumer"
    RATE = "wrong rate"
    NOT_ORDERED = "not ordered"
    DUPLICATE = "duplicate"
    QUALITY = "service quality"
    OTHER = "other"


def subject(row: models.Dispute) -> str:
    """Give what events call a dispute."""
    return f"dispute {row.number}"


def due(day: dt.date, rules: models.Organisation) -> dt.date:
    """Give the day by which an answer is due; working days are Monday to Friday."""
    if not rules.answer_working_days:
        return day + dt.timedelta(days=rules.answer_days)
    for _ in range(rules.answer_days):
        day += dt.timedelta(days=1)
        while day.weekday() > _FRIDAY:
            day += dt.timedelta(days=1)
    return day


def hash_of(evidence: str) -> str:
    """Give the SHA-256 of evidence as it is kept, in hex."""
    return hashlib.sha256(evidence.encode()).hexdigest()


def seal(row: models.Dispute) -> str:
    """Hash all that a dispute says."""
    said = {name: getattr(row, name) for name in _SEALED}
    return digest.of({**said, "moment": row.moment.isoformat(timespec="milliseconds")})
