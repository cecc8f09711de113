"""The model's catalogue: services, consumers, towers, as text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from truecost.synthetic.staff import teams
from truecost.synthetic.units import ALWAYS
from truecost.synthetic.world import LABEL, month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.units import Unit
    from truecost.synthetic.world import World

HEAD = f"# {LABEL}.\n"
#: Services that are not simply charged.
_CHARGED = {
    "intranet": ("  charging: { how: central, funded_by: group-it }",),
    "security-operations": ("  charging: central",),
    "password-safe": ("  charging:", "    - { how: show, valid: { to: 2025-03 } }"),
}
_PLAIN = re.compile(r"[^\W\d_](?:[\w .&/%()'-]*[\w).])?")
_WORDS = {"yes", "no", "true", "false", "on", "off", "null"}


def word(text: str) -> str:
    """Write a text as YAML, quoted where it must be."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def valid(span: tuple[int, int]) -> str:
    """Write from when to when, or nothing where it is always."""
    first = [f"from: {month(span[0]).label}"] if span[0] != ALWAYS[0] else []
    last = [f"to: {month(span[1]).label}"] if span[1] != ALWAYS[1] else []
    return f"{{ {', '.join((*first, *last))} }}" if first or last else ""


def services(world: World) -> str:
    """Write services.yaml."""
    lines = [HEAD + "# What IT gives: platforms that all stands on, the workplace, applications."]
    for one in world.services:
        lines += [
            f"{one.id}:",
            f"  name: {word(one.name)}",
            f"  owner: {one.owner}",
            f"  tower: {one.tower}",
            f"  unit: {one.unit}",
            f"  behaviour: {one.behaviour}",
        ]
        if valid(one.span):
            lines.append(f"  valid: {valid(one.span)}")
        lines += _CHARGED.get(one.id, ())
    return "\n".join((*lines, ""))


def consumers(world: World) -> str:
    """Write consumers.yaml: the tree of units."""
    lines = [
        HEAD + "# Who is charged: departments, in a tree. Lines of its cost centre are its own.",
        "group:",
        "  name: Larkwhistle Group",
        "  consumers:",
    ]  # fmt: skip
    for unit in world.units:
        pad = "    " * len(unit.path)
        facts = (f"name: {word(unit.name)}", f"head: {unit.head}", *_more(unit))
        lines += [f"{pad}{unit.id}:", *(f"{pad}  {fact}" for fact in facts)]
    return "\n".join((*lines, ""))


def _more(unit: Unit) -> Iterator[str]:
    if not unit.kind:
        yield "consumers:"
        return
    yield f"where: cost_centre = '{unit.centre}'"
    if valid(unit.span):
        yield f"valid: {valid(unit.span)}"


def towers(world: World) -> str:
    """Write towers.yaml: those that teams and services stand in."""
    names = {team.tower for team in teams()} | {one.tower for one in world.services}
    return HEAD + "".join(f"- {name}\n" for name in sorted(names))
