"""A journal as plain values, to be kept when it is posted, and made whole again from them."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from truecost.kernel.calendars import Calendar
from truecost.statements.journal import Journal, Posting, Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping


def recorded(made: Journal) -> dict[str, Any]:
    """Give a journal as texts, whole numbers and lists; amounts are minor units."""
    content = asdict(made)
    content["period"] = made.period.index
    if not made.period.calendar.plain:
        content["calendar"] = made.period.calendar.as_plain()
    content["dated"] = made.dated.isoformat()
    if not made.documents:
        del content["documents"]
    return content


def restored(content: Mapping[str, Any]) -> Journal:
    """Make a journal of what `recorded` gave."""
    known = {each.name: content[each.name] for each in fields(Journal) if each.name in content}
    calendar = Calendar.made(content.get("calendar") or {"begins": 1})
    known["period"] = calendar.period(content["period"])
    known["dated"] = date.fromisoformat(content["dated"])
    known["entities"] = tuple((id_, name) for id_, name in content["entities"])
    known["documents"] = tuple(content.get("documents", ()))
    known["transactions"] = tuple(_transaction(each) for each in content["transactions"])
    return Journal(**known)


def _transaction(content: Mapping[str, Any]) -> Transaction:
    postings = tuple(Posting(**each) for each in content["postings"])
    return Transaction(**{**content, "postings": postings})
