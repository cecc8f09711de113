"""What is charged for a figure that is a true cost, in sentences: rates, settlements, who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import charged
from truecost.statements.explain import object_name
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book


def told(
    book: Book, consumer: str, period: Period, currency: str, source: str | None
) -> tuple[str, ...]:
    """Say what a consumer is charged for a service (`source`), or for all, instead of its cost.

    Nothing where it is the cost that is charged.
    """
    if not charged.otherwise(book, period):
        return ()
    leaves = book.leaves(consumer, period)
    bills = charged.charged(book, leaves, period, currency)
    found = []
    for service, bill in bills.items():
        if source in {None, service} and bill.parts:
            name = object_name(book, period, service)
            amount = money.shown(bill.amount, currency)
            how = charged.words_of(bill, currency)
            places = _places(book)
            where = "".join(f" [{places[rate]}]" for rate in bill.rates if rate in places)
            beside = charged.beside(bill, currency)
            found.append(f"{amount} for {name}: {how}.{where} {beside}")
    for each in charged.unbilled(book, leaves, period, currency):
        if source in {None, each.object}:
            amount = money.shown(each.amount, currency)
            paid = f", paid by {', '.join(each.funders)}" if each.funders else ""
            how = "shown, and not billed" if each.treatment == charged.SHOW else "funded centrally"
            found.append(f"{each.name}: {amount} is {how}{paid}.")
    if found and source is None:
        total = sum(bill.amount for bill in bills.values())
        found.append(f"{money.shown(total, currency)} is billed in all.")
    return tuple(str(visible(text)) for text in found)


def _places(book: Book) -> dict[str, str]:
    """Give where each rate stands."""

    def read() -> dict[str, str]:
        if "model" not in book.manifest.get("tables", {}):
            return {}
        rows = book.table("model").to_pylist()
        return {row["name"]: row["place"] for row in rows if row["kind"] == "rates"}

    return book.once(("places of rates",), read)
