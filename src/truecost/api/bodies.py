"""Bodies as they are read: JSON in UTF-8 that says each key once, and text that can be kept."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ninja.parser import Parser

if TYPE_CHECKING:
    from django.http import HttpRequest

_DIGITS = 30
_NO_NUL = r"^[^\u0000]*$"
#: What says of a text already that it holds no NUL.
_TOLD = frozenset({"pattern", "enum", "const", "format"})


class Bodies(Parser):
    """Reads a body. Raises ValueError, which is told as 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read it."""
        try:
            return read(request.body)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None


def read(body: bytes) -> Any:
    """Read JSON. Raise ValueError for what is none, or says what no database can keep."""
    content = json.loads(
        body.decode(), parse_constant=_no_number, parse_float=_number, object_pairs_hook=_once
    )
    _check(content)
    return content


def keepable(text: str) -> bool:
    """Say whether a database can keep a text: PostgreSQL keeps no NUL, UTF-8 no half characters."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def say_keepable(document: dict[str, Any]) -> None:
    """Say in an OpenAPI document that texts of bodies hold no NUL, as reading them refuses it."""
    schemas = document["components"]["schemas"]
    waiting: list[Any] = [
        said["requestBody"]
        for methods in document["paths"].values()
        for said in methods.values()
        if "requestBody" in said
    ]
    seen: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        if not isinstance(value, dict):
            continue
        name = str(value.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            waiting.append(schemas[name])
        if value.get("type") == "string" and not value.keys() & _TOLD:
            value["pattern"] = _NO_NUL
        named = value.get("propertyNames")
        if isinstance(named, dict):
            named.setdefault("pattern", _NO_NUL)
        waiting += value.values()


def _check(content: Any) -> None:
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and not keepable(value):
            raise ValueError("a text holds a character that can't be kept")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object says a key twice")
    return found


def _number(text: str) -> int | float:
    """Read 250.0 as the whole number that it is (JSON Schema says so), by its digits."""
    value = Decimal(text)
    whole = value.adjusted() < _DIGITS and value == value.to_integral_value()
    return int(value) if whole else float(value)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
