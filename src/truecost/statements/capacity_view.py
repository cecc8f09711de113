"""What could be done, what was, what a unit costs, and whose the cost of the rest is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.capacity import STANDARD
from truecost.kernel import money
from truecost.statements import capacities, csv, figures, locale, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.kernel.calendars import Period
    from truecost.statements.book import Book

SCHEMA = "truecost.capacity/1"
_HEAD = (
    "period", "object", "name", "driver", "unit", "practical", "used", "unused", "over", "cost",
    "each", "line", "line_cost", "owner", "target", "currency", "run",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """A capacity in a period; money in minor units, derived.

    `cost` stands for the capacity, `each` is what a unit of it costs, in major units (of what was
    used, where that is more). `line_cost` of it is the cost of `line`: of what is unused, of what
    goes beyond where that is capped, or of what standard rates don't absorb. `owner` answers for
    it, `target` (a consumer or a named remainder) carries it. With `standard`, units are money at
    standard rates, held against the cost.
    """

    period: Period
    object: str
    name: str
    driver: str
    unit: str
    practical: Decimal
    used: Decimal
    unused: Decimal
    over: Decimal
    cost: int
    each: Decimal | None
    line: str
    line_name: str
    line_cost: int
    owner: str
    target: str
    currency: str
    standard: bool = False


def capacity_rows(book: Book, periods: Iterable[Period], currency: str) -> tuple[CapacityRow, ...]:
    """Give a run's capacities of some periods, by period, object and driver."""
    rows = []
    for period in sorted(set(periods)):
        services = {row["id"]: row["name"] for row in book.rows("services", period)}
        for row in book.rows("capacity", period, currency=currency):
            practical, used = Decimal(row["practical"]), Decimal(row["used"])
            kind, _, id_ = row["object"].partition(" ")
            rows.append(
                CapacityRow(
                    period,
                    row["object"],
                    services.get(id_, id_) if kind == "service" else id_,
                    row["driver"],
                    row["unit"],
                    practical,
                    used,
                    Decimal(row["unused"]),
                    Decimal(row["over"]),
                    row["cost"],
                    figures.each(row["cost"], max(practical, used), currency),
                    row["line"],
                    capacities.line_name(row["line"], services) if row["line"] else "",
                    row["line_cost"],
                    row["owner"],
                    row["target"],
                    currency,
                    row["over_use"] == STANDARD,
                )
            )
    return tuple(rows)


def capacity_text(book: Book, rows: Sequence[CapacityRow]) -> str:
    """Say each capacity in a few lines for a terminal."""
    if not rows:
        return "No rule of these periods has a capacity.\n"
    told = []
    for row in rows:
        head = f"{row.name} by {row.driver}, {locale.month(row.period)}, {row.currency}"
        lines = _standard(row) if row.standard else _units(row)
        width = [max(len(line[column]) for line in lines) for column in range(4)]
        body = [
            f"  {label:<{width[0]}}  {units:>{width[1]}}  {part:>{width[2]}}  {cost:>{width[3]}}"
            for label, units, part, cost in lines
        ]
        if row.each is not None and not row.standard:
            unit = words.plural(row.unit, Decimal(1))
            body.append(f"  {words.unit_cost(row.each, row.currency)} for each {unit}")
        if row.line:
            whose = row.target.removeprefix("remainder ")
            if row.target.startswith("consumer "):
                whose = f"{row.target.removeprefix('consumer ')} (owner: {row.owner})"
            body.append(f"  {lines[-1][0]}, to {whose}")
        told.append("\n".join([head, *body]))
    return f"{book.said('organisation')}: capacity\n\n" + "\n\n".join(told) + "\n"


def _units(row: CapacityRow) -> list[tuple[str, str, str, str]]:
    """Give what could be done, what was and what is left: label, units, percent, cost."""
    lines = [
        ("practical capacity", row.practical, row.cost),
        ("used", row.used, row.cost - row.line_cost),
    ]
    if row.unused:
        lines.append(("unused", row.unused, row.line_cost))
    if row.over:
        lines.append(("over-use", row.over, row.line_cost))
    return [
        (
            label,
            words.counted(units, row.unit),
            _percent(units, row.practical),
            money.shown(cost, row.currency),
        )
        for label, units, cost in lines
    ]


def _standard(row: CapacityRow) -> list[tuple[str, str, str, str]]:
    """Give what it cost, what standard rates come to, and the difference."""
    lines = [("cost", row.practical), ("at standard rates", row.used)]
    lines.append(
        ("over-absorbed", row.over) if row.over else ("not absorbed", row.unused),
    )
    minor = 10 ** money.digits(row.currency)
    return [
        (label, "", _percent(of, row.practical), money.shown(round(of * minor), row.currency))
        for label, of in lines
    ]


def _percent(part: Decimal, whole: Decimal) -> str:
    found = figures.percent(Fraction(part), Fraction(whole))
    return "" if found is None else words.percent(found)


def capacity_json(book: Book, rows: Sequence[CapacityRow]) -> str:
    """Write capacities as JSON: `{schema, run, capacities: [{… as `CapacityRow`}]}`.

    Amounts and quantities are text, exact; `each` is rounded.
    """
    document = {
        "schema": SCHEMA,
        "run": book.id,
        "capacities": [dict(zip(_HEAD[:-1], _values(row), strict=True)) for row in rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def capacity_csv(book: Book, rows: Sequence[CapacityRow]) -> str:
    """Write capacities as CSV, a row each."""
    return csv.written(_HEAD, [(*_values(row), book.id) for row in rows])


def _values(row: CapacityRow) -> tuple[str, ...]:
    quantities = (row.practical, row.used, row.unused, row.over)
    each = "" if row.each is None else f"{row.each:f}"
    return (
        str(row.period), row.object, row.name, row.driver, row.unit,
        *(f"{units:f}" for units in quantities), money.plain(row.cost, row.currency),
        each, row.line,
        money.plain(row.line_cost, row.currency), row.owner, row.target, row.currency,
    )  # fmt: skip
