"""Rates of exchange, as the group's treasury might keep them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from truecost.synthetic.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from truecost.synthetic.world import World

#: A ten-thousandth of a pound is the unit of a rate.
SCALE = 10_000
_BEGINS = {"EUR": 8560, "USD": 7940}
_STEP = 70


@lru_cache(maxsize=2)
def rates(world: World) -> Mapping[tuple[str, int, str], int]:
    """Give what one unit is worth in pounds: by currency, month and type (average, closing)."""
    found: dict[tuple[str, int, str], int] = {}
    for currency, begins in _BEGINS.items():
        closed = begins
        for month in world.months:
            moved = world.dice.roll(-_STEP, _STEP, "rate", currency, month.number)
            closes = closed + moved - (closed - begins) // 8
            found[currency, month.number, "average"] = (closed + closes) // 2
            found[currency, month.number, "closing"] = closes
            closed = closes
    return found


def in_pounds(world: World, amount: int, currency: str, number: int) -> int:
    """Translate minor units at the average of a month, rounded half up."""
    if currency == "GBP":
        return amount
    return (amount * rates(world)[currency, max(number, 0), "average"] + SCALE // 2) // SCALE


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give the rates of the months, and those of the budget, which hold for a year."""
    yield (
        "data/rates.csv",
        table(
            ("period", "type", "from", "to", "rate"),
            (
                (world.months[number].label, kind, currency, "GBP", f"0.{rate:04}")
                for (currency, number, kind), rate in rates(world).items()
            ),
        ),
    )
    yield (
        "data/budget_rates.csv",
        table(
            ("period", "from", "to", "rate"),
            (
                (month.label, currency, "GBP", f"0.{rate // 50 * 50:04}")
                for currency in _BEGINS
                for month in world.months
                for rate in [rates(world)[currency, month.number // 12 * 12, "closing"]]
            ),
        ),
    )
