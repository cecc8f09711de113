"""What somebody reads of replies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from truecost.record.services.permissions import Act
from truecost.record.services.replies.states import State, about, standing, state_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from truecost.record import models
    from truecost.record.services.acts import By
    from truecost.record.services.replies.states import About

#: Which replies of `standing` are in a state.
_STATES: Mapping[State, Q] = {
    State.WAITING: Q(("verdict", None), held=True),
    State.SHOWN: Q(("verdict", True)) | Q(("verdict", None), held=False),
    State.HIDDEN: Q(("verdict", False)),
}


@dataclass(frozen=True, slots=True)
class Post:
    """A reply as readers see it: `name` and `text` are None where they were erased or hidden.

    `speaks` marks who speaks for what it is about; `mine` is of who reads.
    """

    key: str
    depth: int
    name: str | None
    text: str | None
    moment: dt.datetime
    speaks: bool
    mine: bool
    state: State
    answers: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply as a moderator sees it: also the e-mail address, None where it was erased."""

    row: models.Reply
    name: str | None
    email: str | None
    text: str | None
    state: State
    why: str

    @property
    def about(self) -> str:
        """The number of the briefing or statement."""
        return self.row.briefing_id or self.row.statement_id or ""


def thread(by: By, on: About) -> list[Post]:
    """Give the replies to what somebody reads already, in their order, answers under each.

    What waits is given to its writer and to who moderates; what is hidden, only as a place where
    shown answers hang.
    """
    moderates = by.rights.may(Act.MODERATE)
    below: dict[int | None, list[Any]] = {}
    for row in standing().filter(**about(on)):
        below.setdefault(row.parent_id, []).append(row)

    def made(row: Any) -> Post | None:
        answers = tuple(each for child in below.get(row.pk, ()) if (each := made(child)))
        state, mine = state_of(row), bool(by.key) and row.writer == by.key
        seen = state is State.SHOWN or (state is State.WAITING and (mine or moderates))
        if not seen and not answers:
            return None
        said = _said(row) if seen else {}
        return Post(
            row.key, row.depth, said.get("name"), said.get("text"), row.moment, row.speaks, mine,
            state, answers,
        )  # fmt: skip

    return [each for row in below.get(None, ()) if (each := made(row))]


def to_look_at(by: By, state: State = State.WAITING, most: int = 200) -> list[Entry]:
    """Give the replies in a state to who moderates: what waits the oldest first."""
    by.need(Act.MODERATE)
    found = standing().filter(_STATES[state])
    found = found.order_by("pk" if state is State.WAITING else "-pk")
    return [_entry(each) for each in found[:most]]


def waiting(by: By) -> int:
    """Say how many replies wait to be looked at by who moderates; to others none."""
    if not by.rights.may(Act.MODERATE):
        return 0
    return standing().filter(_STATES[State.WAITING]).count()


def one(by: By, key: str) -> Entry | None:
    """Give a reply to who moderates; None where there is none."""
    by.need(Act.MODERATE)
    row = standing().filter(key=key).first()
    return _entry(row) if row else None


def _entry(row: Any) -> Entry:
    said, state = _said(row), state_of(row)
    why = ""
    if state is State.HIDDEN:
        why = row.verdicts.order_by("-ordinal").values_list("why", flat=True)[0]
    return Entry(row, said.get("name"), said.get("email"), said.get("text"), state, why)


def _said(row: Any) -> dict[str, str]:
    kept = getattr(row.event, "personal", None)
    return {} if kept is None else json.loads(kept.content)
