"""Whether replies are what events say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.record import models
from truecost.record.services import events
from truecost.record.services.replies.states import State, subject

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECIDED = ("reply approved", "reply hidden")


def agreed() -> Iterator[Finding]:
    """Compare every reply and every decision with its event."""
    rows = models.Reply.objects.select_related("event", "parent").order_by("pk")
    for row in rows:
        said = {
            "about": row.briefing_id or row.statement_id, "held": row.held, "speaks": row.speaks,
            "parent": row.parent.key if row.parent else "",
        }  # fmt: skip
        told = (row.event.kind, row.event.subject, row.event.actor, json.loads(row.event.after))
        if told != (events.REPLIED, subject(row), row.writer, said):
            yield Finding(None, f"reply {row.key} is not as it was written")
    if models.Event.objects.filter(kind=events.REPLIED).count() != len(rows):
        yield Finding(None, "replies are gone that events tell of")
    verdicts = models.Verdict.objects.select_related("event", "reply")
    for each in verdicts:
        state = State.SHOWN if each.shown else State.HIDDEN
        told = (each.event.kind, each.event.subject, each.event.actor, json.loads(each.event.after))
        kind = _DECIDED[0 if each.shown else 1]
        if told != (kind, subject(each.reply), each.actor, {"state": state, "why": each.why}):
            yield Finding(None, f"reply {each.reply.key} was not decided as events say")
    if models.Event.objects.filter(kind__in=_DECIDED).count() != len(verdicts):
        yield Finding(None, "decisions of replies are gone that events tell of")
