"""What closing a month asks of owners, what no rule places, and credit notes in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.periods import PostedOut, PostIn, found, journal_model, posted_out
from truecost.api.shapes import Body, Listed, Money, Shape, Words, money
from truecost.portal.opened import opened
from truecost.portal.period.figures import loose
from truecost.record.services import journals, looking, signing
from truecost.record.services.periods import State
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from truecost.record.services.signing import SignOff

router = Router(tags=["periods"])


class CostOut(Shape):
    """What a service cost in a currency; `before` is the month before, where the run has it."""

    now: Money
    before: Money | None


class SignOffOut(Shape):
    """A service to be signed off; `facts` is the hash of the figures that one signs."""

    period: str
    service: str
    name: str
    costs: list[CostOut]
    facts: str
    settled: bool
    by: str
    reason: str
    refused_by: str
    refusal: str


class SignOffIn(Body):
    """A service, the figures that were seen, whether its owner agrees, and why."""

    service: Annotated[str, Field(min_length=1, max_length=200)]
    facts: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    refused: Annotated[bool, Field(strict=True)] = False
    reason: Words


class LooseOut(Shape):
    """Lines that no rule places, for the same account or cost centre."""

    why: str
    source: str
    label: str
    lines: int
    amount: Money


@get(
    router, "sign-offs", "sign-offs", does="list_sign_offs", scope=Scope.KEEP, act=Act.SIGN_OFF,
    response=Listed[SignOffOut],
)  # fmt: skip
def sign_offs(request: HttpRequest) -> Listed[SignOffOut]:
    """List what somebody is asked to sign off of the periods in review."""
    who = by(request)
    made = []
    for row in looking.periods(who):
        if row.state == State.REVIEW:
            with opened(row.run_id) as held:
                made += [_shape(row.label, each) for each in signing.asked(who, row, held.book)]
    return Listed[SignOffOut](items=made)


@post(
    router, "periods/{label}/sign-offs", "sign-off", does="sign_off_service", scope=Scope.KEEP,
    act=Act.SIGN_OFF, response=Listed[SignOffOut], guards="period",
)  # fmt: skip
def sign_off(request: HttpRequest, label: str, body: SignOffIn) -> Listed[SignOffOut]:
    """Sign a service off on the figures that were seen, or refuse to."""
    who, row = by(request), found(label)
    signing.say(who, row, body.service, body.facts, body.reason, refused=body.refused)
    with opened(row.run_id) as held:
        asked = signing.asked(who, row, held.book)
    return Listed[SignOffOut](
        items=[_shape(label, each) for each in asked if each.service == body.service]
    )


@get(
    router, "periods/{label}/unmapped", "unmapped", does="list_unmapped", scope=Scope.PERIODS,
    act=Act.READ_PERIODS, response=Listed[LooseOut],
)  # fmt: skip
def unmapped(request: HttpRequest, label: str) -> Listed[LooseOut]:  # noqa: ARG001
    """List the accounts and cost centres that no rule places, the largest first."""
    row = found(label)
    with opened(row.run_id) as held:
        some = loose(held.book, held.book.calendar.period(row.index))
    return Listed[LooseOut](
        items=[
            LooseOut(
                why=each.why, source=each.source, label=each.label, lines=each.lines,
                amount=money(each.amount, each.currency),
            )
            for each in some
        ]
    )  # fmt: skip


@post(
    router, "periods/{label}/journal/credit-notes", "credit-notes", does="post_credit_notes",
    scope=Scope.JOURNALS, act=Act.POST, response=PostedOut, guards="period",
)  # fmt: skip
def credit_notes(request: HttpRequest, label: str, body: PostIn) -> PostedOut:
    """Post the credit notes of a period that are not posted yet, in one batch."""
    row = found(label)
    made, kept, _ = journals.post_credits(by(request), row, journal_model(), body.currency)
    return posted_out(label, made, kept)


def _shape(label: str, each: SignOff) -> SignOffOut:
    entry = each.entry
    return SignOffOut(
        period=label, service=each.service, name=each.name, facts=entry.facts,
        settled=entry.settled, by=entry.by, reason=entry.reason, refused_by=entry.refused_by,
        refusal=entry.refusal,
        costs=[
            CostOut(
                now=money(cost.now, cost.currency),
                before=None if cost.before is None else money(cost.before, cost.currency),
            )
            for cost in each.costs
        ],
    )  # fmt: skip
