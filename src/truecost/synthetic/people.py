"""How many people work in each department, month by month."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from truecost.synthetic import staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.synthetic.world import World

# Helpers of the season, in thousandths of the people, from January on.
_SEASON = {
    "shop": (0, 0, 40, 120, 140, 110, 60, 40, 20, 10, 90, 140),
    "depot": (0, 10, 60, 140, 150, 110, 60, 30, 20, 20, 110, 130),
    "plant": (40, 60, 70, 40, 20, 0, 0, 0, 0, 0, 10, 20),
}
_NONE = (0,) * 12


@lru_cache(maxsize=2)
def heads(world: World) -> Mapping[tuple[str, int], int]:
    """Give the people of each department, by its id and the number of a month in which it exists.

    Where two departments become one, all who were there go along.
    """
    found: dict[tuple[str, int], int] = {}
    for unit in world.departments:
        people = 1000 * unit.people
        for month in world.months:
            people += people * unit.growth // 1000
            if not unit.exists(month.number):
                continue
            if unit.id == "group-it":
                found[unit.id, month.number] = len(staff.present(world, month.number))
                continue
            season = _SEASON.get(unit.kind, _NONE)[month.month - 1]
            moved = world.dice.roll(-6, 6, "people", unit.id, month.number)
            found[unit.id, month.number] = max(people * (1000 + season + moved) // 1_000_000, 1)
    _merge(found)
    return found


def _merge(found: dict[tuple[str, int], int]) -> None:
    """Take the people of the dealers of the South over to those of the North."""
    last = max(number for id_, number in found if id_ == "dealers-south")
    came = found["dealers-south", last]
    for (id_, number), people in found.items():
        if id_ == "dealers-north" and number > last:
            found[id_, number] = people + came
