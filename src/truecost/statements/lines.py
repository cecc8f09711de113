"""The lines of a statement: a service, what the reader used of it, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.capacity import LINES
from truecost.model.types import Class, Kind
from truecost.statements import capacities, figures, locale, savings, words
from truecost.statements.charged import Charged, charged

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from truecost.kernel.calendars import Calendar
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

CLASSES = tuple(cls.value for cls in Class)


@dataclass(frozen=True, slots=True)
class Use:
    """What the reader used of a service, in words and figures.

    `share` is the reader's part of the driver's quantities where a driver alone decides, and of
    the service's whole cost elsewhere. `quantity`, `driver_total` and `unit` are kept from readers
    where the model shows shares only.
    """

    text: str
    share: Fraction | None = None
    driver: str = ""
    stands_for: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    driver_total: Decimal | None = None


NO_USE = Use("")
NOT_CHARGED = Charged(0, 0)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line; amounts in minor units.

    `classes` are run, grow and transform. `previous` is None where there is no previous period.
    `service_change` is by how many percent the whole service's (derived) cost changed.
    `ended` says that the line was charged in the previous period only. `charged` says how the
    amount came about; its parts are empty, and the classes add up to the amount, where it is the
    true cost that is charged. At a rate, the classes are those of the true cost.
    """

    object: str
    name: str
    description: str
    owner: str
    use: Use
    each: Decimal | None
    amount: int
    classes: tuple[int, int, int]
    saving: savings.Saving
    previous: int | None = None
    previous_use: Use = NO_USE
    service_change: Decimal | None = None
    ended: bool = False
    charged: Charged = NOT_CHARGED

    @property
    def at_rate(self) -> bool:
        """Whether something else is charged than the true cost."""
        return bool(self.charged.parts)

    @property
    def change(self) -> int | None:
        """How much more than last period, in minor units."""
        return None if self.previous is None else self.amount - self.previous


def statement_lines(
    book: Book, consumer: str, period: Period, previous: Period | None, currency: str
) -> tuple[StatementLine, ...]:
    """Give a consumer's (or branch's) lines of a period, the dearest first.

    What was charged in `previous` only comes as a line of zero, so that changes add up.
    """
    amounts, bills = _amounts(book, book.leaves(consumer, period), period, currency)
    before: dict[str, Charged] = {}
    if previous:
        _, before = _amounts(book, book.leaves(consumer, previous), previous, currency)
    uses = _uses(book, consumer, period, currency, bills)
    uses_before = _uses(book, consumer, previous, currency, before) if previous else {}
    whole = gross(book, period, currency)
    whole_before = gross(book, previous, currency) if previous else {}
    lines = []
    for source in {**before, **bills}:
        classes = amounts.get(source, (0, 0, 0))
        ended = source not in bills
        bill = bills.get(source, NOT_CHARGED)
        amount, use = bill.amount, uses.get(source, NO_USE)
        if not ended and source.startswith(LINES):
            use = Use(capacities.use_words(book, source, period), use.share)
        described = _described(book, source, previous if previous and ended else period)
        was = whole_before.get(source, 0)
        lines.append(
            StatementLine(
                object=source,
                name=described["name"],
                description=described["description"],
                owner=described["owner"],
                use=use,
                each=None if bill.parts else _each(use, amount, currency),
                amount=amount,
                classes=classes,
                saving=_saving(described, source, use, bill, period),
                previous=before.get(source, NOT_CHARGED).amount if previous else None,
                previous_use=uses_before.get(source, NO_USE),
                service_change=figures.percent(whole.get(source, 0) - was, was),
                ended=ended,
                charged=bill,
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.ended, -line.amount, line.name, line.object)))


def _each(use: Use, amount: int, currency: str) -> Decimal | None:
    return None if use.quantity is None else figures.each(amount, use.quantity, currency)


def _amounts(
    book: Book, members: Collection[str], period: Period, currency: str
) -> tuple[dict[str, tuple[int, int, int]], dict[str, Charged]]:
    """Give the true cost by class of what is charged, and the charges, by service."""
    bills = charged(book, members, period, currency)
    found: dict[str, list[int]] = {}
    for row in book.rows("lines", period, currency=currency, consumer=members):
        found.setdefault(row["service"], [0, 0, 0])[CLASSES.index(row["class"])] += row["amount"]
    classes = {
        source: (run, grow, new)
        for source, (run, grow, new) in found.items()
        if source in bills and (run or grow or new)
    }
    return classes, {
        source: bill
        for source, bill in bills.items()
        if source in classes or bill.amount or bill.parts
    }


def gross(book: Book, period: Period, currency: str) -> dict[str, int]:
    """Give the gross cost of every tower and service, derived, in minor units."""

    def add_up() -> dict[str, int]:
        found: dict[str, int] = {}
        for row in book.rows("objects", period, currency=currency):
            found[row["object"]] = found.get(row["object"], 0) + row["amount"]
        return found

    return book.once(("gross", period, currency), add_up)


def _described(book: Book, source: str, period: Period) -> Row:
    blank = {"name": source, "description": "", "owner": "", "behaviour": ""}
    if source.startswith(LINES):
        return blank | capacities.described(book, source, period)
    kind, _, name = source.partition(" ")
    if kind == Kind.SERVICE:
        return next(iter(book.rows("services", period, id=name)), blank | {"name": name})
    if kind == Kind.TOWER:
        return blank | {"name": name, "description": "Charged as it stands; no service carries it."}
    return blank | {"name": "Bought for you directly", "description": "Costs that are yours alone."}


def _saving(described: Row, source: str, use: Use, bill: Charged, period: Period) -> savings.Saving:
    amount = bill.amount
    if bill.parts and amount > 0 and any(part.kind == "rate" for part in bill.parts):
        return savings.RATED
    if bill.parts and amount > 0 and any(part.kind == "fee" for part in bill.parts):
        return savings.FEE
    if amount == 0:
        return savings.NOTHING
    if amount < 0:
        return savings.CREDIT
    if not source:
        return savings.OWN
    if not described["behaviour"]:
        return savings.UNKNOWN
    return savings.saving(
        described["behaviour"],
        described["step_size"],
        described["notice_months"],
        described["unit"],
        period,
        shared=use.quantity is None,
    )


def _uses(
    book: Book, consumer: str, period: Period, currency: str, sources: Collection[str]
) -> dict[str, Use]:
    targets = {f"{Kind.CONSUMER} {member}" for member in book.leaves(consumer, period)}
    flows: dict[str, list[Row]] = {}
    for row in book.rows(
        "flows", period, currency=currency, target_object=targets, source_object=sources
    ):
        flows.setdefault(row["source_object"], []).append(row)
    drivers = {row["name"]: row for row in book.rows("drivers", period)}
    return {source: _use(rows, drivers, book.calendar) for source, rows in flows.items()}


def _use(flows: Sequence[Row], drivers: Mapping[str, Row], calendar: Calendar) -> Use:
    share = sum((_share(row) for row in flows), Fraction(0))
    measured = [row for row in flows if row["driver"]]
    names = sorted({row["driver"] for row in measured})
    if len({(row["driver"], row["driver_total"]) for row in measured}) > 1 and (
        text := capacities.by_several(flows, drivers)
    ):
        return Use(text, share)
    if len(names) != 1:
        return Use(_share_text(share, "a fixed share" if not names else words.joined(names)), share)
    driver = drivers.get(names[0], {})
    stands_for = driver.get("stands_for") or ""
    stand_in = f", standing in for {stands_for}" if stands_for else ""
    stand_in += as_of_words(driver, calendar)
    fixed = sum((_share(row) for row in flows if not row["driver"]), Fraction(0))
    # a rule of several parts may split each by the same driver: a target's quantity counts once
    counted = all(row["quantity"] for row in measured)
    quantities = {row["target_object"]: Decimal(row["quantity"] or 0) for row in measured}
    quantity, unit = sum(quantities.values(), Decimal(0)), measured[0]["unit"]
    totals = {row["driver_total"] for row in measured}
    total = totals.pop() if len(totals) == 1 else ""
    if driver.get("shares_only") or not counted:
        how = f"by {names[0]}"
        if counted and total and not fixed:
            share = Fraction(quantity) / Fraction(total)
            if unit and not stands_for:  # then the driver's name says no more than its unit
                how = f"of all {words.plural(unit, Decimal(2))}"
        also = ", in part by a fixed share" if fixed else ""
        return Use(_share_text(share, f"{how}{stand_in}{also}"), share, names[0], stands_for)
    text = words.counted(quantity, unit)
    if total:
        text = f"{words.number(quantity)} of {words.counted(Decimal(total), unit)}"
    if fixed:
        text += f", and {_share_text(fixed, 'a fixed share')}"
    return Use(
        text=f"{text}{stand_in}",
        share=share,
        driver=names[0],
        stands_for=stands_for,
        unit=unit,
        # a unit cost of a line that is in part a fixed share would mislead
        quantity=None if fixed else quantity,
        driver_total=Decimal(total) if total and not fixed else None,
    )


def as_of_words(driver: Row, calendar: Calendar) -> str:
    """Say which month a driver's values are of, where it is an earlier one: `, as of July 2024`."""
    as_of = driver.get("as_of")
    if as_of is None or as_of == driver["period"]:  # older runs don't say
        return ""
    return f", as of {locale.month(calendar.period(as_of))}"


def _share(flow: Row) -> Fraction:
    whole = Fraction(flow["whole"])
    return Fraction(flow["weight"]) / whole if whole else Fraction(0)


def _share_text(share: Fraction, how: str) -> str:
    if share == 1:
        return "all of it"
    joint = " " if how.startswith(("by ", "of ")) else ", "
    return f"{words.percent(figures.share_percent(share))}{joint}{how}"
