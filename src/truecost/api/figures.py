"""What stands behind a statement's figures: counts, peers, what is coming, what if we used less."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api.answers import InvalidError
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Money, Shape, money
from truecost.kernel import money as units
from truecost.portal.statements import less, parts
from truecost.portal.statements.page import key_of
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements import coming as coming_of
from truecost.statements import figures

if TYPE_CHECKING:
    from truecost.portal.statements.parts import Asked
    from truecost.scenarios.less import Less, Lever
    from truecost.statements.counts import Count
    from truecost.statements.peers import Beside

router = Router(tags=["statements"])
Line = Annotated[str, Field(max_length=200, description="The `object` of a line; all without.")]
Quantity = Annotated[
    str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,10})?$", description="Decimal text.")
]
_FINE = 6


class CountedOut(Shape):
    """A row that was counted: where it stands, and what stands there."""

    line: int
    quantity: str
    more: dict[str, str]


class CountOut(Shape):
    """What was counted; `share` is in percent; quantities are null where readers see shares."""

    driver: str
    unit: str
    share: str
    quantity: str | None
    total: str | None
    month: str
    stands_for: str
    file: str
    column: str
    same: bool
    measure: str
    rows: list[CountedOut]


class LineCountsOut(Shape):
    """The counts behind a line."""

    line: str
    name: str
    counts: list[CountOut]


class BesideOut(Shape):
    """A cost per head beside the middle half of others; null where there are too few of them."""

    name: str
    mine: str
    others: int
    low: str | None
    high: str | None


class PerHeadOut(Shape):
    """What a head costs beside others, in major units as decimal text."""

    currency: str
    heads: str
    driver: str
    among: str
    total: BesideOut
    services: list[BesideOut]


class PeersOut(Shape):
    """The comparison, null where there are too few to compare with."""

    per_head: PerHeadOut | None


class YearEndOut(Shape):
    """Where the fiscal year may end; `left` months are to come."""

    label: str
    left: int
    least: Money
    most: Money


class ComingOut(Shape):
    """What is coming: rates that begin or end, what was of this month only, the year's end."""

    rates: list[str]
    once: list[str]
    year_end: YearEndOut | None


class PostingOut(Shape):
    """Where a part of the bill was posted."""

    journal: str
    day: str
    entity: str
    account: str
    cost_centre: str
    amount: Money


class LeverOut(Shape):
    """What can be used less of: the driver, how much of it is used, which services go by it."""

    driver: str
    unit: str
    quantity: str
    most: str
    services: list[str]


class SavedOut(Shape):
    """What the organisation saves at a service; `start` is the first month, null if never."""

    service: str
    name: str
    behaviour: str
    amount: Money
    start: str | None


class LessOut(Shape):
    """Two answers at once: what falls or rises on the bill, and what the organisation saves."""

    bill_change: Money
    bill_after: Money
    begins: str
    bill: dict[str, Money]
    saved: Money
    savings: list[SavedOut]


class ProposalOut(Shape):
    """An act that would lower the next bill, and what it comes to."""

    driver: str
    unit: str
    services: list[str]
    quantity: str
    left: str
    answer: LessOut


class LessIn(Body):
    """What would be used instead, by driver; the others stay as they are."""

    quantities: Annotated[
        dict[Annotated[str, Field(max_length=200)], Quantity], Field(min_length=1, max_length=50)
    ]


@get(
    router, "statements/{number}/counts", "counts", does="list_statement_counts",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Listed[LineCountsOut],
)  # fmt: skip
def counts(request: HttpRequest, number: str, line: Line = "") -> Listed[LineCountsOut]:
    """Give the counts behind a line, or all lines: what was counted, and in which file."""
    with parts.asked_by(by(request), number) as found:
        one = found.line(line)
        drivers = {each.name: each for each in found.run.frozen.model.drivers}
        lines = [one] if one else [each for each in found.view.lines if not each.ended]
        return Listed[LineCountsOut](
            items=[
                LineCountsOut(
                    line=key_of(each), name=each.name,
                    counts=[_count(some) for some in parts.counted(found, drivers, each)],
                )
                for each in lines
            ]
        )  # fmt: skip


@get(
    router, "statements/{number}/peers", "peers", does="get_statement_peers",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=PeersOut,
)  # fmt: skip
def peers(request: HttpRequest, number: str) -> PeersOut:
    """Compare with others like it, per head, where the group is large enough."""
    with parts.asked_by(by(request), number) as found:
        made = parts.per_head(found)
        if made is None:
            return PeersOut(per_head=None)
        return PeersOut(
            per_head=PerHeadOut(
                currency=found.view.currency, heads=f"{made.heads:f}", driver=made.driver,
                among=made.among, total=_beside(made.total, found.view.currency),
                services=[_beside(each, found.view.currency) for each in made.services],
            )
        )  # fmt: skip


@get(
    router, "statements/{number}/coming", "coming", does="get_statement_outlook",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=ComingOut,
)  # fmt: skip
def coming(request: HttpRequest, number: str) -> ComingOut:
    """Say what is coming: rates with notice, one-offs, where the year may end."""
    with parts.asked_by(by(request), number) as found:
        view = found.view
        end = coming_of.year_end(view)
        return ComingOut(
            rates=list(coming_of.rates(view, found.run.frozen.model.rates)),
            once=list(coming_of.once(view)),
            year_end=None
            if end is None
            else YearEndOut(
                label=end.label, left=end.left, least=money(end.least, view.currency),
                most=money(end.most, view.currency),
            ),
        )  # fmt: skip


@get(
    router, "statements/{number}/postings", "postings", does="list_statement_postings",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Listed[PostingOut],
)  # fmt: skip
def postings(request: HttpRequest, number: str) -> Listed[PostingOut]:
    """List where the bill was posted: by journal, account and cost centre."""
    with parts.asked_by(by(request), number) as found:
        return Listed[PostingOut](
            items=[
                PostingOut(
                    journal=each.journal, day=str(each.day), entity=each.entity,
                    account=each.account, cost_centre=each.cost_centre,
                    amount=money(each.amount, found.view.currency),
                )
                for each in parts.postings(found)
            ]
        )  # fmt: skip


@get(
    router, "statements/{number}/acts", "acts", does="list_statement_acts", scope=Scope.STATEMENTS,
    act=Act.READ_STATEMENTS, response=Listed[ProposalOut],
)  # fmt: skip
def acts(request: HttpRequest, number: str) -> Listed[ProposalOut]:
    """List the three acts that would lower the next bill most."""
    with parts.asked_by(by(request), number) as found:
        month = found.run.less(found.view.period, found.view.currency)
        known = {each.driver for each in less.levers_of(found, month)}
        proposed = [each for each in less.proposals(found, month) if each[0].driver in known]
        return Listed[ProposalOut](
            items=[
                ProposalOut(
                    driver=lever.driver, unit=lever.unit, services=list(lever.services),
                    quantity=f"{lever.quantity:f}", left=f"{left:f}", answer=_less(found, answer),
                )
                for lever, left, answer in proposed[: less.ACTS]
            ]
        )  # fmt: skip


@get(
    router, "statements/{number}/levers", "levers", does="list_statement_levers",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Listed[LeverOut],
)  # fmt: skip
def levers(request: HttpRequest, number: str) -> Listed[LeverOut]:
    """List what could be used less of, the dearest first."""
    with parts.asked_by(by(request), number) as found:
        month = found.run.less(found.view.period, found.view.currency)
        return Listed[LeverOut](items=[_lever(each) for each in less.levers_of(found, month)])


@post(
    router, "statements/{number}/what-if", "what-if", does="compute_what_if",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=LessOut,
)  # fmt: skip
def what_if(request: HttpRequest, number: str, body: LessIn) -> LessOut:
    """Say what it comes to if other quantities were used. It changes nothing."""
    with parts.asked_by(by(request), number) as found:
        month = found.run.less(found.view.period, found.view.currency)
        known = {each.driver: each for each in less.levers_of(found, month)}
        wanted = {name: _wanted(known, name, text) for name, text in body.quantities.items()}
        return _less(found, month.ask(found.view.consumer, wanted))


def _wanted(known: dict[str, Lever], name: str, text: str) -> Decimal:
    """Read a quantity. Raise InvalidError for another driver, or one out of its range."""
    where = "body/quantities"
    if name not in known:
        raise InvalidError(where, f'there is no lever "{name}": `levers` names them')
    value, most = Decimal(text), known[name].quantity * less.MOST
    if value > most:
        raise InvalidError(where, f"of {name} the most that can be asked about is {most:f}")
    return value


def _count(each: Count) -> CountOut:
    return CountOut(
        driver=each.driver, unit=each.unit,
        share=f"{figures.share_percent(each.share, _FINE):f}",
        quantity=None if each.quantity is None else f"{each.quantity:f}",
        total=None if each.total is None else f"{each.total:f}", month=str(each.as_of),
        stands_for=each.stands_for, file=each.file, column=each.column, same=each.same,
        measure=each.measure,
        rows=[
            CountedOut(line=row.line, quantity=row.text, more=dict(row.more)) for row in each.rows
        ],
    )  # fmt: skip


def _beside(each: Beside, currency: str) -> BesideOut:
    def text(value: Decimal | None) -> str | None:
        # as pages show it: a middle that is finer would say more of the others
        return None if value is None else units.plain(units.to_minor(value, currency), currency)

    return BesideOut(
        name=each.name, mine=text(each.mine) or "", others=each.others, low=text(each.low),
        high=text(each.high),
    )  # fmt: skip


def _lever(each: Lever) -> LeverOut:
    return LeverOut(
        driver=each.driver, unit=each.unit, quantity=f"{each.quantity:f}",
        most=f"{each.quantity * less.MOST:f}", services=list(each.services),
    )  # fmt: skip


def _less(found: Asked, answer: Less) -> LessOut:
    view = found.view
    unit = view.currency
    return LessOut(
        bill_change=money(answer.bill_change, unit),
        bill_after=money(view.total + answer.bill_change, unit), begins=str(view.period + 1),
        bill={key: money(amount, unit) for key, amount in answer.bill.items() if amount},
        saved=money(answer.saved, unit),
        savings=[
            SavedOut(
                service=each.service.id, name=str(each.service.name),
                behaviour=each.service.behaviour.kind.value, amount=money(each.amount, unit),
                start=None if each.start is None else str(each.start),
            )
            for each in answer.savings
        ],
    )  # fmt: skip
