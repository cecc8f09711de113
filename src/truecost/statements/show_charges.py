"""What is charged, and what rates recovered, as tables: for reading, as JSON, as CSV."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import csv
from truecost.statements import proof as proofs
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

SCHEMAS = {"charges": "truecost.show-charges/1", "recovery": "truecost.show-recovery/1"}
_TEXTS = {
    "charges": (
        "consumer", "service", "treatment", "kind", "item", "rate", "quantity", "unit", "price",
    ),
    "recovery": ("service",),
}  # fmt: skip
_MONEY = {
    "charges": ("amount",),
    "recovery": ("cost", "charged", "true_up", "recovery", "volume", "spending", "price"),
}
_HEADS = {"true_up": "settled"}
_GAP = "  "
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class ChargingTable:
    """Rows of a run's `charges` or `recovery`, over some periods; amounts are minor units."""

    what: str
    organisation: str
    periods: tuple[Period, ...]
    rows: tuple[Row, ...]
    run_id: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns of text."""
        return _TEXTS[self.what]

    @property
    def amounts(self) -> tuple[str, ...]:
        """The columns of money."""
        return _MONEY[self.what]


def charging_table(
    book: Book, what: str, periods: Sequence[Period], currency: str | None = None
) -> ChargingTable:
    """Give the charges, or the recovery, of some periods, in one currency or in all.

    Raise VerifyError where a period's proof does not hold.
    """
    chosen = tuple(sorted(set(periods)))
    rows: list[Row] = []
    for period in chosen:
        keep = {"currency": currency} if currency else {}
        found = book.rows(what, period, **keep)
        for each in sorted({row["currency"] for row in found}):
            proofs.proof(book, (period,), each)
        rows += [row | {"period": str(period)} for row in found]
    return ChargingTable(what, book.said("organisation"), chosen, tuple(rows), book.id)


def to_text(table: ChargingTable) -> str:
    """Draw a table within 80 columns, amounts flush right: a block per period and currency."""
    first, last = table.periods[0], table.periods[-1]
    when = str(first) if first == last else f"{first} to {last}"
    out = [f"{visible(table.organisation)}: {table.what}, {when}"]
    if not table.rows:
        empty = "No service was charged at a rate." if table.what == "recovery" else "Nothing."
        return "\n".join([*out, "", f"{_GAP}{empty}"]) + "\n"
    draw = _recovered if table.what == "recovery" else _charged
    for (period, currency), rows in groupby(
        table.rows, lambda row: (row["period"], row["currency"])
    ):
        out += ["", f"{period}, {currency}", *draw(list(rows))]
    return "\n".join(out) + "\n"


def _recovered(rows: Sequence[Row]) -> list[str]:
    """Say what each service recovered and, below, by what it came about where that is known."""
    known = [row for row in rows if row["volume"] is not None]
    lines = _columns(rows, ("cost", "charged", "true_up", "recovery"))
    if known:
        lines += ["", *_columns(known, ("volume", "spending", "price"), "of which by")]
    return lines


def _columns(rows: Sequence[Row], amounts: Sequence[str], head: str = "service") -> list[str]:
    """Lay out amounts of services in columns, the name cut where it must be."""
    cells = [[_HEADS.get(name, name) for name in amounts]]
    cells += [[_money(row, name) for name in amounts] for row in rows]
    widths = [max(len(line[at]) for line in cells) for at in range(len(amounts))]
    names = [head, *(str(visible(row["service"])).removeprefix("service ") for row in rows)]
    room = _WIDTH - len(_GAP) - sum(width + len(_GAP) for width in widths)
    label = min(room, max(map(len, names)))
    return [
        _GAP
        + _GAP.join(
            (
                f"{name[:label]:<{label}}",
                *(f"{text:>{width}}" for text, width in zip(line, widths, strict=True)),
            )
        ).rstrip()
        for name, line in zip(names, cells, strict=True)
    ]


def _charged(rows: Sequence[Row]) -> list[str]:
    """Say what each consumer is charged: a line for each amount, and how it came about."""
    lines = []
    for consumer, own in groupby(rows, lambda row: row["consumer"]):
        lines.append(f"{_GAP}{visible(consumer)}")
        for row in own:
            name = str(visible(row["service"])).removeprefix("service ") or "bought directly"
            amount = _money(row, "amount")
            room = _WIDTH - 3 * len(_GAP) - len(amount)
            lines.append(f"{2 * _GAP}{name[:room]:<{room}}{_GAP}{amount}")
            lines += textwrap.wrap(
                _how(row), _WIDTH, initial_indent=4 * _GAP, subsequent_indent=4 * _GAP
            )
    return lines


def _how(row: Row) -> str:
    """Say how an amount came about: its kind, what was counted, at which price, by which rate."""
    treated = "" if row["treatment"] == "charge" else f"{row['treatment']}, not charged"
    kind = "at its true cost" if row["kind"] == "cost" else row["kind"]
    counted = f"{row['quantity']} {row['unit']}".strip()
    priced = f"{counted} at {row['price']}" if row["price"] else counted
    rate = f"rate \u201c{row['rate']}\u201d" if row["rate"] else ""
    return str(visible("; ".join(filter(None, (treated, kind, row["item"], priced, rate)))))


def _money(row: Row, name: str) -> str:
    return "" if row[name] is None else money.shown(row[name], row["currency"], symbol=False)


def to_json(table: ChargingTable) -> str:
    """Write a table as JSON: `{schema, organisation, periods, rows, run}`; money as in statements.

    What is not known of a recovery is null.
    """
    rows = [
        {
            "period": row["period"],
            "currency": row["currency"],
            **{name: row[name] for name in table.texts},
            **{
                name: None
                if row[name] is None
                else {"text": money.plain(row[name], row["currency"]), "minor": row[name]}
                for name in table.amounts
            },
        }
        for row in table.rows
    ]
    document = {
        "schema": SCHEMAS[table.what],
        "organisation": table.organisation,
        "periods": [str(period) for period in table.periods],
        "rows": rows,
        "run": table.run_id,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def to_csv(table: ChargingTable) -> str:
    """Write a table as CSV, in the columns of the run's table."""
    head = ("period", "currency", *table.texts, *table.amounts, "run")
    rows = [
        (
            row["period"],
            row["currency"],
            *(row[name] for name in table.texts),
            *(csv.amount(row[name], row["currency"]) for name in table.amounts),
            table.run_id,
        )
        for row in table.rows
    ]
    return csv.written(head, rows)
