"""What every page's frame shows: whose portal it is, who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from truecost.portal import areas
from truecost.portal.areas import Group, Section
from truecost.portal.rules import RIGHTS
from truecost.record.services import periods
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give the organisation's name, the person, the menu, and which acts they `may` at all.

    A context processor.
    """
    try:
        whose = periods.organisation()
        name, public = whose.name, whose.public_briefings
    except DatabaseError:
        name, public = (
            "",
            False,
        )  # the page of an error is drawn also where the record can't be read
    person = getattr(request, "user", None)
    signed_in = person if person is not None and person.is_authenticated else None
    rights = getattr(request, RIGHTS, None)
    may = [act for act in Act if rights is not None and rights.parts(act) != frozenset()]
    return {
        "organisation": name,
        "public_briefings": public,
        "person": signed_in,
        "may": {act.name for act in may},
        "menu": [(group, some) for group, some in _menu(may) if some],
    }


def _menu(may: Collection[Act]) -> Iterator[tuple[Group, list[Section]]]:
    shown = [each for each in areas.sections() if each.act in may]
    for group in Group:
        yield group, [each for each in shown if each.group is group]
