"""How a reply stands, and what it is about."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery

from truecost.record import models

if TYPE_CHECKING:
    from django.db.models import QuerySet

    About = models.Briefing | models.Statement


class State(StrEnum):
    """Whether readers see a reply."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


def standing() -> QuerySet[models.Reply, Any]:
    """Give all replies, in the order of their writing, with the last decision of each: `verdict`.

    With what is personal of them, where it is not erased.
    """
    last = models.Verdict.objects.filter(reply=OuterRef("pk")).order_by("-ordinal")
    return (
        models.Reply.objects.annotate(verdict=Subquery(last.values("shown")[:1]))
        .select_related("event__personal")
        .order_by("pk")
    )


def state_of(row: Any) -> State:
    """Say how a reply of `standing` stands."""
    if row.verdict is None:
        return State.WAITING if row.held else State.SHOWN
    return State.SHOWN if row.verdict else State.HIDDEN


def about(on: About) -> dict[str, Any]:
    """Give the columns that say what a reply is about."""
    if isinstance(on, models.Briefing):
        return {"briefing": on, "statement": None}
    return {"briefing": None, "statement": on}


def subject(row: models.Reply) -> str:
    """Give what events call a reply."""
    return f"reply {row.key}"
