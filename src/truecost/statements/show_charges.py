"""What is charged, and what rates recovered, as tables: for reading, as JSON, as CSV."""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    """Draw a table, amounts flush right."""
    first, last = table.periods[0], table.periods[-1]
    when = str(first) if first == last else f"{first} to {last}"
    out = [f"{visible(table.organisation)}: {table.what}, {when}", ""]
    if not table.rows:
        empty = "No service was charged at a rate." if table.what == "recovery" else "Nothing."
        return "\n".join([*out, f"{_GAP}{empty}"]) + "\n"
    one = len({row["currency"] for row in table.rows}) == 1
    texts = [name for name in table.texts if any(row[name] for row in table.rows)]
    heads = ["period", *([] if one else ["currency"]), *texts]
    amounts = [name for name in table.amounts if any(row[name] is not None for row in table.rows)]
    lines = [[*heads, *(_HEADS.get(name, name) for name in amounts)]]
    for row in table.rows:
        shown = (
            "" if row[name] is None else money.shown(row[name], row["currency"], symbol=False)
            for name in amounts
        )  # fmt: skip
        lines.append([*(str(visible(row[name])) for name in heads), *shown])
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        cells = (
            f"{text:>{width}}" if at >= len(heads) else f"{text:<{width}}"
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        out.append(_GAP.join(cells).rstrip())
    return "\n".join(out) + "\n"


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
