"""A token that is not there: one that is would be revoked by the first who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(_issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    return {"token_revoke": ({"number": "1000000"},)}
