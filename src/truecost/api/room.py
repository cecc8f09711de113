"""What else a period's room has: refused lines, reconciliation, issuing by the worker, journals."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from truecost.api import jobs
from truecost.api.answers import AbsentError, there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.jobs import JobOut
from truecost.api.periods import found
from truecost.api.problems import findings
from truecost.api.shapes import Fault, Listed, Money, Shape, money
from truecost.kernel.findings import VerifyError
from truecost.portal.period import figures, issue, journal
from truecost.portal.period.shared import reading
from truecost.record.services import issuing
from truecost.record.services import jobs as service
from truecost.record.services.checklist import currencies
from truecost.record.services.periods import State
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements import proof

router = Router(tags=["periods"])
_KINDS = {"csv": "text/csv", "json": "application/json", "text": "text/plain"}


class RefusedOut(Shape):
    """A line that could not be read: where it stands, and why."""

    source: str
    file: str
    line: int
    reason: str
    text: str


class RefusalsOut(Shape):
    """What is held back: how many lines, over how much; and the first 500 that were refused."""

    lines: int
    amounts: list[Money]
    items: list[RefusedOut]


class NamedOut(Shape):
    """An amount by its name."""

    name: str
    amount: Money


class ReconciledOut(Shape):
    """A proof in one currency: what came in is what went out, to the minor unit."""

    currency: str
    came: list[NamedOut]
    went: list[NamedOut]
    total: Money
    equal: bool
    charged: Money
    shown: Money
    central: Money
    recovery: list[NamedOut]


class ReconciliationOut(Shape):
    """The proofs of a period; `findings` where one does not hold."""

    holds: bool
    proofs: list[ReconciledOut]
    findings: list[Fault]


class PlannedOut(Shape):
    """What issuing would issue in a currency."""

    currency: str
    statements: int
    amount: Money
    supplements: int
    more: Money
    credits: int
    less: Money


class JournalOut(Shape):
    """A posted journal; `reverses` is the sequence of the one that it takes back."""

    sequence: int
    number: str
    currency: str
    run: str
    posted: str
    reverses: int | None
    taken_back: bool
    sha256: str


@get(
    router, "periods/{label}/rejects", "rejects", does="get_rejects", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=RefusalsOut,
)  # fmt: skip
def rejects(request: HttpRequest, label: str) -> RefusalsOut:  # noqa: ARG001
    """List the lines that could not be read, with file and line."""
    held, rows = figures.refused(found(label))
    return RefusalsOut(
        lines=held.lines, amounts=[money(each.amount, each.name) for each in held.amounts],
        items=[
            RefusedOut(
                source=each["source"], file=each["file"], line=each["line"] or 0,
                reason=each["reason"] or "", text=each.get("text") or "",
            )
            for each in rows
        ],
    )  # fmt: skip


@get(
    router, "periods/{label}/reconciliation", "reconciliation", does="get_reconciliation",
    scope=Scope.PERIODS, act=Act.READ_PERIODS, response=ReconciliationOut,
)  # fmt: skip
def reconciliation(request: HttpRequest, label: str) -> ReconciliationOut:  # noqa: ARG001
    """Prove a period: what came in is what was charged and what remains, by name."""
    proofs, faults = [], []
    with reading(found(label)) as (book, period):
        for unit in currencies(book, period):
            try:
                proofs.append(_proved(proof.proof(book, (period,), unit), unit))
            except VerifyError as error:
                faults += findings(error.findings)
    return ReconciliationOut(
        holds=not faults and all(each.equal for each in proofs), proofs=proofs,
        findings=[Fault(**each) for each in faults],
    )  # fmt: skip


@get(
    router, "periods/{label}/plan", "plan", does="list_planned_issues", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=Listed[PlannedOut],
)  # fmt: skip
def plan(request: HttpRequest, label: str) -> Listed[PlannedOut]:
    """Say what issuing a closed period would issue, by currency; of another, nothing."""
    row = found(label)
    if row.state != State.CLOSED:
        return Listed[PlannedOut](items=[])
    with reading(row) as (book, _):
        return Listed[PlannedOut](
            items=[
                PlannedOut(
                    currency=each.currency, statements=each.statements,
                    amount=money(each.amount, each.currency), supplements=each.supplements,
                    more=money(each.more, each.currency), credits=each.credits,
                    less=money(each.less, each.currency),
                )
                for each in issuing.planned(by(request), row, book)
            ]
        )  # fmt: skip


@get(
    router, "periods/{label}/issuing", "issuing", does="list_issuings", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=Listed[JobOut],
)  # fmt: skip
def under_way(request: HttpRequest, label: str) -> Listed[JobOut]:
    """List the last times that the worker was to issue a period, and how far it is."""
    found(label)
    known = service.known(by(request), service.Kind.ISSUE, subject=label)
    return Listed[JobOut](items=[jobs.shape(each) for each in known])


@post(
    router, "periods/{label}/issuing", "issuing", does="start_issuing", scope=Scope.ISSUE,
    act=Act.ISSUE, response={202: JobOut}, guards="period",
)  # fmt: skip
def ask(request: HttpRequest, label: str) -> JobOut:
    """Have the worker issue a closed period; `issue` does it at once, and is waited for."""
    return jobs.one(by(request), issue.ask(by(request), found(label)))


@get(
    router, "periods/{label}/journals", "journals", does="list_journals", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=Listed[JournalOut],
)  # fmt: skip
def journals(request: HttpRequest, label: str) -> Listed[JournalOut]:  # noqa: ARG001
    """List the journals that were posted of a period, and what took them back."""
    posted = journal.posted_of(found(label).label)
    back = {each.reverses for each in posted if each.reverses is not None}
    return Listed[JournalOut](
        items=[
            JournalOut(
                sequence=each.sequence, number=each.number, currency=each.currency, run=each.run,
                posted=each.posted, reverses=each.reverses, taken_back=each.sequence in back,
                sha256=each.sha256,
            )
            for each in posted
        ]
    )  # fmt: skip


@get(
    router, "periods/{label}/journals/{int:sequence}/{form}", "journal-file",
    does="get_journal_file", scope=Scope.PERIODS, act=Act.READ_PERIODS, response=None,
    media=tuple(_KINDS.values()),
)  # fmt: skip
def written(
    request: HttpRequest,  # noqa: ARG001
    label: str,
    sequence: int,
    form: Annotated[str, Field(description="`csv`, `json`, `beancount` or `hledger`.")],
) -> HttpResponse:
    """Give a posted journal in a form that ledgers read."""
    posted = journal.posted_of(found(label).label)
    one = there(next((each for each in posted if each.sequence == sequence), None))
    if form not in journal.TYPES:
        raise AbsentError
    answer = HttpResponse(journal.written(one, form), content_type=journal.TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{one.number}.{form}"'
    return answer


def _proved(made: Any, unit: str) -> ReconciledOut:
    def named(some: Any) -> list[NamedOut]:
        return [NamedOut(name=each.name, amount=money(each.amount, unit)) for each in some]

    stated = NamedOut(name="statements", amount=money(made.statements, unit))
    remains = sum(each.amount for each in made.remainders)
    return ReconciledOut(
        currency=unit, came=named((*made.ledger, *made.moved)),
        went=[stated, *named(made.remainders)], total=money(made.total, unit),
        equal=made.total == made.statements + remains, charged=money(made.charged, unit),
        shown=money(made.shown, unit), central=money(made.central, unit),
        recovery=named(made.recovery),
    )  # fmt: skip
