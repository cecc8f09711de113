"""A service and a consumer of the reader's own, and others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(_issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    return {
        "service": ({"service": "workplace"}, {"service": "network"}),
        "consumer": ({"consumer": "sales"}, {"consumer": "factory"}),
    }
