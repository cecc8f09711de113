"""Acts on disputes: each is one transaction, with an event; doing it twice does it once."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.kernel.findings import UsageError
from truecost.kernel.money import shown
from truecost.record import models
from truecost.record.services import corrections, events, numbers, papers, periods
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.disputes import evidence, notices, states
from truecost.record.services.disputes.states import UNSETTLED, Reason, State, subject
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST = 5_000
_KEY = 64


@dataclass(frozen=True, slots=True)
class _Step:
    """What a dispute moves to: `text` is personal, `why` stands for good."""

    state: State
    text: str = ""
    why: str = ""
    amount: int | None = None
    credit: models.Statement | None = None


def raise_dispute(
    by: By,
    statement: models.Statement,
    reason: Reason,
    text: str,
    *,
    line: str = "",
    amount: int | None = None,
    key: str,
) -> models.Dispute:
    """Dispute a line of a statement ("" for the whole) over an amount in minor units, or ask.

    A question has no amount; what is disputed has one, at most what the line charges and is not
    credited yet. The same `key` of the same person gives what was raised. Raise UsageError for what
    the statement does not have or does not charge, DeniedError for who may not.
    """
    by.need(Act.DISPUTE, branches(statement))
    said, name = said_text(text), _key(key)
    if (reason is Reason.QUESTION) != (amount is None):
        raise UsageError("a question has no amount, and a dispute says which one")
    view = evidence.view_of(statement)
    found = evidence.line_of(view, line)
    kept = evidence.drawn(statement, view, line)
    with acting():
        periods.locked(statement.period_id)
        if there := models.Dispute.objects.filter(raiser=by.key, key=name).first():
            return there
        if amount is not None:
            corrections.check(statement, amount, line)
        row = models.Dispute(
            number=numbers.taken(papers.DISPUTE, by.day), statement=statement, line=line,
            name=(found.name if found else evidence.WHOLE), service=evidence.service_of(line),
            reason=reason, amount=amount, raiser=by.key, key=name, moment=by.now,
            due=states.due(by.day, periods.organisation()), evidence=kept,
            evidence_sha256=states.hash_of(kept),
        )  # fmt: skip
        row.sha256 = states.seal(row)
        row.save(force_insert=True)
        after = {
            "statement": statement.number, "line": line, "reason": reason, "amount": amount,
            "currency": statement.currency, "due": row.due, "sha256": row.sha256,
        }  # fmt: skip
        _record(by, states.RAISED, row, after, said)
        notices.raised(by, row)
    return row


def say(by: By, row: models.Dispute, text: str, *, key: str) -> None:
    """Add a message: whoever raised it, may dispute the statement, or answers for the service."""
    _need_part(by, row)
    said, name = said_text(text), _key(key)
    with acting():
        locked(row)
        there = models.Event.objects.filter(kind=states.SAID, subject=subject(row), actor=by.key)
        if any(json.loads(each.after)["key"] == name for each in there):
            return
        event = _record(by, states.SAID, row, {"key": name}, said)
        notices.said(by, row, event.sequence)


def answer(by: By, row: models.Dispute, text: str, proposed: int | None = None) -> None:
    """Answer what is open; an owner may propose what to credit, in minor units.

    Who raised it does not answer it. Answering again changes nothing. Raise UsageError where it is
    settled, or another answered.
    """
    _need_other(by, row)
    said = said_text(text)
    if proposed is not None:
        _check_part(row, proposed)
    with acting():
        now = locked(row)
        last = _last(now)
        if last is not None:
            if (last.state, last.actor) == (State.ANSWERED, by.key):
                return
            raise UsageError(f"{row.number} is {last.state} already: add a message")
        _move(by, now, _Step(State.ANSWERED, text=said, amount=proposed))


def accept(by: By, row: models.Dispute, reason: str, amount: int | None = None) -> models.Statement:
    """Accept a dispute, or a part of it: it becomes a credit note, in one act.

    Accepting what is accepted gives its credit note. Raise DeniedError for who raised it or may not
    correct statements, UsageError for a question, what is settled otherwise, and for more than what
    still stands.
    """
    by.need(Act.CORRECT)
    if by.key == row.raiser:
        raise DeniedError("you raised it: another person accepts it")
    if row.amount is None:
        raise UsageError("a question is answered: there is no amount to accept")
    given = row.amount if amount is None else amount
    _check_part(row, given)
    said = periods.said_why(reason)
    if found := _credit(row):
        return found

    @contextmanager
    def settling(credit: models.Statement) -> Iterator[None]:
        now = locked(row)
        if (done := _credit(now)) is not None:
            raise _SettledError(done)
        _unsettled(now)
        yield
        _move(by, now, _Step(State.ACCEPTED, why=said, amount=given, credit=credit))

    try:
        return corrections.credit(by, row.statement, given, said, row.line, settling)
    except _SettledError as error:
        return error.credit


def reject(by: By, row: models.Dispute, reason: str) -> None:
    """Reject a dispute for a reason, which stands for good; rejecting again changes nothing."""
    _need_other(by, row)
    said = periods.said_why(reason)
    if row.amount is None:
        raise UsageError("a question is answered, not rejected")
    _settle(by, row, _Step(State.REJECTED, why=said))


def withdraw(by: By, row: models.Dispute) -> None:
    """Take back what one raised oneself; a second time changes nothing."""
    if by.key != row.raiser:
        raise DeniedError("who raised it withdraws it")
    by.need(Act.DISPUTE, branches(row.statement))
    _settle(by, row, _Step(State.WITHDRAWN))


class _SettledError(Exception):
    """Somebody accepted it in between; `credit` is what it became."""

    def __init__(self, credit: models.Statement) -> None:
        super().__init__(credit.number)
        self.credit = credit


def branches(statement: models.Statement) -> tuple[str, ...]:
    """Give the consumer of a statement and all that it stands under."""
    return tuple(statement.branches.order_by("id").values_list("consumer", flat=True))


def locked(row: models.Dispute) -> models.Dispute:
    """Give a dispute, locked until the transaction ends; what is joined is not locked."""
    return models.Dispute.objects.select_for_update().get(pk=row.pk)


def said_text(text: str) -> str:
    """Give what somebody typed, trimmed. Raise UsageError where it is nothing, or too long."""
    said = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not said:
        raise UsageError("say what it is about")
    if len(said) > _LONGEST:
        raise UsageError(f"the text has {len(said):,} characters; {_LONGEST:,} are kept")
    return said


def _key(key: str) -> str:
    if not 0 < len(key) <= _KEY:
        raise UsageError(f"the key of a request has 1 to {_KEY} characters")
    return key


def _need_part(by: By, row: models.Dispute) -> None:
    """Raise DeniedError for who neither disputes the statement nor answers for the service."""
    try:
        by.need(Act.DISPUTE, branches(row.statement))
    except DeniedError:
        by.need(Act.ANSWER, (row.service,))


def _need_other(by: By, row: models.Dispute) -> None:
    by.need(Act.ANSWER, (row.service,))
    if by.key == row.raiser:
        raise DeniedError("you raised it: another person answers it")


def _check_part(row: models.Dispute, amount: int) -> None:
    """Raise UsageError for an amount that is not a part of what is disputed."""
    if row.amount is None:
        raise UsageError("a question has no amount")
    if not 0 < amount <= row.amount:
        currency = row.statement.currency
        most = shown(row.amount, currency)
        raise UsageError(f"{shown(amount, currency)} is not between nothing and {most}")


def _settle(by: By, row: models.Dispute, step: _Step) -> None:
    with acting():
        now = locked(row)
        if _state(now) is step.state:
            return
        _unsettled(now)
        _move(by, now, step)


def _unsettled(row: models.Dispute) -> None:
    if (state := _state(row)) not in UNSETTLED:
        raise UsageError(f"{row.number} is {state} already")


def _last(row: models.Dispute) -> models.Move | None:
    return row.moves.order_by("-ordinal").first()


def _state(row: models.Dispute) -> State:
    last = _last(row)
    return State(last.state) if last else State.OPEN


def _credit(row: models.Dispute) -> models.Statement | None:
    last = _last(row)
    return last.credit if last else None


def _move(by: By, row: models.Dispute, step: _Step) -> None:
    """Write a step down, inside the transaction that holds the dispute."""
    last = _last(row)
    after = {
        "state": step.state, "why": step.why, "amount": step.amount,
        "credit": step.credit.number if step.credit else "",
    }  # fmt: skip
    event = events.record(
        by, f"dispute {step.state}", subject(row),
        before={"state": last.state if last else State.OPEN}, after=after,
        personal={"text": step.text} if step.text else None, about=by.person,
    )  # fmt: skip
    models.Move.objects.create(
        dispute=row, ordinal=last.ordinal + 1 if last else 1, state=step.state, why=step.why,
        amount=step.amount, credit=step.credit, actor=by.key, moment=by.now, event=event,
    )  # fmt: skip
    notices.moved(by, row, step.state, event.sequence)


def _record(
    by: By, kind: str, row: models.Dispute, after: Mapping[str, object], text: str
) -> models.Event:
    return events.record(
        by, kind, subject(row), after=after, personal={"text": text}, about=by.person
    )
