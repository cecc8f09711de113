"""Lists in parts: a cursor names the last row that was given, so nothing is missed."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Q

from truecost.api.answers import InvalidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet

M = TypeVar("M", bound="Model")
MOST = 200
USUAL = 50
LONGEST = 400


def part(
    rows: QuerySet[M], order: Sequence[tuple[str, type]], cursor: str, limit: int
) -> tuple[list[M], str | None]:
    """Give rows after a cursor, and the cursor of what follows.

    `order` names fields that together are unique, "-" before those that go down, each with the type
    of its values. Raise InvalidError for a cursor that was not given out here.
    """
    names = [name for name, _ in order]
    if cursor:
        rows = rows.filter(_after(names, _read(cursor, [kind for _, kind in order])))
    found = list(rows.order_by(*names)[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], _written([getattr(last, name.lstrip("-")) for name in names])


def _after(names: Sequence[str], values: Sequence[Any]) -> Q:
    """Give the condition that a row stands after one: by the first field, else by the next."""
    after = Q()
    same = Q()
    for name, value in zip(names, values, strict=True):
        field, way = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        after |= same & Q(**{f"{field}__{way}": value})
        same &= Q(**{field: value})
    return after


def _written(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(cursor: str, kinds: Sequence[type]) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        raise InvalidError("query/cursor", "this is no cursor that a page gave") from None
    whole = isinstance(values, list) and len(values) == len(kinds)
    if not whole or any(type(value) is not kind for value, kind in zip(values, kinds, strict=True)):
        raise InvalidError("query/cursor", "this is no cursor of this list")
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        raise InvalidError("query/cursor", "this is no cursor of this list")
    return list(values)
