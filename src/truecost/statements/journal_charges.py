"""What consumers were charged in a period, each charge with the rule that posts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from truecost.kernel.findings import Finding, ModelError
from truecost.kernel.money import digits, shown, to_major
from truecost.model.journal import COLUMNS, JournalModel, Seat
from truecost.rules.predicate import parse_predicate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.model.journal import PostingRule
    from truecost.statements.book import Book, Row

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount that a consumer is charged, in minor units.

    `service` is a cost object's text, "" where cost lands on the consumer directly; `seat` is
    where the consumer is posted, `provider` where the giver is.
    """

    consumer: str
    consumer_name: str
    service: str
    name: str
    kind: str
    item: str
    rate: str
    amount: int
    seat: Seat
    rule: PostingRule
    provider: Seat


def charges_of(book: Book, model: JournalModel, period: Period, currency: str) -> list[Charge]:
    """Give every charge of a period in one currency, in the order of the tree and the services.

    Raise ModelError, with amounts, for what no rule posts and for consumers without a place.
    """
    rows = _rows(book, period, currency)
    names = {row["id"]: row["name"] for row in book.rows("services", period)}
    towers = {row["id"]: row["tower"] for row in book.rows("services", period)}
    tree = book.tree(period)
    order = {node.id: number for number, node in enumerate(tree)}
    seats = {consumer: _seat(book, model, period, consumer) for consumer in order}
    rows.sort(key=lambda row: (order[row["consumer"]], row["service"], row["kind"], row["item"]))
    known = []
    for row in rows:
        service = row["service"].removeprefix("service ")
        seat = seats[row["consumer"]]
        node = tree.get(row["consumer"])
        known.append(
            {
                **{key: row[key] for key in ("consumer", "kind", "item", "rate")},
                "parent": node.parent if node else "",
                "service": service,
                "name": names.get(service, service),
                "tower": towers.get(service, ""),
                "entity": seat.entity,
                "provider_entity": model.provider.entity,
                "amount": to_major(row["amount"], currency),
            }
        )
    taken = _taken(model.rules, known, currency)
    faults = _unposted(rows, known, taken, seats, model, currency)
    if faults:
        raise ModelError(faults)
    charges = []
    for row, said, rule in zip(rows, known, taken, strict=True):
        node = tree.get(row["consumer"])
        charges.append(
            Charge(
                row["consumer"],
                node.name if node else row["consumer"],
                row["service"],
                str(said["name"]) or "Bought directly",
                row["kind"],
                row["item"],
                row["rate"],
                row["amount"],
                seats[row["consumer"]],
                model.rules[rule],
                model.rules[rule].provider.over(model.provider),
            )
        )
    return charges


def _rows(book: Book, period: Period, currency: str) -> list[Row]:
    """Give what is charged: the run's charges; of a run without them, its lines at cost.

    Of an adjustment run, the supplements.
    """
    if "adjusts" in book.manifest:
        rows = book.rows("supplements", period, currency=currency)
        return [row | {"item": "supplement", "rate": ""} for row in rows]
    if "charges" in book.manifest.get("tables", {}):
        rows = book.rows("charges", period, currency=currency, treatment="charge")
        return [row for row in rows if row["amount"]]
    sums: dict[tuple[str, str], int] = {}
    for row in book.rows("lines", period, currency=currency):
        at = (row["consumer"], row["service"])
        sums[at] = sums.get(at, 0) + row["amount"]
    return [
        {
            "consumer": consumer, "service": service, "kind": "cost", "item": "", "rate": "",
            "amount": amount,
        }
        for (consumer, service), amount in sums.items()
        if amount
    ]  # fmt: skip


def _seat(book: Book, model: JournalModel, period: Period, consumer: str) -> Seat:
    """Give where a consumer is posted: what it says itself, else what those above it say."""
    seat = Seat()
    for node in reversed(book.tree(period).path(consumer)):
        seat = seat.over(model.consumers.get(node.id, Seat()))
    return seat


def _taken(rules: Sequence[PostingRule], rows: list[dict[str, object]], currency: str) -> list[int]:
    """Give the index of the first rule that matches each row, -1 where none does."""
    scale = digits(currency)
    schema = pa.schema(
        [*((column, pa.string()) for column in COLUMNS), ("amount", pa.decimal128(38, scale))]
    )
    table = pa.Table.from_pylist(rows, schema)
    cases = " ".join(
        f"WHEN {parse_predicate(rule.where, COLUMNS, ('amount',)).sql} THEN {number}"
        for number, rule in enumerate(rules)
    )
    with duckdb.connect() as connection:
        connection.register("charges", table)
        found = connection.sql(f"SELECT CASE {cases} ELSE -1 END FROM charges").fetchall()
    return [number for (number,) in found]


def _unposted(
    rows: list[Row],
    known: list[dict[str, object]],
    taken: list[int],
    seats: dict[str, Seat],
    model: JournalModel,
    currency: str,
) -> list[Finding]:
    """Find charges that no rule posts, and consumers of which nothing says where they are."""
    lost: list[str] = []
    nowhere: dict[str, int] = {}
    for row, said, rule in zip(rows, known, taken, strict=True):
        if rule < 0:
            money = shown(row["amount"], currency)
            lost.append(f"{row['consumer']}: {said['name'] or 'bought directly'} {money}")
        seat = seats[row["consumer"]]
        if not seat.cost_centre or (model.entities and not seat.entity):
            nowhere[row["consumer"]] = nowhere.get(row["consumer"], 0) + row["amount"]
    findings = []
    if lost:
        more = len(lost) - _SHOWN
        findings.append(
            Finding(
                model.place,
                f"no rule posts {len(lost)} charges",
                'add a rule at the end:  where: "TRUE"',
                (*lost[:_SHOWN], *((f"and {more} more",) if more > 0 else ())),
            )
        )
    for consumer, amount in nowhere.items():
        seat = seats[consumer]
        lacks = "cost centre" if not seat.cost_centre else "company"
        findings.append(
            Finding(
                model.place,
                f'nothing says in which {lacks} consumer "{consumer}" is posted',
                f"under consumers:  {consumer}: {{ {lacks.replace(' ', '_')}: … }}".replace(
                    "company", "entity"
                ),
                (f"{shown(amount, currency)} can't be posted",),
            )
        )
    return findings
