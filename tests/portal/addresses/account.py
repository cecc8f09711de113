"""An invitation that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(_issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    return {"welcome": ({"token": "x"},)}
