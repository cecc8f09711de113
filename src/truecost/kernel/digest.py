"""Hashes that mean the same on every machine.

A value is written as canonical JSON (sorted keys, no spaces, UTF-8; Decimal, Fraction and dates as
text, dataclasses as objects, or as their `as_plain` says) and hashed with SHA-256. Floats are
refused: nothing that is hashed here may depend on how a machine prints them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache, partial
from operator import attrgetter, methodcaller
from types import NoneType
from typing import TYPE_CHECKING, Any

from truecost.kernel.calendars import Calendar, Period
from truecost.kernel.days import Days

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_CHUNK = 1 << 20


def canonical(value: Any) -> str:
    """Write a value as canonical JSON. Raise TypeError for floats and unknown types."""
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    return _writer(kind)(value)


@cache
def _writer(kind: type[Any]) -> Callable[[Any], Any]:
    """Give what makes values of a type plain. Raise TypeError for a type that can't be hashed."""
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, NoneType | bool | int | str):
        return _itself
    if issubclass(kind, Decimal | Fraction | dt.date):
        return _text
    if issubclass(kind, Calendar | Days | Period):
        return methodcaller("as_plain")
    if dataclasses.is_dataclass(kind):
        return partial(_of_fields, tuple(field.name for field in dataclasses.fields(kind)))
    if issubclass(kind, dict):
        return lambda value: {str(key): _plain(entry) for key, entry in value.items()}
    if issubclass(kind, list | tuple):
        return lambda value: [_plain(entry) for entry in value]
    if issubclass(kind, set | frozenset):
        return lambda value: sorted(_plain(entry) for entry in value)
    raise TypeError(f"{kind.__name__} can't be hashed")


def _itself(value: Any) -> Any:
    return value


def _of_fields(names: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in names}


def _text(value: Decimal | Fraction | dt.date) -> str:
    """Write every digit, without zeros at the end and without `-0`; no context can round it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value)
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def of(value: Any) -> str:
    """Give the SHA-256 of a value's canonical JSON, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def of_file(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def seal(content: Mapping[str, Any]) -> str:
    """Hash what carries its own hash, as `sha256`: all of it but that."""
    return of({key: value for key, value in content.items() if key != "sha256"})
