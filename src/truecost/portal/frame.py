"""What every page's frame shows: whose portal it is, who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from truecost.portal import areas
from truecost.portal.rules import RIGHTS
from truecost.record.services import periods

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give the organisation's name, the person, and the menu (a context processor)."""
    try:
        name = periods.organisation().name
    except DatabaseError:
        name = ""  # the page of an error is drawn also where the record can't be read
    person = getattr(request, "user", None)
    signed_in = person if person is not None and person.is_authenticated else None
    return {"organisation": name, "person": signed_in, "sections": _sections(request)}


def _sections(request: HttpRequest) -> list[areas.Section]:
    """Give the entries of the menu that the person may follow."""
    rights = getattr(request, RIGHTS, None)
    if rights is None:
        return []
    return [each for each in areas.sections() if rights.parts(each.act) != frozenset()]
