"""Driver files: a CSV with a row per period and target, and a column per driver.

    period,target,devices,people
    2022-02,gds,1204,1180

The period is written as everywhere, or as one of its days (`2022-02-28`). `target` may be headed
`consumer` or `service` instead. An empty cell says nothing, on purpose; a
zero is said. A row that is not there may be forgotten: which rows are there is given too.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import Finding, Place, SourceError
from truecost.kernel.likeness import meant
from truecost.sources.delimited import records
from truecost.sources.text import decode
from truecost.sources.values import Unreadable, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from truecost.kernel.calendars import Calendar, Period
    from truecost.model.types import CostObject

    #: Period index → target → quantity.
    Quantities = dict[int, dict[CostObject, Decimal]]

_PERIOD = "period"
_DATED = re.compile("[0-9]{4}-P?[0-9]{2}(-[0-9]{2})?", re.ASCII)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TARGETS = ("target", "consumer", "service")


class Column(NamedTuple):
    """A driver's column of a file: values by period and target, and all that is wrong.

    `rows` are the periods and targets that have a row, also where its cell is empty.
    """

    values: Quantities
    rows: set[tuple[int, CostObject]]
    findings: list[Finding]


def read_quantities(
    path: Path,
    name: str,
    column: str,
    targets: Mapping[str, CostObject],
    calendar: Calendar = CALENDAR_MONTHS,
) -> Column:
    """Read one driver's column of a file.

    `name` is the file as the model names it; `targets` gives what an id means, `calendar` what a
    period or a day does. Raise SourceError where the file or the column is not there.
    """
    return QuantityFile(path, name, targets, calendar).column(column)


class QuantityFile:
    """A driver file at hand: read once, whatever number of its columns are asked for.

    Arguments and what it raises are those of `read_quantities`.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        targets: Mapping[str, CostObject],
        calendar: Calendar = CALENDAR_MONTHS,
    ) -> None:
        self._name = name
        self._targets = targets
        self._calendar = calendar
        self._records = records_of(path, name)
        self._line, head = next(self._records, (1, []))
        self._names = [cell.strip().lower() for cell in head]
        self._rows: list[tuple[int, list[str]]] | None = None
        self._periods: dict[str, Period | str] = {}

    def column(self, column: str) -> Column:
        """Read one column."""
        name, targets = self._name, self._targets
        period_at, target_at, value_at = (
            position(self._names, wanted, name, self._line)
            for wanted in ((_PERIOD,), TARGETS, (column.lower(),))
        )
        values: Quantities = {}
        seen: set[tuple[int, CostObject]] = set()
        findings: list[Finding] = []
        if self._rows is None:
            self._rows = [row for row in self._records if any(map(str.strip, row[1]))]
        for line, cells in self._rows:
            if len(cells) <= max(period_at, target_at, value_at):
                what = f"{len(cells)} cells where the head has {len(self._names)}"
                findings.append(Finding(Place(name, line), what))
                continue
            text = cells[value_at].strip()
            period = self._period(cells[period_at])
            target = targets.get(cells[target_at].strip())
            if not text:
                if target is not None and not isinstance(period, str):
                    seen.add((period.index, target))
                continue
            if isinstance(period, str):  # of the row, so told once for all its columns
                place = Place(name, line, column_at(cells, period_at))
                findings.append(Finding(place, period))
                continue
            try:
                quantity = parse_quantity(text)
            except (ValueError, Unreadable) as fault:
                place = Place(name, line, column_at(cells, value_at))
                findings.append(Finding(place, str(fault), f'in column "{column}"'))
                continue
            if target is None:
                place = Place(name, line, column_at(cells, target_at))
                findings.append(unknown(place, cells[target_at].strip(), targets))
                continue
            seen.add((period.index, target))
            of_period = values.setdefault(period.index, {})
            if target in of_period:
                what = f'"{cells[target_at].strip()}" has a second value for {period}: {text}'
                findings.append(Finding(Place(name, line), what))
                continue
            of_period[target] = quantity
        return Column(values, seen, findings)

    def _period(self, cell: str) -> Period | str:
        """Give the period that a cell names, or what is wrong with it."""
        if cell not in self._periods:
            try:
                self._periods[cell] = period_of(cell, self._calendar)
            except ValueError as fault:
                self._periods[cell] = str(fault)
        return self._periods[cell]


def records_of(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the number of the line that it begins on."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise SourceError(
            Finding(
                Place(name), f"the driver file can't be read: {fault.strerror}", "give the file"
            )
        ) from None
    for record in records(decode(data, name).text, ",", _names_a_period):
        if record.reason:
            raise SourceError(Finding(Place(name, record.line), record.reason))
        yield record.line, record.fields


def period_of(cell: str, calendar: Calendar) -> Period:
    """Give the period that a cell names, or that its day lies in (`2024-02-29`).

    Raise ValueError where it is neither.
    """
    text = cell.strip()
    if not _DAY.fullmatch(text):
        return calendar.parse(text)
    try:
        return calendar.on(date.fromisoformat(text))
    except ValueError:
        raise ValueError(f'"{text}" is not a date') from None


def _names_a_period(cells: Sequence[str]) -> bool:
    return any(_DATED.fullmatch(cell.strip()) for cell in cells)


def position(names: list[str], wanted: tuple[str, ...], name: str, line: int) -> int:
    """Give where one of the wanted columns stands. Raise SourceError where none does."""
    for each in wanted:
        if each in names:
            return names.index(each)
    raise SourceError(
        Finding(
            Place(name, line),
            f"the driver file has no column {' or '.join(wanted)}",
            f"it has: {', '.join(names)}",
        )
    )


def column_at(cells: list[str], position: int) -> int:
    """Give where a cell begins in its line, counted from 1, if nothing before it is quoted."""
    return sum(len(cell) + 1 for cell in cells[:position]) + 1


def unknown(place: Place, id_: str, targets: Mapping[str, CostObject]) -> Finding:
    """Say that a target is not one, and which was meant."""
    hint = (
        meant(id_, [each for each in targets if " " not in each])
        or "name a service or a consumer without parts"
    )
    return Finding(place, f'"{id_}" is no service and no consumer that is charged', hint)
