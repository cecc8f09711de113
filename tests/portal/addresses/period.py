"""A period that is issued, a build that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.portal.jobs import builds
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

_OF_PERIOD = (
    "room", "decide", "close", "reopen", "rejects", "reconciliation", "issue", "issue_start",
    "journal", "journal_post", "journal_reverse",
)  # fmt: skip


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, object], ...]]:
    number = builds.ask(issued.person(Role.ANALYST))
    period: dict[str, object] = {"label": "2026-01"}
    return {
        "build": ({"number": number},),
        **dict.fromkeys(_OF_PERIOD, (period,)),
        "issuing": ({**period, "number": number},),
        "journal_download": ({**period, "sequence": 1, "form": "csv"},),
    }
