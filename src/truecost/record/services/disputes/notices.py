"""Who is told by mail of what happens to a dispute: the one place that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record import models
from truecost.record.services import mail
from truecost.record.services.permissions import Role, holds

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from truecost.record.services.acts import By
    from truecost.record.services.disputes.states import State

_RAISED = "A statement was questioned or disputed"


def raised(by: By, row: models.Dispute) -> None:
    """Tell who is to answer."""
    _tell(by, row, owners(row, by.day), "raised", _RAISED)


def said(by: By, row: models.Dispute, sequence: int) -> None:
    """Tell the other side of a message."""
    _tell(by, row, _sides(row, by.day), str(sequence), "A message was written")


def moved(by: By, row: models.Dispute, state: State, sequence: int) -> None:
    """Tell who raised it, and who answers, what became of it."""
    _tell(by, row, _sides(row, by.day), str(sequence), f"A dispute or question was {state}")


def owners(row: models.Dispute, day: dt.date) -> list[models.Person]:
    """Give who answers: who owns the service on that day, else the analysts."""
    if row.service and (found := _with(Role.SERVICE_OWNER, day, row.service)):
        return found
    return _with(Role.ANALYST, day)


def _with(role: Role, day: dt.date, scope: str = "") -> list[models.Person]:
    held = models.Grant.objects.filter(role=role, scope=scope, ended=None, person__is_active=True)
    rows = held.select_related("person", "delegate_of__person").order_by("id")
    return list({each.person_id: each.person for each in rows if holds(each, day)}.values())


def _sides(row: models.Dispute, day: dt.date) -> list[models.Person]:
    raiser = models.Person.objects.filter(key=row.raiser, is_active=True)
    return [*raiser, *owners(row, day)]


def _tell(
    by: By, row: models.Dispute, people: Iterable[models.Person], once: str, what: str
) -> None:
    """Send a mail to each but who acts; what was typed and the amount stay in the portal."""
    text = (
        f"{what}: {row.number}, about statement {row.statement_id}.\n"
        f"An answer is due by {row.due.day} {row.due:%B %Y}.\n\n"
        f"Read it here: {mail.link(f'/disputes/{row.number}')}\n"
    )
    for person in people:
        if person.key != by.key and person.email:
            mail.send(
                by, person.email, f"{what}: {row.number}", text, kind="dispute",
                key=f"{row.number} {once} {person.key}",
            )  # fmt: skip
