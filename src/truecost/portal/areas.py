"""What the portal consists of: areas, each a package with addresses, rules, an entry in the menu.

An area's `urls` has `urlpatterns`, `RULES` (the act that somebody signed in must be allowed, by the
name of the address; None is for all) and, where the menu leads to it, `SECTION`, or `SECTIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from truecost.record.services.permissions import Act

#: The packages in `portal` that are areas, in the order of the menu.
AREAS = (
    "statements",
    "overview",
    "trees",
    "flow",
    "model",
    "disputes",
    "period",
    "people",
    "events",
    "subscriptions",
    "hooks",
    "account",
    "tokens",
    "watch",
)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu: its words, the name of its address, and the act that shows it."""

    words: str
    address: str
    act: Act


def urls_of(area: str) -> ModuleType:
    """Give the addresses of an area."""
    return import_module(f"truecost.portal.{area}.urls")


def rules() -> dict[str, Act | None]:
    """Give the rule of every address."""
    return {name: act for area in AREAS for name, act in urls_of(area).RULES.items()}


def sections() -> tuple[Section, ...]:
    """Give the entries of the menu."""
    found: list[Section] = []
    for area in AREAS:
        urls = urls_of(area)
        one = getattr(urls, "SECTION", None)
        found += getattr(urls, "SECTIONS", ()) if one is None else (one,)
    return tuple(found)
