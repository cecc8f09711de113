"""How quantities, percents and lists are said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.statements import locale

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

_SPACE = "\N{NO-BREAK SPACE}"
_UNCOUNTED = re.compile(r".*[\d%/)].*|[A-Z]+|.*[A-Z]{2}")


def percent(value: Decimal, *, sign: bool = False) -> str:
    """Give `4.6 %`, `−4.6 %`; with `sign`, `+4.6 %`."""
    mark = "+" if sign and value > 0 else ""
    return f"{mark}{locale.number(value)}{_SPACE}%"


def number(value: Decimal) -> str:
    """Give a quantity as people read it, without needless zeros: `1,204`, `0.5`."""
    return locale.number(value.normalize() + 0)


def plural(unit: str, value: Decimal) -> str:
    """Give a unit of measure for so many: `device`, `devices`, `connected people`."""
    if value == 1 or not unit or _UNCOUNTED.fullmatch(unit.rpartition(" ")[2]):
        return unit
    if unit.endswith("person"):
        return f"{unit.removesuffix('person')}people"
    if unit.endswith(("people", "s")) and not unit.endswith("ss"):
        return unit
    if unit.endswith(("ss", "x", "ch", "sh")):
        return f"{unit}es"
    if unit.endswith("y") and unit[-2:-1] not in "aeiou":
        return f"{unit[:-1]}ies"
    return f"{unit}s"


def counted(value: Decimal, unit: str) -> str:
    """Give a quantity with its unit: `1,204 devices`."""
    return f"{number(value)} {plural(unit, value)}".rstrip()


def unit_cost(value: Decimal, currency: str) -> str:
    """Give a unit cost, which may be finer than the currency: `£0.0034`."""
    return locale.unit_cost(value, currency)


def joined(parts: Sequence[str]) -> str:
    """Give `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:  # noqa: PLR2004 - one thing needs no `and`
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """Give a text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
