"""What a reader is charged for a service, and what is shown or funded instead, in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import figures, locale, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

CHARGE, SHOW, CENTRAL = "charge", "show", "central"
COST, FUNDING, TRUE_UP = "cost", "funding", "true-up"
_ORDER = ("rate", "fee", "minimum", COST, FUNDING, TRUE_UP)
_TOLD = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a charge; `price` is of a unit, or a percentage; `amount` in minor units."""

    kind: str
    item: str
    rate: str
    quantity: Decimal | None
    unit: str
    price: str
    amount: int


@dataclass(frozen=True, slots=True)
class Charged:
    """What somebody is charged for a service; minor units.

    `cost` is the true cost of what is charged. `parts` are empty where that is what is charged.
    """

    amount: int
    cost: int
    parts: tuple[Part, ...] = ()

    @property
    def rates(self) -> tuple[str, ...]:
        """The names of the rates, each once."""
        return tuple(dict.fromkeys(part.rate for part in self.parts if part.rate))


@dataclass(frozen=True, slots=True)
class Unbilled:
    """A service that the reader uses and is not billed for: what it cost, who pays instead.

    `funders` are names; with none, it is shown, or nobody is billed.
    """

    object: str
    name: str
    treatment: str
    amount: int
    funders: tuple[str, ...] = ()


def charged(
    book: Book, members: Collection[str], period: Period, currency: str
) -> dict[str, Charged]:
    """Give what members are charged in a period, by service as lines name it."""
    found: dict[str, list[Row]] = {}
    for row in book.rows("charges", period, currency=currency, consumer=members, treatment=CHARGE):
        found.setdefault(row["service"], []).append(row)
    costs = _costs(book, members, period, currency) if _differs(book, period) else {}
    hidden = _hidden(book, period) if costs else frozenset()
    made = {}
    for service, rows in found.items():
        amount = sum(row["amount"] for row in rows)
        parts = () if all(_is_cost(row) for row in rows) else _parts(rows, hidden)
        made[service] = Charged(amount, costs.get(service, 0) if parts else amount, parts)
    return made


def totals(book: Book, period: Period, currency: str) -> dict[str, int]:
    """Give what each consumer is billed in a period."""

    def add_up() -> dict[str, int]:
        table = book.slice("charges", period).group_by(["currency", "consumer", "treatment"])
        rows = table.aggregate([("amount", "sum")]).to_pylist()
        return {
            row["consumer"]: row["amount_sum"]
            for row in rows
            if row["currency"] == currency and row["treatment"] == CHARGE
        }

    return book.once(("totals", period, currency), add_up)


def unbilled(
    book: Book, members: Collection[str], period: Period, currency: str
) -> tuple[Unbilled, ...]:
    """Give the services that members use and are not billed for, the dearest first."""
    if not _differs(book, period):
        return ()
    names = {f"service {row['id']}": row["name"] for row in book.rows("services", period)}
    tree = book.tree(period)
    found = []
    for treatment in (SHOW, CENTRAL):
        rows = book.rows(
            "charges", period, currency=currency, consumer=members, treatment=treatment
        )
        services: dict[str, list[Row]] = {}
        for row in rows:
            services.setdefault(row["service"], []).append(row)
        for service, some in services.items():
            payers = dict.fromkeys(
                row["item"].removeprefix("funded by ") for row in some if row["amount"] < 0
                if row["kind"] == FUNDING
            )  # fmt: skip
            used = [row for row in some if not (row["kind"] == FUNDING and row["amount"] < 0)]
            nodes = [tree.get(payer) for payer in payers]
            found.append(
                Unbilled(
                    service,
                    str(names.get(service, service)),
                    treatment,
                    sum(row["amount"] for row in used),
                    tuple(
                        node.name if node else payer
                        for node, payer in zip(nodes, payers, strict=True)
                    ),
                )
            )
    kept = (each for each in found if each.amount)
    return tuple(sorted(kept, key=lambda each: (each.treatment, -each.amount, each.object)))


def otherwise(book: Book, period: Period) -> bool:
    """Say whether anything in a period is not simply charged at its cost, or is at some of it."""

    def look() -> bool:
        said = book.said_in("charges", period, ("treatment", "kind", "item"))
        return said != {"treatment": {CHARGE}, "kind": {COST}, "item": {""}}

    return book.once(("charged in parts", period), look)


def _differs(book: Book, period: Period) -> bool:
    """Say whether anything in a period is charged otherwise than at its cost."""

    def look() -> bool:
        treatments, kinds = (book.texts("charges", period, name) for name in ("treatment", "kind"))
        return bool(treatments - {CHARGE} or kinds - {COST})

    return book.once(("charged otherwise", period), look)


def _costs(book: Book, members: Collection[str], period: Period, currency: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in book.rows("lines", period, currency=currency, consumer=members):
        sums[row["service"]] = sums.get(row["service"], 0) + row["amount"]
    return sums


def _hidden(book: Book, period: Period) -> frozenset[str]:
    """Give the units of drivers of which readers see shares only."""

    def read() -> frozenset[str]:
        return frozenset(r["unit"] for r in book.rows("drivers", period) if r["shares_only"])

    return book.once(("hidden units", period), read)


def _is_cost(row: Row) -> bool:
    return row["kind"] == COST and not row["item"]


def _parts(rows: Iterable[Row], hidden: Collection[str]) -> tuple[Part, ...]:
    """Add up what is charged in the same way, in the order in which it is told.

    Quantities in `hidden` units are left out: readers do not see them.
    """
    found: dict[tuple[str, ...], tuple[Decimal | None, int]] = {}
    for row in rows:
        at = tuple(row[name] for name in ("kind", "item", "rate", "unit", "price"))
        quantity, amount = found.get(at, (None, 0))
        if row["quantity"] and row["unit"] not in hidden:
            quantity = (quantity or Decimal(0)) + Decimal(row["quantity"])
        found[at] = (quantity, amount + row["amount"])
    made = [
        Part(kind, item, rate, quantity, unit, price, amount)
        for (kind, item, rate, unit, price), (quantity, amount) in found.items()
    ]
    return tuple(sorted(made, key=lambda part: (_ORDER.index(part.kind), part.rate, part.item)))


def part_words(part: Part, currency: str) -> str:
    """Say how a part of a charge came about: `500 calls at £0.10`."""
    amount = locale.shown(part.amount, currency)
    if part.kind == COST:
        return f"{amount} at cost{f', for {part.item}' if part.item else ''}"
    if part.kind == TRUE_UP:
        return f"{amount} to settle {part.item}, in which rates and cost differed"
    if part.kind == FUNDING:
        return f"{amount} borne for others ({part.item})"
    if part.kind != "rate":
        return f"{part.item} {amount}"
    if part.quantity is None:  # readers do not see it
        return f"{amount} by what you used{f' ({part.item})' if part.item else ''}"
    price = price_words(part.price, currency)
    if part.price.endswith("%"):
        quantity = locale.shown(money.to_minor(part.quantity or Decimal(0), currency), currency)
        text = f"{price} of {quantity}"
    else:
        text = f"{words.counted(part.quantity or Decimal(0), part.unit)} at {price}"
    return f"{text} ({part.item})" if part.item else text


def price_words(price: str, currency: str) -> str:
    """Give a price as people read it, with all its digits: `£0.0006`, `1.5 %`."""
    if price.endswith("%"):
        return words.percent(Decimal(price[:-1]))
    value = figures.shortened(Decimal(price), money.digits(currency))
    return locale.unit_cost(value, currency)


def words_of(found: Charged, currency: str) -> str:
    """Say how a charge came about, in one phrase."""
    told = [part_words(part, currency) for part in found.parts]
    if (more := len(told) - _TOLD) > 1:
        told = [*told[:_TOLD], f"and {more} more parts"]
    return "; ".join(told)


def beside(found: Charged, currency: str) -> str:
    """Set a charge at a rate beside the true cost."""
    if not found.parts or not (found.rates or found.cost):
        return ""
    cost = locale.shown(found.cost, currency)
    how = f"by the rate “{'” and “'.join(found.rates)}”" if found.rates else "otherwise"
    return f"Charged {how}; true cost {cost}."
