"""A build that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.portal.jobs import builds
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, object], ...]]:
    number = builds.ask(issued.person(Role.ANALYST))
    return {"build": ({"number": number},)}
