"""How services and consumers went over the months of a run: cost, use, cost of a unit, charges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel.periods import span
from truecost.model.types import Kind
from truecost.statements import charged, figures, lines

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """A service in a month; minor units.

    `cost` is gross: with what it passes on to other services. `settled` is what consumers' true
    cost holds of it. `each` is the cost of one unit in major units, None where no driver alone
    decides who gets the service, or it is not to be shown.
    """

    period: Period
    cost: int
    settled: int
    quantity: Decimal | None
    each: Decimal | None


@dataclass(frozen=True, slots=True)
class ConsumerMonth:
    """A consumer, or all below it, in a month: what it is charged, in minor units."""

    period: Period
    total: int


def months(book: Book, period: Period) -> tuple[Period, ...]:
    """Give up to thirteen months of a run, the given one last."""
    wanted = span(period - book.calendar.per_year, period)
    return tuple(month for month in wanted if month in book.periods)


def service_months(
    book: Book, period: Period, currency: str
) -> dict[str, tuple[ServiceMonth, ...]]:
    """Give each service of a month by id over the last months, made once for each book."""

    def make() -> dict[str, tuple[ServiceMonth, ...]]:
        known = [str(row["id"]) for row in book.rows("services", period)]
        by_month = {month: _services(book, month, currency) for month in months(book, period)}
        return {
            id_: tuple(found[id_] for found in by_month.values() if id_ in found) for id_ in known
        }

    return book.once(("service months", period, currency), make)


def consumer_months(
    book: Book, consumer: str, period: Period, currency: str
) -> tuple[ConsumerMonth, ...]:
    """Give what a consumer, or all below it, was charged over the last months that have it."""
    found = []
    for month in months(book, period):
        if book.tree(month).get(consumer) is not None:
            totals = charged.totals(book, month, currency)
            leaves = book.leaves(consumer, month)
            found.append(ConsumerMonth(month, sum(totals.get(leaf, 0) for leaf in leaves)))
    return tuple(found)


def _services(book: Book, month: Period, currency: str) -> dict[str, ServiceMonth]:
    def make() -> dict[str, ServiceMonth]:
        gross = lines.gross(book, month, currency)
        settled: dict[str, int] = {}
        table = book.slice("lines", month).group_by(["currency", "service"])
        for row in table.aggregate([("amount", "sum")]).to_pylist():
            if row["currency"] == currency:
                settled[row["service"]] = row["amount_sum"]
        used = _quantities(book, month, currency)
        found = {}
        for row in book.rows("services", month):
            object_ = f"{Kind.SERVICE} {row['id']}"
            cost, quantity = gross.get(object_, 0), used.get(object_)
            each = None if quantity is None else figures.each(cost, quantity, currency)
            found[str(row["id"])] = ServiceMonth(
                month, cost, settled.get(object_, 0), quantity, each
            )
        return found

    return book.once(("services of", month, currency), make)


def _quantities(book: Book, month: Period, currency: str) -> dict[str, Decimal]:
    """Give by how many units each service is shared out, where one driver alone decides."""
    hidden = {row["name"] for row in book.rows("drivers", month) if row["shares_only"]}
    columns = ("currency", "source_object", "driver", "driver_total")
    kept = book.slice("flows", month).select(columns).group_by(list(columns)).aggregate([])
    totals: dict[str, set[tuple[str, str]]] = {}
    for row in kept.to_pylist():
        if row["currency"] == currency:
            said = (row["driver"], row["driver_total"])
            totals.setdefault(row["source_object"], set()).add(said)
    return {
        source: Decimal(total)
        for source, said in totals.items()
        for driver, total in said
        if len(said) == 1 and driver and total and driver not in hidden
    }
