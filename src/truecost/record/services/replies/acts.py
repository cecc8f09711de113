"""Acts on replies: each is one transaction, with an event; doing it twice does it once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import UsageError
from truecost.record import models
from truecost.record.services import briefings, events, mail, papers, periods
from truecost.record.services.acts import By, acting
from truecost.record.services.disputes.acts import branches, said_text
from truecost.record.services.permissions import Act, rights_of
from truecost.record.services.replies import notices
from truecost.record.services.replies.states import State, about, standing, state_of, subject
from truecost.statements.views import StatementView

if TYPE_CHECKING:
    from truecost.record.services.replies.states import About

#: An answer to an answer is answered beside it.
DEEPEST = 2
_NAME, _KEY = 100, 64


def write(
    by: By, on: About, text: str, *, key: str, name: str = "", email: str = "", parent: str = ""
) -> tuple[models.Reply, State]:
    """Reply to a briefing or a statement, or to a reply (`parent`); give it, and how it stands.

    Who is signed in replies under the name and address of their account, a visitor under what they
    say. The same `key` of the same writer gives what was written. Raise UsageError for what is
    lacking, DeniedError for who may not read or reply.
    """
    _need_reply(by, on)
    said = said_text(text)
    if not 0 < len(key) <= _KEY:
        raise UsageError(f"the key of a request has 1 to {_KEY} characters")
    called, address = _writer(by, name, email)
    own = speaks(by, on)
    request = _hash(by.key or address, on.pk, key)
    with acting():
        _hold(on)
        if there := standing().filter(request=request).first():
            return there, state_of(there)
        if isinstance(on, models.Briefing) and hasattr(on, "withdrawal"):
            raise UsageError(f"{on.number} was withdrawn: nothing is replied to it any more")
        above = _parent(on, parent)
        held = not (own or by.rights.may(Act.MODERATE) or _known(by))
        new = models.Reply(
            **about(on), parent=above, depth=above.depth + 1 if above else 0, writer=by.key,
            held=held, speaks=own, moment=by.now, request=request,
        )  # fmt: skip
        after = {"about": on.pk, "parent": above.key if above else "", "held": held, "speaks": own}
        personal = {"name": called, "email": address, "text": said}
        new.event = events.record(
            by, events.REPLIED, subject(new), after=after, personal=personal, about=by.person
        )
        new.save(force_insert=True)
        if held:
            notices.waiting(by, new)
        else:
            notices.shown(by, new)
    return new, State.WAITING if held else State.SHOWN


def approve(by: By, row: models.Reply) -> None:
    """Let a reply be shown; approving what is shown changes nothing."""
    by.need(Act.MODERATE)
    _decide(by, row, State.SHOWN, "")


def hide(by: By, row: models.Reply, why: str) -> None:
    """Hide a reply for a reason, which stands for good; hiding what is hidden changes nothing."""
    by.need(Act.MODERATE)
    _decide(by, row, State.HIDDEN, periods.said_why(why))


def speaks(by: By, on: About) -> bool:
    """Whether somebody speaks for what is replied to: its author, who issued it, who answers."""
    if by.person is None:
        return False
    if isinstance(on, models.Briefing):
        return by.key == on.author
    if on.issue is not None and by.key == on.issue.actor:
        return True
    parts = rights_of(by.person, by.day).parts(Act.ANSWER)
    if not parts:
        return parts is None
    view = papers.restored(on)
    objects = [line.object for line in view.lines] if isinstance(view, StatementView) else []
    return not parts.isdisjoint(each.removeprefix("service ") for each in objects)


def _need_reply(by: By, on: About) -> None:
    if isinstance(on, models.Statement):
        by.need(Act.READ_STATEMENTS, branches(on))
    elif not briefings.may_read(by):
        by.need(Act.READ_BRIEFINGS)
    elif by.person is None:
        return
    by.need(Act.REPLY)


def _writer(by: By, name: str, email: str) -> tuple[str, str]:
    person = by.person
    called = mail.one_line((person.name if person else "") or name)
    address = (person.email if person else "") or email
    if not called:
        raise UsageError("say your name")
    if len(called) > _NAME:
        raise UsageError(f"the name has {len(called)} characters; {_NAME} are kept")
    if not address.strip():
        raise UsageError("say your e-mail address")
    return called, mail.address_of(address)


def _hold(on: About) -> None:
    """Lock what is replied to: nobody writes the same at once."""
    if isinstance(on, models.Briefing):
        models.Briefing.objects.select_for_update().get(pk=on.pk)
    else:
        periods.locked(on.period_id)


def _parent(on: About, key: str) -> models.Reply | None:
    if not key:
        return None
    row: Any = standing().filter(key=key, **about(on)).first()
    if row is None or state_of(row) is not State.SHOWN:
        raise UsageError("what you answer is not there any more")
    if row.depth >= DEEPEST:
        raise UsageError("answer the reply above: threads are three deep")
    found: models.Reply = row
    return found


def _known(by: By) -> bool:
    """Whether a reply of who is signed in is shown already."""
    if by.person is None:
        return False
    return any(state_of(each) is State.SHOWN for each in standing().filter(writer=by.key))


def _decide(by: By, row: models.Reply, state: State, why: str) -> None:
    with acting():
        models.Reply.objects.select_for_update().get(pk=row.pk)
        now = standing().get(pk=row.pk)
        before = state_of(now)
        if before is state:
            return
        event = events.record(
            by, f"reply {'approved' if state is State.SHOWN else 'hidden'}", subject(row),
            before={"state": before}, after={"state": state, "why": why},
        )  # fmt: skip
        models.Verdict.objects.create(
            reply=row, ordinal=now.verdicts.count() + 1, shown=state is State.SHOWN, why=why,
            actor=by.key, moment=by.now, event=event,
        )  # fmt: skip
        if state is State.SHOWN:
            notices.shown(by, row)


def _hash(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
