"""True cost in a table: by service, tower, pool, class or consumer.

Whatever the rows, a table ends in the same total: what all sources' ledgers hold for its periods,
which is what all statements charge plus the named remainders. A table that would end in another
figure is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from truecost.engine import capacity
from truecost.engine.proof import EXCHANGED_OUT, REMAINDER, STATEMENTS
from truecost.kernel import money
from truecost.kernel.findings import Finding, UsageError, VerifyError
from truecost.model.types import Kind
from truecost.statements import capacities, csv, lines
from truecost.statements import proof as proofs
from truecost.statements.book import Book, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Node, Row
    from truecost.statements.proof import Proof

SCHEMA = "truecost.show/1"
BY = ("service", "tower", "pool", "class", "consumer")
_GROSS = "gross, with what it passes on to other services"
_CLASS_COLUMNS = ("charged", "named remainders", "total")
_DIRECT = "bought for departments directly"


class RowKind(StrEnum):
    """What a row is; the rows that add up are the lines and the remainders."""

    LINE = "line"
    ROLL_UP = "roll-up"
    REMAINDER = "remainder"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class ShowRow:
    """A row; `amounts` (minor units) go with the table's columns, None where there is no figure.

    `depth` is the depth in the tree of consumers, 0 elsewhere.
    """

    key: str
    label: str
    kind: RowKind
    amounts: tuple[int | None, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ShowTable:
    """A table of true cost over some periods, in one currency.

    The last row is the total. `derived` names the column that explains and does not add up, or is
    empty; `proof` is that of all the periods.
    """

    by: str
    organisation: str
    currency: str
    periods: tuple[Period, ...]
    columns: tuple[str, ...]
    derived: str
    rows: tuple[ShowRow, ...]
    proof: Proof
    run_id: str


def currencies(run: Run, periods: Iterable[Period]) -> tuple[str, ...]:
    """Give the currencies of a run's figures in the periods, the workspace's own first.

    One in which the ledger has amounts that are all translated has no figures.
    """
    book = Book.of(run)
    found: set[str] = set()
    for period in periods:
        proved = book.slice("proof", period)
        sides = set(zip(*(proved[name].to_pylist() for name in ("currency", "side")), strict=True))
        gone = {currency for currency, side in sides if side == EXCHANGED_OUT}
        found |= {
            str(currency)
            for currency, side in sides
            if currency not in gone or side in {STATEMENTS, REMAINDER}
        }
    return tuple(sorted(found, key=lambda currency: (currency != book.currency, currency)))


def show_table(
    run: Run, by: str, periods: Iterable[Period], currency: str | None = None
) -> ShowTable:
    """Lay a run's true cost out by one of `BY`, summed over the periods.

    By service, class and consumer from what was settled; by tower and pool from where the ledger
    entered. Raise UsageError for an unknown `by` or period, VerifyError where a proof fails.
    """
    book = Book.of(run)
    chosen = tuple(sorted(set(periods)))
    for period in chosen:
        book.check_period(period)
    if by not in BY:
        raise UsageError(Finding(None, f'no table by "{by}"', f"choose one of {', '.join(BY)}"))
    currency = currency or book.currency
    proof = proofs.proof(book, chosen, currency)
    makers: dict[str, Callable[[Book, tuple[Period, ...], str], list[ShowRow]]] = {
        "service": _by_service,
        "tower": _by_tower,
        "pool": _by_pool,
        "class": _by_class,
        "consumer": _by_consumer,
    }
    rows = makers[by](book, chosen, currency)
    columns, derived = (*lines.CLASSES, "total"), ""
    if by == "service":
        columns, derived = (*columns, _GROSS), _GROSS
    if by == "class":
        columns = _CLASS_COLUMNS
    total = _sum([row for row in rows if row.kind is not RowKind.ROLL_UP], len(columns), derived)
    position = columns.index("total")
    if (total.amounts[position] or 0) != proof.total:
        raise VerifyError(
            Finding(
                None,
                f"the table by {by} ends in {money.shown(total.amounts[position] or 0, currency)},"
                f" the proof in {money.shown(proof.total, currency)}",
                hint="the run is damaged; build it again",
            )
        )
    return ShowTable(
        by=by,
        organisation=book.said("organisation"),
        currency=currency,
        periods=chosen,
        columns=columns,
        derived=derived,
        rows=(*rows, total),
        proof=proof,
        run_id=book.id,
    )


class _Sums:
    """Amounts by key and class."""

    def __init__(self) -> None:
        self._amounts: dict[str, list[int]] = {}

    def add(self, key: str, cls: str, amount: int) -> None:
        self._amounts.setdefault(key, [0, 0, 0])[lines.CLASSES.index(cls)] += amount

    def of(self, keys: Collection[str]) -> tuple[int, ...]:
        """Give run, grow, transform and total of some keys together."""
        found = [self._amounts.get(key, (0, 0, 0)) for key in keys]
        classes = tuple(sum(entry[i] for entry in found) for i in range(len(lines.CLASSES)))
        return (*classes, sum(classes))

    def dearest(self) -> list[str]:
        """Give the keys, the dearest first."""
        return sorted(self._amounts, key=lambda key: (-sum(self._amounts[key]), key))


def _rows(book: Book, name: str, periods: Iterable[Period], currency: str) -> list[Row]:
    return [row for period in periods for row in book.rows(name, period, currency=currency)]


def _settled(book: Book, periods: tuple[Period, ...], currency: str, column: str) -> _Sums:
    sums = _Sums()
    for period in periods:
        table = book.slice("lines", period).group_by(["currency", "class", column])
        for row in table.aggregate([("amount", "sum")]).to_pylist():
            if row["currency"] == currency:
                sums.add(row[column], row["class"], row["amount_sum"])
    return sums


def _remainders(
    book: Book, periods: tuple[Period, ...], currency: str, columns: int
) -> list[ShowRow]:
    sums = _Sums()
    for row in _rows(book, "remainders", periods, currency):
        sums.add(row["name"], row["class"], row["amount"])
    rest = (None,) * (columns - len(lines.CLASSES) - 1)
    return [
        ShowRow(name, name, RowKind.REMAINDER, (*sums.of([name]), *rest)) for name in sums.dearest()
    ]


def _by_service(book: Book, periods: tuple[Period, ...], currency: str) -> list[ShowRow]:
    sums = _settled(book, periods, currency, "service")
    gross: dict[str, int] = {}
    names = {"": _DIRECT}
    for period in periods:
        for source, amount in lines.gross(book, period, currency).items():
            gross[source] = gross.get(source, 0) + amount
        names |= {f"service {row['id']}": row["name"] for row in book.rows("services", period)}
    names |= _line_names(gross, names)
    services = [key for key in gross if key.startswith(f"{Kind.SERVICE} ")]
    # a service that passes everything on to others still has a cost
    idle = sorted(set(services) - set(sums.dearest()), key=lambda key: (-gross[key], key))
    rows = [
        ShowRow(
            key,
            names.get(key) or _as_it_stands(key),
            RowKind.LINE,
            (*sums.of([key]), gross.get(key) or None),
        )
        for key in (*sums.dearest(), *idle)
    ]
    return rows + _remainders(book, periods, currency, len(lines.CLASSES) + 2)


def _as_it_stands(source: str) -> str:
    return f"{source.partition(' ')[2]}, charged as it stands"


def _line_names(gross: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Name the lines of capacity that nobody used, or that was used beyond what there is."""
    services = {key.removeprefix("service "): name for key, name in names.items()}
    return {
        key: capacities.line_name(key, services) for key in gross if key.startswith(capacity.LINES)
    }


def _by_tower(book: Book, periods: tuple[Period, ...], currency: str) -> list[ShowRow]:
    towers = {
        f"service {row['id']}": row["tower"] or row["name"]
        for period in periods
        for row in book.rows("services", period)
    }

    def tower(row: Row) -> str:
        kind, _, name = str(row["object"]).partition(" ")
        if kind == Kind.TOWER:
            return name
        return _DIRECT if kind == Kind.CONSUMER else str(towers.get(row["object"], row["object"]))

    return _entered(book, periods, currency, tower)


def _by_pool(book: Book, periods: tuple[Period, ...], currency: str) -> list[ShowRow]:
    return _entered(book, periods, currency, lambda row: str(row["pool"] or "no pool"))


def _entered(
    book: Book, periods: tuple[Period, ...], currency: str, key: Callable[[Row], str]
) -> list[ShowRow]:
    """Sum where the ledger entered; what was kept apart or not mapped stands under its own name."""
    inside, outside = _Sums(), _Sums()
    for row in _rows(book, "cells", periods, currency):
        if row["outcome"] == "allocated":
            inside.add(key(row), row["class"], row["amount"])
        elif row["outcome"] != "ignored":
            outside.add(row["label"] or row["outcome"], row["class"], row["amount"])
    return [
        *(ShowRow(name, name, RowKind.LINE, inside.of([name])) for name in inside.dearest()),
        *(ShowRow(name, name, RowKind.REMAINDER, outside.of([name])) for name in outside.dearest()),
    ]


def _by_class(book: Book, periods: tuple[Period, ...], currency: str) -> list[ShowRow]:
    charged = _settled(book, periods, currency, "class")
    kept = _Sums()
    for row in _rows(book, "remainders", periods, currency):
        kept.add(row["class"], row["class"], row["amount"])
    rows = []
    for cls in lines.CLASSES:
        bill, rest = charged.of([cls])[-1], kept.of([cls])[-1]
        rows.append(ShowRow(cls, cls, RowKind.LINE, (bill, rest, bill + rest)))
    return rows


def _by_consumer(book: Book, periods: tuple[Period, ...], currency: str) -> list[ShowRow]:
    sums = _settled(book, periods, currency, "consumer")
    nodes: list[Node] = []
    for period in reversed(periods):  # the newest tree first; who is only in older ones joins it
        listed = {node.id for node in nodes}
        for node in book.tree(period):
            if node.id not in listed:
                nodes.insert(_place(nodes, node), node)
    rows = []
    for node in nodes:
        leaves = {leaf for each in periods for leaf in book.leaves(node.id, each)}
        kind = RowKind.LINE if node.leaf else RowKind.ROLL_UP
        rows.append(ShowRow(node.id, node.name, kind, sums.of(leaves), node.depth))
    return rows + _remainders(book, periods, currency, len(lines.CLASSES) + 1)


def _place(nodes: Sequence[Node], node: Node) -> int:
    """Give where a consumer joins a list of a tree: last below its parent, or last of all."""
    ids = [each.id for each in nodes]
    if node.parent not in ids:
        return len(nodes)
    at = ids.index(node.parent)
    below = takewhile(lambda each: each.depth > nodes[at].depth, nodes[at + 1 :])
    return at + 1 + sum(1 for _ in below)


def _sum(rows: list[ShowRow], width: int, derived: str) -> ShowRow:
    amounts = [sum(row.amounts[i] or 0 for row in rows) for i in range(width)]
    # gross costs hold each other's cost; their sum means nothing
    total: tuple[int | None, ...] = (*amounts[:-1], None) if derived else tuple(amounts)
    return ShowRow("", "Total", RowKind.TOTAL, total)


def to_json(table: ShowTable) -> str:
    """Write a table as JSON.

    `{schema, by, organisation, currency, minor_digits, periods, columns, rows: [{key, label, kind,
    depth, amounts: [text], amounts_minor: [int]}], run}`
    """
    document = {
        "schema": SCHEMA,
        "by": table.by,
        "organisation": table.organisation,
        "currency": table.currency,
        "minor_digits": money.digits(table.currency),
        "periods": [str(period) for period in table.periods],
        "columns": table.columns,
        "rows": [
            {
                "key": row.key,
                "label": row.label,
                "kind": row.kind,
                "depth": row.depth,
                "amounts": [
                    None if amount is None else money.plain(amount, table.currency)
                    for amount in row.amounts
                ],
                "amounts_minor": row.amounts,
            }
            for row in table.rows
        ],
        "run": table.run_id,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def to_csv(table: ShowTable) -> str:
    """Write a table as CSV: key, name, kind, depth, one column per amount, currency, run."""
    head = ("key", "name", "kind", "depth", *table.columns, "currency", "run")
    rows = [
        (
            row.key,
            row.label,
            str(row.kind),
            row.depth,
            *(csv.amount(amount, table.currency) for amount in row.amounts),
            table.currency,
            table.run_id,
        )
        for row in table.rows
    ]
    return csv.written(head, rows)
