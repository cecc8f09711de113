"""What every page's frame shows: whose portal it is, who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from truecost.record.services import periods

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give the organisation's name and the person (a context processor)."""
    try:
        name = periods.organisation().name
    except DatabaseError:
        name = ""  # the page of an error is drawn also where the record can't be read
    person = getattr(request, "user", None)
    signed_in = person if person is not None and person.is_authenticated else None
    return {"organisation": name, "person": signed_in}
