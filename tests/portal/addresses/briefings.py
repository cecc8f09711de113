"""A briefing with a reply, a draft that is the leader's, statements of own and other parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Statement
from truecost.record.services import briefings, replies
from truecost.record.services.briefings import Text
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    leader = issued.person(Role.LEADER)
    draft = briefings.begin(leader, Text("What IT costs", "Seats **fall**."))
    row = briefings.publish(leader, draft.key, briefings.hash_of(draft))
    head = issued.person(Role.DEPARTMENT_HEAD, "sales", name="replies")
    reply, _ = replies.write(head, row, "Why?", key="a")
    mine = briefings.begin(leader, Text("The next one", "Storage."))
    both = [Statement.objects.get(consumer=each, kind="statement").number
            for each in ("sales", "factory")]  # fmt: skip
    of = ({"number": row.number},)
    return {
        **dict.fromkeys(
            ("briefing", "briefing_reply", "briefing_correct", "briefing_withdraw"), of
        ),
        **dict.fromkeys(
            ("briefing_draft", "briefing_preview", "briefing_publish", "briefing_discard"),
            ({"key": mine.key},),
        ),
        "statement_reply": tuple({"number": each} for each in both),
        "reply": ({"key": reply.key},),
        "reply_decide": ({"key": reply.key, "act": "hide"},),
    }
