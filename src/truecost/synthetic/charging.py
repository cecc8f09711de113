"""What charging itself costs: hours, and disputes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.model_catalogue import HEAD
from truecost.synthetic.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World

_RATE = ("54.20", "56.00")


def costs(_: World) -> str:
    """Write charging_costs.yaml."""
    return HEAD + "file: data/charging.csv\n"


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give the hours of each month; disputes follow what made bills move."""
    rows = []
    for month in world.months:
        rate = _RATE[month.number // 12]
        made = 4 * world.dice.roll(26, 34, "statements", month.number)
        rows.append((month.label, "preparing statements", f"{made // 4}", rate, ""))
        disputes = world.dice.roll(0, 3, "disputes", month.number)
        disputes += 5 * (month.number in {8, 9, 13, 14})  # the incident, and the order hub
        if disputes:
            hours = disputes * world.dice.roll(2, 6, "hours of disputes", month.number)
            rows.append((month.label, "answering disputes", str(hours), rate, str(disputes)))
    yield "data/charging.csv", table(("period", "activity", "hours", "rate", "disputes"), rows)
