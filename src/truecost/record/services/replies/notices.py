"""Who is told by mail of replies: people with an account only, and never what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record import models
from truecost.record.services import mail
from truecost.record.services.replies.states import State, standing, state_of

if TYPE_CHECKING:
    from truecost.record.services.acts import By


def waiting(by: By, row: models.Reply) -> None:
    """Tell who published or issued it that replies wait, once while any waits."""
    others = standing().filter(briefing=row.briefing, statement=row.statement).exclude(pk=row.pk)
    if any(state_of(each) is State.WAITING for each in others):
        return
    what = f"A reply to {_about(row)} waits to be looked at"
    _tell(by, row, _owner(row), what, "/replies")


def shown(by: By, row: models.Reply) -> None:
    """Tell who is answered, and who published or issued it, that a reply is there."""
    path = f"/{'briefings' if row.briefing_id else 'statements'}/{_about(row)}#{row.key}"
    answered = row.parent.writer if row.parent else ""
    for key in {answered, _owner(row)} - {"", row.writer}:
        what = f"{'Your reply was answered' if key == answered else 'A reply was written'}"
        _tell(by, row, key, f"{what}: {_about(row)}", path)


def _about(row: models.Reply) -> str:
    return row.briefing_id or row.statement_id or ""


def _owner(row: models.Reply) -> str:
    if row.briefing is not None:
        return row.briefing.author
    issue = row.statement.issue if row.statement else None
    return issue.actor if issue else ""


def _tell(by: By, row: models.Reply, key: str, what: str, path: str) -> None:
    person = models.Person.objects.filter(key=key, is_active=True).first() if key else None
    if person is None or not person.email or key == by.key:
        return
    text = f"{what}.\n\nRead it here: {mail.link(path)}\n"
    mail.send(by, person.email, what, text, kind="reply", key=f"{row.key} {what[:30]} {key}")
