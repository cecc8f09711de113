"""The rates that a service is charged at in a month: price, how much was charged at it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.statements.charged import CHARGE

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book


@dataclass(frozen=True, slots=True)
class Price:
    """A price as the run has it, with all that was charged at it; `amount` in minor units."""

    kind: str
    item: str
    rate: str
    price: str
    unit: str
    quantity: Decimal | None
    amount: int


def prices(book: Book, service: str, period: Period, currency: str) -> tuple[Price, ...]:
    """Give the prices of a service (as lines name it), those that most was charged at first."""
    sums: dict[tuple[str, str, str, str, str], tuple[Decimal | None, int]] = {}
    for row in book.rows("charges", period, currency=currency, service=service, treatment=CHARGE):
        if not row["rate"]:
            continue
        key = (row["kind"], row["item"], row["rate"], row["price"], row["unit"])
        quantity, amount = sums.get(key, (None, 0))
        if row["quantity"]:
            quantity = (quantity or Decimal(0)) + Decimal(row["quantity"])
        sums[key] = (quantity, amount + row["amount"])
    found = (Price(*key, *rest) for key, rest in sums.items())
    return tuple(sorted(found, key=lambda each: (-each.amount, each.rate, each.item, each.price)))
