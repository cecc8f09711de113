"""Signing off: what owners are asked of a period in review, what they say, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.record.models import Grant
from truecost.record.services import checklist, periods
from truecost.record.services.checklist import Item
from truecost.record.services.permissions import Act, Role, holds
from truecost.statements.lines import gross

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from truecost.record import models
    from truecost.record.services.acts import By
    from truecost.record.services.checklist import Entry
    from truecost.statements.book import Book


@dataclass(frozen=True, slots=True)
class Cost:
    """What a service cost, in minor units; `before` is None where there is no month before."""

    currency: str
    now: int
    before: int | None


@dataclass(frozen=True, slots=True)
class SignOff:
    """A service that is to be signed off: its entry of the checklist, its figures."""

    service: str
    name: str
    entry: Entry
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may sign a service off for its owner: the owner, or (`stands_for`) who stands in."""

    name: str
    stands_for: str


def asked(by: By, row: models.Period, book: Book) -> list[SignOff]:
    """Give what somebody is asked to sign off of a period; `book` is of its run.

    Only their services: of all where they may sign off all.
    """
    parts = by.rights.parts(Act.SIGN_OFF)
    period = book.calendar.period(row.index)
    earlier = period - 1
    units = checklist.currencies(book, period)
    now = {unit: gross(book, period, unit) for unit in units}
    then = {unit: gross(book, earlier, unit) for unit in units if earlier in book.periods}
    names = {str(each["id"]): str(each["name"]) for each in book.rows("services", period)}
    found = []
    for entry in checklist.sign_offs(book, period, periods.decisions(row)):
        if parts is not None and entry.subject not in parts:
            continue
        object_ = f"service {entry.subject}"
        costs = tuple(
            Cost(
                unit, now[unit].get(object_, 0),
                then[unit].get(object_, 0) if unit in then else None,
            )
            for unit in units
            if now[unit].get(object_) or (unit in then and then[unit].get(object_))
        )  # fmt: skip
        found.append(SignOff(entry.subject, names[entry.subject], entry, costs))
    return found


def say(
    by: By, row: models.Period, service: str, facts: str, reason: str, *, refused: bool
) -> None:
    """Sign a service off on the figures that `facts` is the hash of, or refuse to, for a reason.

    Raise UsageError where the figures are others by now.
    """
    key = (Item.SIGN_OFF, service)
    periods.decide(by, row, [key], reason, seen={key: facts}, refused=refused)


def owners(services: Iterable[str], day: dt.date) -> dict[str, list[Owner]]:
    """Give who may sign services off for their owners on a day, by the service's id."""
    some = Grant.objects.filter(role=Role.SERVICE_OWNER, scope__in=list(services), ended=None)
    found: dict[str, list[Owner]] = {}
    for grant in some.select_related("person", "delegate_of__person").order_by("pk"):
        if grant.person.is_active and holds(grant, day):
            of = grant.delegate_of.person.name if grant.delegate_of else ""
            found.setdefault(grant.scope, []).append(Owner(grant.person.name, of))
    return found
