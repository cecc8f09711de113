"""What the portal consists of: areas, each a package with addresses, rules, an entry in the menu.

An area's `urls` has `urlpatterns`, `RULES` (the act that somebody signed in must be allowed, by the
name of the address; None is for all) and, where the menu leads to it, `SECTION`, or `SECTIONS`.
`PUBLIC` names those that everybody gets to where the organisation's briefings are public.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
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
    "briefings",
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


class Group(StrEnum):
    """The parts of the menu, in their order, by what somebody comes for."""

    READ = "Read"
    DECIDE = "Decide"
    RUN = "Run"
    ADMINISTER = "Administer"


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu: its words, the name of its address, the act that shows it, its part."""

    words: str
    address: str
    act: Act
    group: Group = Group.READ


def urls_of(area: str) -> ModuleType:
    """Give the addresses of an area."""
    return import_module(f"truecost.portal.{area}.urls")


def rules() -> dict[str, Act | None]:
    """Give the rule of every address."""
    return {name: act for area in AREAS for name, act in urls_of(area).RULES.items()}


def public() -> frozenset[str]:
    """Give the addresses that everybody gets to where the organisation says so."""
    return frozenset().union(*(getattr(urls_of(area), "PUBLIC", ()) for area in AREAS))


def sections() -> tuple[Section, ...]:
    """Give the entries of the menu."""
    found: list[Section] = []
    for area in AREAS:
        urls = urls_of(area)
        one = getattr(urls, "SECTION", None)
        found += getattr(urls, "SECTIONS", ()) if one is None else (one,)
    return tuple(found)
