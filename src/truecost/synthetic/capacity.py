"""What there is of machines and hands: capacities, beside what is used of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from truecost.synthetic.tables import table
from truecost.synthetic.use import total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World


class Installed(NamedTuple):
    """A capacity: of a service, the driver that holds it, who bears what is idle, and how much.

    `spare` is in thousandths of the use of the first month of each half year, in which machines
    are installed; for hands `hired` says how many units they can do.
    """

    service: str
    driver: str
    unused: str
    spare: int = 0
    hired: int = 0


INSTALLED = (
    Installed("virtual-machines", "installed machine hours", "to group-it", spare=1160),
    Installed(
        "service-desk",
        "tickets that the desk can take",
        "{ keep_apart: idle hands at the desk, owner: Head of Platforms }",
        hired=3500,
    ),
)
_HALF = 6


def of(world: World, one: Installed, number: int) -> int:
    """Give a capacity in a month."""
    begun = number // _HALF * _HALF
    return one.hired + total(world, one.service, begun) * one.spare // 1000


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give the capacities of each month."""
    yield "data/drivers/capacity.csv", table(
        ("period", "target", *(one.driver for one in INSTALLED)),
        (
            (
                month.label, mine.service,
                *(str(of(world, one, month.number)) if one is mine else "" for one in INSTALLED),
            )
            for month in world.months
            for mine in INSTALLED
        ),
    )  # fmt: skip
