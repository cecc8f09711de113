"""Statements of the reader's own part, and of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Statement

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(_issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    both = [Statement.objects.get(consumer=each).number for each in ("sales", "factory")]
    line = tuple({"number": number} for number in both)
    parts = ("figure", "counts", "peers", "compare", "later", "acts", "less")
    return {
        **{f"statement_{part}": line for part in parts},
        "statement": tuple({"number": number} for number in both),
        "document": tuple({"number": number, "form": "pdf"} for number in both),
    }
