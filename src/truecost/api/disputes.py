"""Questions and disputes of statements: raised, talked about, settled."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router
from pydantic import Field

from truecost.api import statements, texts
from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Minor, Money, Said, Shape, Words, money
from truecost.api.tables import CSV, PARQUET, Column, table
from truecost.record.services import disputes
from truecost.record.services.acts import By
from truecost.record.services.disputes import Reason, State, Whose
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from truecost.record.services.disputes import Aged, Case

router = Router(tags=["disputes"])
_COLUMNS = (
    Column("number", str), Column("statement", str), Column("line", str), Column("service", str),
    Column("reason", str), Column("currency", str), Column("amount_minor", int),
    Column("proposed_minor", int), Column("state", str), Column("raiser", str),
    Column("raised", str), Column("due", str), Column("credit", str),
)  # fmt: skip
_MOST = 200
#: Not the type itself: in the document it would have the name of that of periods.
Stand = Literal["open", "answered", "accepted", "rejected", "withdrawn"]
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Amount = Annotated[Minor, Field(gt=0)] | None


class DisputeOut(Shape):
    """A dispute, or a question (without an amount), as it stands."""

    number: str
    statement: str
    line: str
    name: str
    service: str
    reason: str
    amount: Money | None
    proposed: Money | None
    state: str
    settled: bool
    overdue: bool
    raiser: str
    raised: dt.datetime
    due: dt.date
    credit: str | None


class MessageOut(Shape):
    """An entry of a thread; `text` is null where it was erased."""

    sequence: int
    moment: str
    kind: str
    who: str
    text: str | None


class AgedOut(Shape):
    """What waits under one name; `counts` are by bucket."""

    name: str
    counts: list[int]
    overdue: int
    amounts: list[Money]


class AgeingOut(Shape):
    """What waits; `days` is the median until an answer, of so many that were `answered`."""

    buckets: list[str]
    together: AgedOut
    by_service: list[AgedOut]
    by_department: list[AgedOut]
    answered: int
    days: str | None


class DepartmentOut(Shape):
    """What a department has that is not settled."""

    consumer: str
    name: str
    disputes: int
    questions: int
    overdue: int
    amounts: list[Money]


class RaiseIn(Body):
    """What is contested: a line ("" for the whole), why, over how much in minor units."""

    reason: Reason
    text: Text
    line: Annotated[str, Field(max_length=400)] = ""
    amount: Amount = None


class MessageIn(Body):
    """A message."""

    text: Text


class AnswerIn(Body):
    """An answer, which may propose what to credit."""

    text: Text
    amount: Amount = None


class AcceptIn(Body):
    """Why a dispute is accepted, and over how much: by default all of it."""

    reason: Words
    amount: Amount = None


class RejectIn(Body):
    """Why a dispute is rejected."""

    reason: Words


@get(
    router, "disputes", "disputes", does="list_disputes", scope=Scope.DISPUTES,
    act=Act.READ_DISPUTES, response=Listed[DisputeOut],
)  # fmt: skip
def listed(
    request: HttpRequest, whose: Whose = Whose.ALL, state: Stand | None = None
) -> Listed[DisputeOut]:
    """List the newest 200 disputes that one may read: whose, in which state."""
    found = disputes.cases(by(request), whose, [State(state)] if state else [], most=_MOST)
    return Listed[DisputeOut](items=[_shape(each) for each in found])


@get(
    router, "disputes/ageing", "ageing", does="get_dispute_ageing", scope=Scope.DISPUTES,
    act=Act.READ_DISPUTES, response=AgeingOut,
)  # fmt: skip
def ageing(request: HttpRequest) -> AgeingOut:
    """Say how long what is not settled waits, by service and by department."""
    found = disputes.ageing(by(request))
    return AgeingOut(
        buckets=list(disputes.BUCKETS), together=_aged(found.together),
        by_service=[_aged(each) for each in found.by_service],
        by_department=[_aged(each) for each in found.by_department],
        answered=found.answered,
        days=None if found.days is None else f"{_decimal(found.days):f}",
    )  # fmt: skip


@get(
    router, "disputes/departments", "departments", does="list_dispute_departments",
    scope=Scope.DISPUTES, act=Act.READ_DISPUTES, response=Listed[DepartmentOut],
)  # fmt: skip
def departments(request: HttpRequest) -> Listed[DepartmentOut]:
    """List the departments with what is not settled, those with the most first."""
    return Listed[DepartmentOut](
        items=[
            DepartmentOut(
                consumer=each.consumer, name=each.name, disputes=each.disputes,
                questions=each.questions, overdue=each.overdue, amounts=_amounts(each.amounts),
            )
            for each in disputes.by_department(by(request))
        ]
    )  # fmt: skip


@get(
    router, "disputes.csv", "disputes-csv", does="get_disputes_csv", scope=Scope.DISPUTES,
    act=Act.READ_DISPUTES, response=None, media=(CSV,), problems=(),
)  # fmt: skip
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give all disputes that one may read as a table."""
    return table(_rows(by(request)), _COLUMNS, CSV, "disputes")


@get(
    router, "disputes.parquet", "disputes-parquet", does="get_disputes_parquet",
    scope=Scope.DISPUTES, act=Act.READ_DISPUTES, response=None, media=(PARQUET,), problems=(),
)  # fmt: skip
def as_parquet(request: HttpRequest) -> StreamingHttpResponse:
    """Give all disputes that one may read as a table."""
    return table(_rows(by(request)), _COLUMNS, PARQUET, "disputes")


@get(
    router, "disputes/{number}", "dispute", does="get_dispute", scope=Scope.DISPUTES,
    act=Act.READ_DISPUTES, response=DisputeOut,
)  # fmt: skip
def one(request: HttpRequest, number: str) -> DisputeOut:
    """Say how a dispute stands."""
    return _shape(_found(request, number))


@get(
    router, "disputes/{number}/thread", "thread", does="list_dispute_messages",
    scope=Scope.DISPUTES, act=Act.READ_DISPUTES, response=Listed[MessageOut],
)  # fmt: skip
def thread(request: HttpRequest, number: str) -> Listed[MessageOut]:
    """List what was said and done, in its order."""
    found = disputes.thread(by(request), _found(request, number).row)
    return Listed[MessageOut](
        items=[
            MessageOut(
                sequence=each.sequence, moment=each.moment, kind=each.kind, who=each.name,
                text=each.text,
            )
            for each in found
        ]
    )  # fmt: skip


@get(
    router, "disputes/{number}/evidence", "evidence", does="get_dispute_evidence",
    scope=Scope.DISPUTES, act=Act.READ_DISPUTES, response=Said,
)  # fmt: skip
def evidence(request: HttpRequest, number: str) -> HttpResponse:
    """Give the evidence as it was kept when the dispute was raised."""
    return texts.json(disputes.evidence_of(by(request), _found(request, number).row))


@get(
    router, "statements/{number}/disputes", "statement-disputes", does="list_statement_disputes",
    scope=Scope.DISPUTES, act=Act.READ_DISPUTES, response=Listed[DisputeOut],
)  # fmt: skip
def of_statement(request: HttpRequest, number: str) -> Listed[DisputeOut]:
    """List all that was asked and disputed of a statement, the newest first."""
    found = disputes.of_statement(by(request), statements.found(request, number))
    return Listed[DisputeOut](items=[_shape(each) for each in found])


@post(
    router, "statements/{number}/disputes", "statement-disputes", does="raise_dispute",
    scope=Scope.DISPUTE, act=Act.DISPUTE, response={201: DisputeOut},
)  # fmt: skip
def raised(request: HttpRequest, number: str, body: RaiseIn) -> DisputeOut:
    """Ask about a line of a statement, or contest it."""
    row = disputes.raise_dispute(
        by(request), statements.found(request, number), body.reason, body.text, line=body.line,
        amount=body.amount, key=_key(request),
    )  # fmt: skip
    return one(request, row.number)


@post(
    router, "disputes/{number}/messages", "say", does="add_dispute_message", scope=Scope.DISPUTE,
    act=Act.READ_DISPUTES, response=DisputeOut, guards="dispute",
)  # fmt: skip
def say(request: HttpRequest, number: str, body: MessageIn) -> DisputeOut:
    """Add a message to the thread."""
    disputes.say(by(request), _found(request, number).row, body.text, key=_key(request))
    return one(request, number)


@post(
    router, "disputes/{number}/answer", "answer", does="answer_dispute", scope=Scope.DISPUTE,
    act=Act.ANSWER, response=DisputeOut, guards="dispute",
)  # fmt: skip
def answer(request: HttpRequest, number: str, body: AnswerIn) -> DisputeOut:
    """Answer what is open."""
    disputes.answer(by(request), _found(request, number).row, body.text, body.amount)
    return one(request, number)


@post(
    router, "disputes/{number}/acceptance", "accept", does="accept_dispute", scope=Scope.DISPUTE,
    act=Act.CORRECT, response=DisputeOut, guards="dispute",
)  # fmt: skip
def accept(request: HttpRequest, number: str, body: AcceptIn) -> DisputeOut:
    """Accept a dispute or a part of it: it becomes a credit note."""
    disputes.accept(by(request), _found(request, number).row, body.reason, body.amount)
    return one(request, number)


@post(
    router, "disputes/{number}/rejection", "reject", does="reject_dispute", scope=Scope.DISPUTE,
    act=Act.ANSWER, response=DisputeOut, guards="dispute",
)  # fmt: skip
def reject(request: HttpRequest, number: str, body: RejectIn) -> DisputeOut:
    """Reject a dispute for a reason."""
    disputes.reject(by(request), _found(request, number).row, body.reason)
    return one(request, number)


@post(
    router, "disputes/{number}/withdrawal", "withdraw", does="withdraw_dispute",
    scope=Scope.DISPUTE, act=Act.DISPUTE, response=DisputeOut, guards="dispute",
)  # fmt: skip
def withdraw(request: HttpRequest, number: str) -> DisputeOut:
    """Take back what one raised oneself."""
    disputes.withdraw(by(request), _found(request, number).row)
    return one(request, number)


def _aged(each: Aged) -> AgedOut:
    return AgedOut(
        name=each.name, counts=list(each.counts), overdue=each.overdue,
        amounts=_amounts(each.amounts),
    )  # fmt: skip


def _decimal(median: Fraction) -> Decimal:
    """Give a median of whole days, which ends after one digit."""
    return Decimal(median.numerator) / median.denominator


def _amounts(by_unit: Mapping[str, int]) -> list[Money]:
    return [money(amount, unit) for unit, amount in sorted(by_unit.items())]


def _rows(who: By) -> Iterator[dict[str, Any]]:
    for each in disputes.cases(who):
        row = each.row
        yield {
            "number": each.number, "statement": row.statement_id, "line": row.line,
            "service": row.service, "reason": row.reason, "currency": each.currency,
            "amount_minor": row.amount, "proposed_minor": each.proposed, "state": str(each.state),
            "raiser": row.raiser, "raised": row.moment.isoformat(), "due": row.due.isoformat(),
            "credit": each.credit.number if each.credit else None,
        }  # fmt: skip


def _found(request: HttpRequest, number: str) -> Case:
    return there(disputes.case(by(request), number))


def _key(request: HttpRequest) -> str:
    """Give what the service knows the request by: the same key raises the same once."""
    said = request.headers.get("Idempotency-Key")
    return hashlib.sha256(said.encode()).hexdigest() if said else secrets.token_hex(32)


def _shape(found: Case) -> DisputeOut:
    row, unit = found.row, found.currency
    credit = found.credit
    return DisputeOut(
        number=found.number, statement=row.statement_id, line=row.line, name=row.name,
        service=row.service, reason=row.reason,
        amount=None if row.amount is None else money(row.amount, unit),
        proposed=None if found.proposed is None else money(found.proposed, unit),
        state=found.state, settled=found.settled, overdue=found.overdue, raiser=row.raiser,
        raised=row.moment, due=row.due, credit=credit.number if credit else None,
    )  # fmt: skip
