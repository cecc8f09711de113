"""What a department's technology costs per head, beside others like it: never one of them alone.

Heads are those of the driver that counts people. Those who are compared stand under the nearest
branch that has enough of them; the range is that of their middle half, so that the one that pays
most, or least, can't be told. Departments of fewer than five people are left out, and where fewer
than five others are left there is no range at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import figures
from truecost.statements.charged import CHARGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book

#: So many others, and so many people in each, there must be at least.
LEAST = 5
#: Units that count people.
HEADS = ("person", "people", "employee", "head", "headcount", "fte", "member of staff")
_QUARTER = 4


@dataclass(frozen=True, slots=True)
class Beside:
    """What one head costs, in major units: the reader's, and the middle half of so many others.

    `low` and `high` are None where there are too few of them.
    """

    object: str
    name: str
    mine: Decimal
    others: int
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class PerHead:
    """The total and the services per head. `among` is the branch of those who are compared."""

    driver: str
    heads: Decimal
    among: str
    total: Beside
    services: tuple[Beside, ...]


def per_head(
    book: Book, consumer: str, period: Period, currency: str, services: Sequence[tuple[str, str]]
) -> PerHead | None:
    """Compare a consumer, in all and by `services` (cost object, name); None where nothing counts.

    Services are compared among those who are charged for them.
    """
    driver, heads = counted(book, period)
    mine = heads.get(consumer)
    if not driver or mine is None or mine <= 0:
        return None
    among, others = _others(book, consumer, period, heads)
    bills = _bills(book, period, currency)

    def beside(source: str | None, name: str) -> Beside:
        def each(who: str) -> Decimal | None:
            charged = bills.get(who, {})
            amount = sum(charged.values()) if source is None else charged.get(source, 0)
            exact = Fraction(amount) / Fraction(heads[who]) / 10 ** money.digits(currency)
            return figures.rounded(exact, money.digits(currency)) if amount > 0 else None

        found = sorted(one for one in map(each, others) if one is not None)
        enough = len(found) >= LEAST
        cut = len(found) // _QUARTER
        low, high = (found[cut], found[-1 - cut]) if enough else (None, None)
        return Beside(source or "", name, each(consumer) or Decimal(0), len(found), low, high)

    return PerHead(driver, mine, among, beside(None, ""), tuple(beside(*each) for each in services))


def counted(book: Book, period: Period) -> tuple[str, Mapping[str, Decimal]]:
    """Give the driver that counts people, the largest of them, and how many each consumer has."""

    def look() -> tuple[str, Mapping[str, Decimal]]:
        drivers = [
            row
            for row in book.rows("drivers", period)
            if str(row["unit"]).casefold() in HEADS and not row["shares_only"]
        ]
        best: tuple[Decimal, str, dict[str, Decimal]] = (Decimal(0), "", {})
        for row in sorted(drivers, key=lambda row: row["name"]):
            found = {
                each["object"].removeprefix("consumer "): Decimal(each["quantity"])
                for each in book.rows("quantities", period, driver=row["name"])
                if each["object"].startswith("consumer ")
            }
            if sum(found.values()) > best[0]:
                best = (sum(found.values(), Decimal(0)), row["name"], found)
        return best[1], best[2]

    return book.once(("heads", period), look)


def _others(
    book: Book, consumer: str, period: Period, heads: Mapping[str, Decimal]
) -> tuple[str, list[str]]:
    found: list[str] = []
    among = ""
    for node in reversed(book.tree(period).path(consumer)[:-1]):
        leaves = book.leaves(node.id, period)
        found = [each for each in leaves if each != consumer and heads.get(each, 0) >= LEAST]
        among = node.name
        if len(found) >= LEAST:
            break
    return among, found


def _bills(book: Book, period: Period, currency: str) -> Mapping[str, Mapping[str, int]]:
    """Give what everybody is charged, by consumer and service."""

    def add_up() -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in book.rows("charges", period, currency=currency, treatment=CHARGE):
            of = found.setdefault(row["consumer"], {})
            of[row["service"]] = of.get(row["service"], 0) + row["amount"]
        return found

    return book.once(("bills by consumer", period, currency), add_up)
