"""Statements: what was issued, the documents, what corrects it, what stands behind each figure."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from truecost.api import paging, texts
from truecost.api.answers import AbsentError, there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Minor, Money, Page, Said, Shape, Words, money
from truecost.api.tables import CSV, PARQUET, Column, table
from truecost.engine.lineage_lines import TOP
from truecost.portal.headers import DOCUMENT_POLICY
from truecost.portal.opened import opened
from truecost.record.services import corrections, papers, reading
from truecost.record.services.acts import By
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements import explain_bridge
from truecost.statements.csv import statement_csv
from truecost.statements.explain_json import explanation_json
from truecost.statements.json import statement_json
from truecost.statements.views import StatementView

router = Router(tags=["statements"])
_ORDER = (("-period_id", int), ("number", str))
_COLUMNS = (
    Column("number", str), Column("kind", str), Column("period", str), Column("consumer", str),
    Column("name", str), Column("currency", str), Column("amount_minor", int),
    Column("cites", str), Column("reason", str), Column("day", str), Column("run", str),
    Column("sha256", str),
)  # fmt: skip


class StatementOut(Shape):
    """A statement, or what corrects one (`cites`), as it was issued."""

    number: str
    kind: str
    period: str
    consumer: str
    name: str
    amount: Money
    cites: str | None
    reason: str
    day: str
    run: str
    sha256: str


class DocumentOut(Shape):
    """A document that was issued, in one form."""

    form: str
    media_type: str
    sha256: str
    href: str


class CreditIn(Body):
    """A part of a statement to be given back, in minor units; `line` is of one of its lines."""

    amount: Annotated[Minor, Field(gt=0)]
    reason: Words
    line: Annotated[str, Field(max_length=200)] = ""


class Filter(Body):
    """What a list of statements is narrowed to."""

    period: Annotated[str, Field(max_length=10)] = ""
    consumer: Annotated[str, Field(max_length=200)] = ""
    kind: Annotated[str, Field(max_length=12)] = ""
    currency: Annotated[str, Field(max_length=3)] = ""
    cursor: Annotated[str, Field(max_length=paging.LONGEST)] = ""
    limit: Annotated[int, Field(ge=1, le=paging.MOST)] = paging.USUAL


def shape(row: Any) -> StatementOut:
    """Give a statement as it is answered."""
    return StatementOut(
        number=row.number, kind=row.kind, period=row.period.label, consumer=row.consumer,
        name=row.name, amount=money(row.amount, row.currency), cites=row.cites_id,
        reason=row.reason, day=row.day.isoformat(), run=row.run_id, sha256=row.sha256,
    )  # fmt: skip


@get(
    router, "statements", "statements", does="list_statements", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=Page[StatementOut],
)  # fmt: skip
def listed(request: HttpRequest, said: Query[Filter]) -> Page[StatementOut]:
    """List the statements that one may read, the newest period first."""
    rows, following = paging.part(_filtered(by(request), said), _ORDER, said.cursor, said.limit)
    return Page[StatementOut](items=[shape(each) for each in rows], next=following)


@get(
    router, "statements.csv", "statements-csv", does="get_statements_csv", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=None, media=(CSV,), problems=(),
)  # fmt: skip
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give all statements that one may read as a table."""
    return table(_rows(by(request)), _COLUMNS, CSV, "statements")


@get(
    router, "statements.parquet", "statements-parquet", does="get_statements_parquet",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=None, media=(PARQUET,), problems=(),
)  # fmt: skip
def as_parquet(request: HttpRequest) -> StreamingHttpResponse:
    """Give all statements that one may read as a table."""
    return table(_rows(by(request)), _COLUMNS, PARQUET, "statements")


@get(
    router, "statements/{number}", "statement", does="get_statement", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=StatementOut,
)  # fmt: skip
def one(request: HttpRequest, number: str) -> StatementOut:
    """Give a statement that one may read."""
    return shape(found(request, number))


@get(
    router, "statements/{number}/view", "view", does="get_statement_view", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=Said,
)  # fmt: skip
def view(request: HttpRequest, number: str) -> HttpResponse:
    """Give all that a statement says, as it was issued: schema `truecost.statement/1`.

    Of a correction, schema `truecost.view/1`.
    """
    row = found(request, number)
    restored = papers.restored(row)
    if isinstance(restored, StatementView):
        return texts.json(statement_json(restored))
    return texts.json(row.view)


@get(
    router, "statements/{number}/documents", "documents", does="list_statement_documents",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Listed[DocumentOut],
)  # fmt: skip
def documents(request: HttpRequest, number: str) -> Listed[DocumentOut]:
    """List the documents that were issued."""
    row = found(request, number)
    rows = row.documents.defer("content").order_by("form")
    return Listed[DocumentOut](
        items=[
            DocumentOut(
                form=each.form, media_type=papers.FORMS[each.form], sha256=each.sha256,
                href=f"/api/v1/statements/{row.number}/documents/{each.form}",
            )
            for each in rows
        ]
    )  # fmt: skip


@get(
    router, "statements/{number}/documents/{form}", "document", does="get_statement_document",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=None,
    media=(*papers.FORMS.values(), CSV),
)  # fmt: skip
def document(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """Give the very bytes that were issued: `html`, `pdf` or `xlsx`; or its lines as `csv`."""
    row = found(request, number)
    if form == "csv":
        view = papers.restored(row)
        if not isinstance(view, StatementView):
            raise AbsentError
        return texts.csv(statement_csv(view), row.number)
    content = there(reading.document(row, form))
    answer = HttpResponse(content, content_type=papers.FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.{form}"'
    answer["Content-Security-Policy"] = DOCUMENT_POLICY
    return answer


@get(
    router, "statements/{number}/corrections", "corrections", does="list_statement_corrections",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Listed[StatementOut],
)  # fmt: skip
def corrected(request: HttpRequest, number: str) -> Listed[StatementOut]:
    """List what corrects a statement, in the order of issue."""
    rows = reading.corrections(by(request), found(request, number))
    return Listed[StatementOut](items=[shape(each) for each in rows])


@get(
    router, "statements/{number}/explanation", "explanation", does="get_statement_explanation",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Said,
)  # fmt: skip
def explanation(
    request: HttpRequest,
    number: str,
    line: Annotated[str, Field(max_length=200)] = "",
    every: Annotated[bool, Field(description="All ledger lines, not only the largest.")] = False,  # noqa: FBT002
) -> HttpResponse:
    """Explain a statement's total down to ledger lines, or that of one `line` (a service's id)."""
    row = found(request, number)
    with opened(row.run_id) as held:
        period = held.run.calendar.period(row.period_id)
        told = held.inquiry.statement(
            row.consumer, period, service=line or None, currency=row.currency,
            top=None if every else TOP,
        )  # fmt: skip
        return texts.json(explanation_json(told))


@get(
    router, "statements/{number}/change", "change", does="get_statement_change",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Said,
)  # fmt: skip
def change(
    request: HttpRequest, number: str, against: Annotated[str, Field(max_length=10)] = ""
) -> HttpResponse:
    """Say why a bill is another than in the period `against`, by default the one before."""
    row = found(request, number)
    with opened(row.run_id) as held:
        calendar = held.run.calendar
        period = calendar.period(row.period_id)
        than = texts.period(calendar, against, "query/against") if against else period - 1
        held.book.check_period(than)
        told = explain_bridge.bridge_view(
            held.store, held.run, held.book, row.consumer, period, than, currency=row.currency
        )
        return texts.json(explain_bridge.bridge_json(told))


@post(
    router, "statements/{number}/credits", "credits", does="credit_statement", scope=Scope.CREDIT,
    act=Act.CORRECT, response={201: StatementOut}, guards="corrections",
)  # fmt: skip
def credit(request: HttpRequest, number: str, body: CreditIn) -> StatementOut:
    """Give a part of a statement back by a credit note, which cites it."""
    row = found(request, number)
    return shape(corrections.credit(by(request), row, body.amount, body.reason, body.line))


def found(request: HttpRequest, number: str) -> Any:
    """Give a statement that one may read. Raise AbsentError where there is none."""
    row = reading.statement(by(request), number)
    if row is None:
        raise AbsentError
    return row


def _filtered(who: By, said: Filter) -> Any:
    named = {
        "period__label": said.period, "consumer": said.consumer, "kind": said.kind,
        "currency": said.currency,
    }  # fmt: skip
    return reading.statements(who).filter(**{key: value for key, value in named.items() if value})


def _rows(who: By) -> Any:
    for row in reading.statements(who).order_by("number").iterator(1_000):
        made = json.loads(shape(row).model_dump_json())
        amount = made.pop("amount")
        yield {**made, "amount_minor": amount["minor"], "currency": amount["currency"]}
