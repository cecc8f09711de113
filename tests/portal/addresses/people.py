"""Somebody with a role, whom an administrator looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Grant
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, object], ...]]:
    person = issued.person(Role.AUDITOR, name="looked-at").person
    assert person is not None
    key: dict[str, object] = {"key": person.key}
    return {
        "person": (key,),
        "person_act": ({**key, "act": "grant"},),
        "grant_end": ({"number": Grant.objects.get(person=person).pk},),
    }
