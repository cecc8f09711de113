"""What charging itself costs, beside the money that it moves."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from truecost.kernel.money import digits, plain, shown
from truecost.statements import words
from truecost.statements.safe import defused, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.kernel.periods import Period
    from truecost.model.charging_costs import ChargingCost
    from truecost.statements.book import Book

_HUNDRED = 100
_HEADS = (
    ("", 8), ("hours", 8), ("cost", 12), ("moves", 16), ("per 100", 9), ("a statement", 13),
    ("disputes", 10),
)  # fmt: skip
_COLUMNS = (
    "period", "currency", "hours", "cost", "charged", "per_100_charged", "statements",
    "per_statement", "disputes", "dispute_hours", "disputes_per_100_statements",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Activity:
    """What one activity took in a month; `cost` in minor units."""

    name: str
    hours: Fraction
    cost: int
    disputes: int


@dataclass(frozen=True, slots=True)
class ChargingView:
    """A month: what charging took, and what it moved. Amounts are minor units of `currency`.

    `charged` is what statements charge, `statements` how many charge anything. A cost is rounded
    once per entry, half to even.
    """

    period: Period
    currency: str
    hours: Fraction
    cost: int
    disputes: int
    dispute_hours: Fraction
    charged: int
    statements: int
    activities: tuple[Activity, ...]

    @property
    def per_hundred(self) -> Fraction | None:
        """What charging costs for every hundred that it moves; None where it moves nothing."""
        return Fraction(_HUNDRED * self.cost, self.charged) if self.charged > 0 else None

    @property
    def per_statement(self) -> Fraction | None:
        """What a statement costs, in minor units; None where there is none."""
        return Fraction(self.cost, self.statements) if self.statements else None

    @property
    def disputes_per_hundred(self) -> Fraction | None:
        """How many disputes there are for every hundred statements."""
        return Fraction(_HUNDRED * self.disputes, self.statements) if self.statements else None


def charging_views(
    book: Book, costs: Iterable[ChargingCost], periods: Sequence[Period]
) -> tuple[ChargingView, ...]:
    """Set what charging took against what a run charges, month by month, in its own currency."""
    by_period: dict[Period, list[ChargingCost]] = defaultdict(list)
    for cost in costs:
        by_period[cost.period].append(cost)
    return tuple(_view(book, period, by_period.get(period, [])) for period in periods)


def _view(book: Book, period: Period, costs: Sequence[ChargingCost]) -> ChargingView:
    currency = book.currency
    scale = 10 ** digits(currency)
    activities: dict[str, Activity] = {}
    for cost in costs:
        before = activities.get(cost.activity, Activity(cost.activity, Fraction(0), 0, 0))
        activities[cost.activity] = Activity(
            cost.activity,
            before.hours + Fraction(cost.hours),
            before.cost + round(cost.cost * scale),
            before.disputes + cost.disputes,
        )
    charged = _charged(book, period, currency)
    disputed = (Fraction(cost.hours) for cost in costs if cost.disputes)
    order = sorted(activities.values(), key=lambda each: (-each.cost, each.name))
    return ChargingView(
        period,
        currency,
        sum((each.hours for each in order), Fraction(0)),
        sum(each.cost for each in order),
        sum(each.disputes for each in order),
        sum(disputed, Fraction(0)),
        sum(charged.values()),
        sum(1 for amount in charged.values() if amount),
        tuple(order),
    )


def _charged(book: Book, period: Period, currency: str) -> dict[str, int]:
    """Give what each consumer is charged: by the run's charges, or its lines where it has none."""
    found: dict[str, int] = defaultdict(int)
    if "charges" in book.manifest["tables"]:
        rows = book.rows("charges", period, currency=currency, treatment="charge")
    else:
        rows = book.rows("lines", period, currency=currency)
    for row in rows:
        found[str(row["consumer"])] += int(row["amount"])
    return found


def charging_text(book: Book, views: Sequence[ChargingView]) -> str:
    """Draw what charging costs in 80 columns."""
    some = [view for view in views if view.hours or view.disputes]
    head = f"{book.said('organisation')}: what charging costs, {book.currency}"
    if not some:
        nothing = (
            f"Nothing is recorded for these {book.calendar.unit}s: write model/charging_costs.yaml."
        )
        return f"{head}\n\n{nothing}"
    lines = [
        head,
        "",
        "".join(f"{name:>{width}}" for name, width in _HEADS),
        *(_row(str(view.period), view) for view in views),
    ]
    if len(views) > 1:
        lines.append(_row("all", together(views)))
    lines += ["", "What it was"]
    for activity in together(views).activities:
        disputes = f", {_count(activity.disputes, 'dispute')}" if activity.disputes else ""
        amount = shown(activity.cost, book.currency, symbol=False)
        hours = _number(activity.hours)
        lines.append(f"{hours:>16}{amount:>12}  {visible(activity.name)}{disputes}")
    return "\n".join(lines)


def together(views: Sequence[ChargingView]) -> ChargingView:
    """Add months up."""
    activities: dict[str, Activity] = {}
    for view in views:
        for each in view.activities:
            was = activities.get(each.name, Activity(each.name, Fraction(0), 0, 0))
            activities[each.name] = Activity(
                each.name, was.hours + each.hours, was.cost + each.cost,
                was.disputes + each.disputes,
            )  # fmt: skip
    return ChargingView(
        views[-1].period,
        views[-1].currency,
        sum((view.hours for view in views), Fraction(0)),
        sum(view.cost for view in views),
        sum(view.disputes for view in views),
        sum((view.dispute_hours for view in views), Fraction(0)),
        sum(view.charged for view in views),
        sum(view.statements for view in views),
        tuple(sorted(activities.values(), key=lambda each: (-each.cost, each.name))),
    )


def _row(label: str, view: ChargingView) -> str:
    unit = view.currency
    per = "" if view.per_hundred is None else f"{_rounded(view.per_hundred, 2):,f}"
    each = ""
    if view.per_statement is not None:
        each = shown(round(view.per_statement), unit, symbol=False)
    return (
        f"{label:<8}{_number(view.hours):>8}{shown(view.cost, unit, symbol=False):>12}"
        f"{shown(view.charged, unit, symbol=False):>16}{per:>9}{each:>13}{view.disputes:>10}"
    )


def charging_sentence(view: ChargingView) -> str:
    """Say in a sentence what charging cost in a month, for leaders."""
    said = f"Charging itself took {_number(view.hours)} hours, {shown(view.cost, view.currency)}"
    if view.per_hundred is not None:
        said += f": {_rounded(view.per_hundred, 2):f} for every 100 that it moves"
    if view.disputes:
        hours = f" ({_number(view.dispute_hours)} of the hours)" if view.dispute_hours else ""
        said += f", with {_count(view.disputes, 'dispute')}{hours}"
    return f"{said}."


def charging_json(views: Sequence[ChargingView]) -> str:
    """Give what charging costs as JSON; amounts are decimals in text."""
    made: list[dict[str, Any]] = []
    for view in views:
        entry: dict[str, Any] = dict(zip(_COLUMNS, _cells(view), strict=True))
        entry["activities"] = [
            {
                "activity": each.name,
                "hours": _number(each.hours, ""),
                "cost": plain(each.cost, view.currency),
                "disputes": each.disputes,
            }
            for each in view.activities
        ]
        made.append(entry)
    return json.dumps({"charging": made}, indent=2, ensure_ascii=False) + "\n"


def charging_csv(views: Sequence[ChargingView]) -> str:
    """Give a row per month."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for view in views:
        writer.writerow([defused(cell) for cell in _cells(view)])
    return text.getvalue()


def _cells(view: ChargingView) -> list[str]:
    unit = view.currency
    per_statement = view.per_statement
    return [
        str(view.period),
        unit,
        _number(view.hours, ""),
        plain(view.cost, unit),
        plain(view.charged, unit),
        "" if view.per_hundred is None else f"{_rounded(view.per_hundred, 4):f}",
        str(view.statements),
        "" if per_statement is None else plain(round(per_statement), unit),
        str(view.disputes),
        _number(view.dispute_hours, ""),
        ""
        if view.disputes_per_hundred is None
        else f"{_rounded(view.disputes_per_hundred, 2):f}",
    ]  # fmt: skip


def _rounded(value: Fraction, places: int) -> Decimal:
    """Round to so many digits after the point, half to even."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def _number(hours: Fraction, thousands: str = ",") -> str:
    """Give hours, of which there are at most six digits after the point, without needless zeros."""
    value = Decimal(hours.numerator * (10**6 // hours.denominator)).scaleb(-6).normalize() + 0
    return f"{value:,f}" if thousands else f"{value:f}"


def _count(number: int, thing: str) -> str:
    return words.counted(Decimal(number), thing)
