"""A link that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(_issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    return {"subscription_confirm": ({"token": "x"},), "subscription_end": ({"token": "x"},)}
