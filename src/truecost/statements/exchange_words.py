"""The exchange rates behind a period's figures, in words."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

from truecost.model.money_types import ECB
from truecost.statements import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

_NAMED = 6
_SIX = Context(prec=6)
_BANK = " of the European Central Bank"


def rates_used(book: Book, period: Period, currency: str) -> str:
    """Say at which rates amounts in other currencies are in figures of a currency; "" for none."""
    rows = book.rows("exchange", period, to_currency=currency)
    if not rows:
        return ""
    shown = [row for row in rows if row["shown"]]
    books = [row for row in rows if row["booked"] and not row["shown"]]
    text = f"Amounts in other currencies are at {_rates(shown)}"
    return f"{text}; in the books at {_rates(books)}." if books else f"{text}."


def _rates(rows: Sequence[Row]) -> str:
    """Give `average rates of the European Central Bank: 0.7875 for one USD`."""
    kinds = words.joined(sorted({row["type"] for row in rows}))
    bank = _BANK if all(row["source"] == ECB for row in rows) else ""
    named = [
        f"{Decimal(row['rate']).normalize(_SIX):f} for one {row['from_currency']}"
        for row in rows[:_NAMED]
    ]
    if more := len(rows) - len(named):
        named.append(f"{more} more")
    return f"{kinds} rates{bank}: {words.joined(named)}"
