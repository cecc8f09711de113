"""What departments post themselves: mostly not technology, some of it bought beside IT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.people import heads
from truecost.synthetic.postings import Posting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World

# account, text, whole units for each person, suppliers
_COSTS = (
    ("5010", "Payroll", 2750, ("",)),
    ("6010", "Rent and energy", 240, ("Barrow Estates", "Hearth Energy")),
    ("6110", "Travel", 62, ("Wayfarer Travel", "Milestone Hotels")),
    ("5040", "Courses", 21, ("Chalk & Slate",)),
)
_OF_KIND = {
    "plant": ("6310", "Timber, steel and paint", 1900, ("Rowan Timber", "Ironbridge Steel")),
    "shop": ("6210", "Leaflets and windows", 74, ("Broadside Print",)),
    "depot": ("6410", "Freight", 830, ("Carter & Wain",)),
    "lab": ("6310", "Material of the laboratory", 210, ("Retort Supplies",)),
    "office": ("6210", "Advertising", 130, ("Broadside Print", "Town Crier Media")),
}
_BOUGHT = (
    ("Sketchbarn", 4900), ("Formhive", 2400), ("Boardwalk Tasks", 3100), ("Quickpoll", 900),
    ("Pixel Pantry", 5600), ("Chartwright", 7200), ("Notekeep", 1500),
)  # fmt: skip


def postings(world: World) -> Iterator[Posting]:
    """Post what each department spends, and the technology that it buys itself."""
    for unit in world.departments:
        if unit.id == "group-it":
            continue
        for month in world.months:
            people = heads(world).get((unit.id, month.number))
            if people is None:
                continue
            for account, text, each, suppliers in (*_COSTS, _OF_KIND[unit.kind]):
                key = (account, unit.id, month.number)
                amount = world.dice.about(people * each * 100, 90, *key)
                yield Posting(
                    month.number, month.day(world.dice.roll(3, 28, "day", *key)), unit.company,
                    account, unit.centre, "", world.dice.one(suppliers, *key),
                    f"{unit.centre}-{account}-{month.number + 1:02}",
                    f"{text} {month.label}", amount,
                )  # fmt: skip
            for supplier, price in _BOUGHT:
                begins = world.dice.roll(-30, 60, "begins", supplier, unit.id)
                if unit.kind not in {"office", "lab"} or not begins <= month.number:
                    continue
                seats = 1 + people * world.dice.roll(20, 260, "seats", supplier, unit.id) // 1000
                yield Posting(
                    month.number, month.day(6), unit.company, "5130", unit.centre, "", supplier,
                    f"CARD-{unit.centre}-{month.number + 1:02}", f"{supplier}, {seats} seats",
                    seats * price,
                )  # fmt: skip
