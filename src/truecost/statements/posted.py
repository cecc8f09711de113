"""Where a consumer's bill was posted, for its statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Collection

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book

EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted of a bill on one account and cost centre, in minor units.

    `journal` is the journal's number, `day` when it was posted: `2022-03-09`.
    """

    journal: str
    day: str
    entity: str
    account: str
    cost_centre: str
    amount: int


def posted(
    book: Book, leaves: Collection[str], period: Period, currency: str
) -> tuple[Posted, ...]:
    """Give what the store knows to be posted for consumers, by account and cost centre.

    Nothing where the period was not posted, or the posting was reversed, or the book was opened
    without its store. Raise StoreError where the record of what was posted is damaged.
    """
    store = book.store
    if store is None:
        return ()
    stands = book.once(
        ("posted", period, currency), lambda: store.journals.standing(str(period), currency)
    )
    sums: dict[tuple[str, str, str], int] = {}
    for one in stands.journal["transactions"] if stands else ():
        if one["consumer"] not in leaves or one["elimination"]:
            continue
        for each in one["postings"]:
            if each["role"] == EXPENSE:
                key = (one["entity"], each["account"], each["cost_centre"])
                sums[key] = sums.get(key, 0) + each["amount"]
    if stands is None:
        return ()
    number, day = str(visible(stands.number)), stands.posted[:10]
    made = []
    for key in sorted(sums):
        entity, account, cost_centre = (str(visible(part)) for part in key)
        made.append(Posted(number, day, entity, account, cost_centre, sums[key]))
    return tuple(made)
