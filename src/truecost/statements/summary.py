"""A period for leaders: what technology truly cost, what moved, what is not on any bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements import figures
from truecost.statements import proof as proofs
from truecost.statements.book import Book, Run
from truecost.statements.headed import OverTime, heading, over_time
from truecost.statements.lines import CLASSES
from truecost.statements.locale import speaking
from truecost.statements.show import RowKind, show_table
from truecost.statements.views import ClassTotal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.kernel.periods import Period
    from truecost.statements.charging import ChargingView
    from truecost.statements.proof import Named
    from truecost.statements.show import ShowRow, ShowTable

_MOVED = 6
_OWN = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing cost, by run, grow and transform; minor units.

    `previous` is None where there is no month before. What is not `charged` is a named remainder.
    """

    key: str
    name: str
    classes: tuple[int, int, int]
    total: int
    previous: int | None
    charged: bool = True

    @property
    def change(self) -> int | None:
        """How much more than the month before."""
        return None if self.previous is None else self.total - self.previous


@dataclass(frozen=True, slots=True)
class Recovered:
    """What rates charged for a service against its cost; minor units, None is not known.

    `settled` is in `charged`; `volume`, `spending` and `price` are of what was charged before.
    """

    name: str
    cost: int
    charged: int
    settled: int
    amount: int
    volume: int | None
    spending: int | None
    price: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView(OverTime):
    """A period, whole.

    `total` is the true cost: the ledger of all sources, which is what is `charged`, and the
    remainders. `services` and `towers` each add up to it. `moved` are services and remainders by
    the size of their change, `bills` are consumers that are charged, likewise. `classes` are of
    what is charged. `bought` is what is kept apart because somebody bought it, by consumer, the
    most first. `recovery` is of the services that are charged at rates; `charging` is what charging
    itself took, where that is recorded.
    """

    charged: int
    bill_count: int
    classes: tuple[ClassTotal, ...]
    services: tuple[Cost, ...]
    towers: tuple[Cost, ...]
    moved: tuple[Cost, ...]
    bills: tuple[Cost, ...]
    remainders: tuple[Cost, ...]
    bought: tuple[Named, ...]
    bought_total: int
    recovery: tuple[Recovered, ...] = ()
    charging: ChargingView | None = None


def summary_view(run: Run, period: Period, currency: str | None = None) -> SummaryView:
    """Draw a period's summary from a run, in the workspace's currency unless another is given.

    Raise UsageError for a period that the run does not have, VerifyError where a proof fails.
    """
    book = Book.of(run)
    book.check_period(period)
    with speaking(book.locale):
        return _summary_view(book, period, currency or book.currency)


def _summary_view(book: Book, period: Period, currency: str) -> SummaryView:
    before = period - 1 if period - 1 in book.periods else None
    services = _costs(book, "service", period, before, currency)
    consumers = _costs(book, "consumer", period, before, currency)
    head = heading(book, period, currency)
    amounts = [
        sum(cost.classes[i] for cost in services if cost.charged) for i in range(len(CLASSES))
    ]
    percents = figures.whole_percents(amounts) or (None,) * len(amounts)
    bought = _bought(book, period, currency)
    bills = [cost for cost in consumers if cost.charged]
    return SummaryView(
        **head,
        **over_time(
            book,
            period,
            lambda month: month in book.periods,
            lambda month: proofs.proof(book, (month,), currency).total,
        ),
        charged=head["proof"].statements,
        bill_count=sum(bool(cost.total) for cost in bills),
        classes=tuple(map(ClassTotal, CLASSES, amounts, percents)),
        services=_present(services),
        towers=_present(_costs(book, "tower", period, before, currency)),
        moved=_moved(services),
        bills=_moved(bills),
        remainders=tuple(cost for cost in services if not cost.charged),
        bought=bought,
        bought_total=sum(each.amount for each in bought),
        recovery=_recovered(book, period, currency),
    )


def _costs(
    book: Book, by: str, period: Period, before: Period | None, currency: str
) -> tuple[Cost, ...]:
    """Give what a table by something has for the period, and what only the month before has."""
    now = _rows(show_table(book, by, [period], currency))
    then = _rows(show_table(book, by, [before], currency)) if before else {}
    found = []
    for (kind, key), row in {**then, **now}.items():
        run, grow, new, total = _amounts(now.get((kind, key)))
        was = _amounts(then.get((kind, key)))[-1] if before else None
        charged = kind is RowKind.LINE
        found.append(Cost(key, row.label, (run, grow, new), total, was, charged))
    return tuple(sorted(found, key=lambda cost: (not cost.charged, -cost.total, cost.key)))


def _rows(table: ShowTable) -> dict[tuple[RowKind, str], ShowRow]:
    kept = (RowKind.LINE, RowKind.REMAINDER)
    return {(row.kind, row.key): row for row in table.rows if row.kind in kept}


def _amounts(row: ShowRow | None) -> tuple[int, int, int, int]:
    if row is None:
        return (0, 0, 0, 0)
    run, grow, new, total = (amount or 0 for amount in row.amounts[: len(CLASSES) + 1])
    return (run, grow, new, total)


def _present(costs: Iterable[Cost]) -> tuple[Cost, ...]:
    return tuple(cost for cost in costs if cost.total or any(cost.classes) or cost.previous)


def _moved(costs: Iterable[Cost]) -> tuple[Cost, ...]:
    """Give the largest changes, and what all others together changed; they add up to the whole."""
    changed = sorted(
        (cost for cost in costs if cost.change), key=lambda cost: -abs(cost.change or 0)
    )
    # one more name is better than "1 other"
    cut = _MOVED if len(changed) > _MOVED + 1 else len(changed)
    rest = changed[cut:]
    if not rest:
        return tuple(changed)
    run, grow, new = (sum(cost.classes[i] for cost in rest) for i in range(len(CLASSES)))
    total, was = (sum(getattr(cost, name) or 0 for cost in rest) for name in ("total", "previous"))
    return (*changed[:cut], Cost("", f"{len(rest)} others together", (run, grow, new), total, was))


def _recovered(book: Book, period: Period, currency: str) -> tuple[Recovered, ...]:
    """Give each service at rates, where most was charged too much or too little first."""
    rows = book.rows("recovery", period, currency=currency)
    names = {f"service {row['id']}": row["name"] for row in book.rows("services", period)}
    found = [
        Recovered(
            str(names.get(row["service"], row["service"])),
            row["cost"],
            row["charged"] + row["true_up"],
            row["true_up"],
            row["recovery"],
            row["volume"],
            row["spending"],
            row["price"],
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (-abs(each.amount), each.name)))


def _bought(book: Book, period: Period, currency: str) -> tuple[Named, ...]:
    tree = book.tree(period)
    amounts: dict[str, int] = {}
    for row in book.rows("remainders", period, currency=currency):
        if row["consumer"]:
            amounts[row["consumer"]] = amounts.get(row["consumer"], 0) + row["amount"]
    ordered = sorted(amounts, key=lambda key: (-amounts[key], key))
    found = []
    for key in ordered:
        node = tree.get(key)
        found.append(proofs.Named(node.name if node else key, amounts[key]))
    cut = _OWN if len(found) > _OWN + 1 else len(found)
    if rest := found[cut:]:
        others = proofs.Named(f"{len(rest)} others", sum(each.amount for each in rest))
        return (*found[:cut], others)
    return tuple(found)
