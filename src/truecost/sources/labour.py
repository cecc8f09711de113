"""Labour: hours (or shares of a full-time equivalent) times loaded rates, in money.

    timesheets   period,person,target,hours        rates   person,rate,from,to
                 2022-02,p17,gds,31.5                      p17,61.20,2021-04,2022-03

The rates may be per person, grade or team: what the rates are headed by, the timesheets have too.
Rows of one person and target add up. No name leaves this module: values are per target, and what
is wrong is told by file and line.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.findings import Finding, Place
from truecost.kernel.periods import Validity
from truecost.sources.quantities import (
    TARGETS,
    Column,
    column_at,
    period_of,
    position,
    records_of,
    unknown,
)
from truecost.sources.values import Unreadable, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from truecost.kernel.calendars import Calendar, Period
    from truecost.model.types import CostObject

_WHOSE = ("person", "grade", "team")
_EXACT = Context(prec=80, traps=[Inexact])


class File(NamedTuple):
    """A file: where it is, and as the model names it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Labour:
    """What labour comes to: the driver's values, and who has a rate and no hours.

    `idle` gives, per period index, the lines of the rates of those without hours in it.
    """

    column: Column
    rates: Mapping[str, list[tuple[Validity, int]]]
    worked: Mapping[int, frozenset[str]]

    def idle(self, period: Period) -> tuple[int, ...]:
        """Give the lines of the rates of those who have no hours in a period that has some."""
        if period.index not in self.worked:
            return ()
        return tuple(
            sorted(
                line
                for whose, rates in self.rates.items()
                if whose not in self.worked[period.index]
                for valid, line in rates
                if valid.holds(period)
            )
        )


class _Rate(NamedTuple):
    valid: Validity
    rate: Decimal
    line: int


def read_labour(
    hours: File,
    column: str,
    rates: File,
    targets: Mapping[str, CostObject],
    calendar: Calendar,
) -> Labour:
    """Value the hours of a file at the rates of another.

    `targets` gives what an id means, `calendar` what a period or a day does. Raise SourceError
    where a file or a column is not there.
    """
    findings: list[Finding] = []
    whose, found = _rates(rates, calendar, findings)
    made = Column({}, set(), findings)
    worked: dict[int, set[str]] = {}
    rows = records_of(*hours)
    line, head = next(rows, (1, []))
    names = [cell.strip().lower() for cell in head]
    at = {
        "period": position(names, ("period",), hours.name, line),
        "target": position(names, TARGETS, hours.name, line),
        "whose": position(names, (whose,), hours.name, line),
        "hours": position(names, (column.lower(),), hours.name, line),
    }
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(at.values()):
            what = f"{len(cells)} cells where the head has {len(names)}"
            findings.append(Finding(Place(hours.name, line), what))
            continue
        said = {key: cells[number].strip() for key, number in at.items()}
        place = Place(hours.name, line, column_at(cells, at["period"]))
        try:
            period = period_of(said["period"], calendar)
            place = Place(hours.name, line, column_at(cells, at["hours"]))
            quantity = parse_quantity(said["hours"]) if said["hours"] else Decimal(0)
        except (ValueError, Unreadable) as fault:
            findings.append(Finding(place, str(fault), f'in column "{column}"'))
            continue
        if said["target"] not in targets:
            place = Place(hours.name, line, column_at(cells, at["target"]))
            findings.append(unknown(place, said["target"], targets))
            continue
        rate = next((r.rate for r in found.get(said["whose"], ()) if r.valid.holds(period)), None)
        if rate is None:
            place = Place(hours.name, line, column_at(cells, at["whose"]))
            what = f"the {whose} of this line has no rate in {period}"
            findings.append(Finding(place, what, f"add a rate to {rates.name} that holds then"))
            continue
        target = targets[said["target"]]
        made.rows.add((period.index, target))
        of_period = made.values.setdefault(period.index, {})
        value = _EXACT.multiply(quantity, rate)
        of_period[target] = _EXACT.add(of_period.get(target, Decimal(0)), value)
        if quantity:
            worked.setdefault(period.index, set()).add(said["whose"])
    places = {each: [(rate.valid, rate.line) for rate in some] for each, some in found.items()}
    return Labour(made, places, {index: frozenset(some) for index, some in worked.items()})


def _rates(
    file: File, calendar: Calendar, findings: list[Finding]
) -> tuple[str, dict[str, list[_Rate]]]:
    """Read the rates: what they are headed by, and each one's with its validity."""
    rows = records_of(*file)
    line, head = next(rows, (1, []))
    names = [cell.strip().lower() for cell in head]
    whose_at = position(names, _WHOSE, file.name, line)
    rate_at = position(names, ("rate",), file.name, line)
    ends = [names.index(word) if word in names else None for word in ("from", "to")]
    found: dict[str, list[_Rate]] = {}
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(names):
            what = f"{len(cells)} cells where the head has {len(names)}"
            findings.append(Finding(Place(file.name, line), what))
            continue
        place = Place(file.name, line)
        try:
            first, last = (
                period_of(cells[at], calendar) if at is not None and cells[at].strip() else None
                for at in ends
            )
            place = Place(file.name, line, column_at(cells, rate_at))
            rate = parse_quantity(cells[rate_at].strip())
        except (ValueError, Unreadable) as fault:
            findings.append(Finding(place, str(fault)))
            continue
        if rate < 0 or (first and last and first > last):
            what = "a rate is not below 0" if rate < 0 else "this rate ends before it begins"
            findings.append(Finding(place, what, "correct the rate"))
            continue
        of_one = found.setdefault(cells[whose_at].strip(), [])
        made = _Rate(Validity(first, last), rate, line)
        for other in of_one:
            if other.valid.overlaps(made.valid):
                what = f"this rate holds at the same time as that in line {other.line}"
                findings.append(Finding(Place(file.name, line), what, "end the earlier one: to"))
        of_one.append(made)
    return names[whose_at], found
