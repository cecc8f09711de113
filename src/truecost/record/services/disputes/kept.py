"""Whether disputes are what was raised and settled: rows, evidence, events and credit notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding
from truecost.record import models
from truecost.record.services.disputes import states
from truecost.record.services.disputes.states import UNSETTLED, State, subject

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANY = 200
_MOVED = tuple(f"dispute {each}" for each in State if each is not State.OPEN)


def disputed() -> Iterator[Finding]:
    """Compare every dispute with its seal, its evidence, its events, and what it became."""
    raised = {
        each.subject: json.loads(each.after)["sha256"]
        for each in models.Event.objects.filter(kind=states.RAISED)
    }
    rows = models.Dispute.objects.order_by("number").prefetch_related(
        "moves__event", "moves__credit"
    )
    for row in rows.iterator(_MANY):
        if {states.seal(row), raised.pop(subject(row), None)} != {row.sha256}:
            yield Finding(None, f"dispute {row.number} is not as it was raised")
        if states.hash_of(row.evidence) != row.evidence_sha256:
            yield Finding(None, f"the evidence of dispute {row.number} is not as it was kept")
        yield from _moves(row)
    for gone in raised:
        yield Finding(None, f"{gone} is gone")
    told = models.Event.objects.filter(kind__in=_MOVED).count()
    if told != models.Move.objects.count():
        yield Finding(None, "disputes were not settled as events say")


def _moves(row: models.Dispute) -> Iterator[Finding]:
    """Compare the steps of a dispute with their events, one after the other."""
    state = State.OPEN
    for number, move in enumerate(row.moves.all(), 1):
        said = {
            "state": move.state, "why": move.why, "amount": move.amount,
            "credit": move.credit_id or "",
        }  # fmt: skip
        event = move.event
        told: dict[str, Any] = json.loads(event.after)
        follows = state in UNSETTLED and move.ordinal == number
        before = json.loads(event.before)["state"] == state
        if not (follows and before and told == said and event.subject == subject(row)):
            yield Finding(None, f"dispute {row.number} was not settled as events say")
        credit = move.credit
        right = credit is None or (credit.amount, credit.cites_id) == (
            -(move.amount or 0),
            row.statement_id,
        )
        if (move.state == State.ACCEPTED) != (credit is not None) or not right:
            yield Finding(None, f"dispute {row.number} and its credit note differ")
        state = State(move.state)
