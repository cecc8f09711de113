"""What was bought to last: the register of assets, purchases, depreciation, disposals."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from truecost.synthetic.postings import Posting
from truecost.synthetic.tables import table
from truecost.synthetic.use import total
from truecost.synthetic.world import major
from truecost.synthetic.world import month as month_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World

# what, cost centre, life in months, price of one in whole units, the service that is counted
_DEVICES = (
    ("Laptops", "IT-100", 48, 1080, "laptop"),
    ("Desk computers and tills", "IT-100", 60, 740, "desktop"),
    ("Hand-held scanners", "IT-105", 36, 890, "handheld"),
)
# what, cost centre, life, whole units of a lot, and how many months lie between lots
_LOTS = (
    ("Servers", "IT-200", 60, 164_000, 4),
    ("Disks", "IT-210", 60, 118_000, 6),
    ("Switches and access points", "IT-300", 84, 93_000, 7),
    ("Equipment of rooms", "IT-115", 60, 31_000, 9),
    ("Cooling and power", "IT-220", 120, 76_000, 12),
)
_HEAD = (
    "asset", "name", "cost centre", "in service", "cost", "life in months", "disposed", "proceeds",
)  # fmt: skip
_BEFORE = 36  # months before the first, in which what is on the opening register was bought


class Asset(NamedTuple):
    """A lot on the register; `month` is the number of that in which it went into service.

    `cost` is in pence. `disposed` is the number of the month in which it went, or none; then
    `proceeds` is what it brought.
    """

    id: str
    name: str
    centre: str
    month: int
    cost: int
    life: int
    disposed: int | None = None
    proceeds: int = 0

    def written_off(self, number: int) -> int:
        """Give what has been depreciated by the end of a month, in pence, exactly in the end."""
        last = number if self.disposed is None else min(number, self.disposed - 1)
        months = min(max(last - self.month + 1, 0), self.life)
        return self.cost * months // self.life


@lru_cache(maxsize=2)
def register(world: World) -> tuple[Asset, ...]:
    """Give all assets, in the order in which they were bought."""
    found: list[Asset] = []
    for number in range(-_BEFORE, len(world.months)):
        for what, centre, life, price, service in _DEVICES:
            in_use = total(world, service, number)
            grown = in_use - total(world, service, number - 1)
            lot = max(grown, 0) + world.dice.about(in_use, 200, "lot", service, number) // life
            dear = price * 100 * (1000 + 25 * max(number, 0) // 12) // 1000
            sold = service == "desktop" and number == -20  # noqa: PLR2004  of the rental shops
            found.append(
                Asset(
                    f"A{10001 + len(found)}",
                    f"{what}, {lot} pieces",
                    centre,
                    number,
                    lot * dear,
                    life,
                    18 if sold else None,
                    310_000 if sold else 0,
                )
            )
        for at, (what, centre, life, amount, every) in enumerate(_LOTS):
            if (number + at) % every == 0:
                cost = world.dice.about(amount * 100, 120, "lot", what, number)
                found.append(Asset(f"A{10001 + len(found)}", what, centre, number, cost, life))
    return tuple(found)


def lives() -> tuple[tuple[str, int], ...]:
    """Give for how many months each kind of equipment lasts."""
    return tuple((what, life) for what, _, life, *_ in (*_DEVICES, *_LOTS))


def postings(world: World) -> Iterator[Posting]:
    """Post purchases, and each month the depreciation of all that is there, by cost centre."""
    for asset in register(world):
        if asset.month >= 0:
            month = world.months[asset.month]
            yield Posting(
                month.number, month.day(15), "uk", "0520", asset.centre, "", "Plumb Line Hardware",
                asset.id, asset.name, asset.cost,
            )  # fmt: skip
    for month in world.months:
        for centre, amount in sorted(depreciation(world, month.number).items()):
            yield Posting(
                month.number, month.day(31), "uk", "5810", centre, "", "",
                f"DEP-{month.label}", f"Depreciation {month.label}", amount,
            )  # fmt: skip
        for asset in register(world):
            if asset.disposed == month.number:
                lost = asset.cost - asset.written_off(month.number) - asset.proceeds
                yield Posting(
                    month.number, month.day(20), "uk", "5820", asset.centre, "", "", asset.id,
                    f"Disposal: {asset.name}", lost,
                )  # fmt: skip


def depreciation(world: World, number: int) -> dict[str, int]:
    """Give the depreciation of a month by cost centre, in pence."""
    found: dict[str, int] = defaultdict(int)
    for asset in register(world):
        amount = asset.written_off(number) - asset.written_off(number - 1)
        if amount:
            found[asset.centre] += amount
    return found


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give the register, and of it what is older than the ledgers."""
    assets = register(world)
    yield "data/assets/register.csv", table(_HEAD, map(_row, assets))
    yield (
        "data/assets/opening.csv",
        table((*_HEAD, "account"), ((*_row(asset), "0520") for asset in assets if asset.month < 0)),
    )


def _row(asset: Asset) -> tuple[str, ...]:
    gone = "" if asset.disposed is None else month_of(asset.disposed).day(20)
    begins = month_of(asset.month).day(15)
    cost, proceeds = major(asset.cost), major(asset.proceeds) if asset.proceeds else ""
    return (
        asset.id, asset.name, asset.centre, begins, cost, str(asset.life), gone, proceeds,
    )  # fmt: skip
