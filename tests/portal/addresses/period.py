"""A period that is issued, a build that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.portal.jobs import builds, months
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

_OF_PERIOD = (
    "room", "decide", "close", "reopen", "rejects", "unmapped", "reconciliation", "issue",
    "issue_start", "journal", "journal_post", "journal_reverse", "journal_credits",
)  # fmt: skip


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, object], ...]]:
    analyst = issued.person(Role.ANALYST)
    number = builds.ask(analyst)
    job = months.ask_close(analyst, "2026-01", history=False)
    period: dict[str, object] = {"label": "2026-01"}
    return {
        "build": ({"number": number},),
        **dict.fromkeys(_OF_PERIOD, (period,)),
        "sign_off": (
            {**period, "service": "workplace"},
            {**period, "service": "network"},
        ),
        "month_job": ({**period, "number": job},),
        "issuing": ({**period, "number": number},),
        "journal_download": ({**period, "sequence": 1, "form": "csv"},),
    }
