"""The file of hours and disputes that charging itself takes."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.model.charging_costs import ChargingCost
from truecost.sources.files import file_fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from truecost.kernel.calendars import Calendar
    from truecost.model.types import Model

_NEEDED = ("period", "activity", "hours", "rate")
_NUMBER = re.compile(r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{1,6})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


def charging_costs(model: Model) -> tuple[ChargingCost, ...]:
    """Give all that a workspace records of what charging costs: of its entries, then of its file.

    Raise SourceError with everything that is wrong with the file.
    """
    said = model.charging_costs
    if said is None:
        return ()
    if said.file is None:
        return said.entries
    path = model.folder / said.file
    if not path.resolve().is_relative_to(model.folder.resolve()):
        raise SourceError(Finding(said.file_place, f"{said.file} lies outside the workspace"))
    fault = file_fault(path, said.file)
    if fault is not None:
        raise SourceError(fault)
    return (*said.entries, *_read(path, said.file, model.calendar))


def _read(path: Path, name: str, calendar: Calendar) -> list[ChargingCost]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(Finding(Place(name), "this file is not UTF-8", "save it so")) from None
    except OSError as error:
        what = f"this file can't be read: {error.strerror}"
        raise SourceError(Finding(Place(name), what)) from None
    rows = list(csv.reader(text.splitlines()))
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    lacking = [column for column in _NEEDED if column not in head]
    if lacking:
        what = f"this file has no column {', '.join(lacking)}"
        hint = "its first line names period, activity, hours, rate and, if any, disputes"
        raise SourceError(Finding(Place(name, 1), what, hint))
    found: list[Finding] = []
    made: list[ChargingCost] = []
    for line, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            cells = dict(zip(head, (cell.strip() for cell in row), strict=False))
            made += _entry(cells, Place(name, line), calendar, found)
    if found:
        raise SourceError(found)
    return made


def _entry(
    cells: Mapping[str, str], place: Place, calendar: Calendar, found: list[Finding]
) -> Sequence[ChargingCost]:
    told = len(found)
    period = None
    try:
        period = calendar.parse(cells.get("period", ""))
    except ValueError as fault:
        found.append(Finding(place, str(fault)))
    activity = cells.get("activity", "")
    if not activity:
        found.append(Finding(place, "no activity stands here", "say what was done"))
    numbers = {}
    for column, pattern in (("hours", _NUMBER), ("rate", _NUMBER), ("disputes", _WHOLE)):
        text = cells.get(column, "") or ("0" if column == "disputes" else "")
        if pattern.fullmatch(text):
            numbers[column] = Decimal(text.replace(",", ""))
        else:
            found.append(Finding(place, f'{column}: "{text}" is not a number such as 9.5'))
    if told != len(found) or period is None:
        return ()
    disputes = int(numbers["disputes"])
    return (
        ChargingCost(place, period, activity, numbers["hours"], numbers["rate"], disputes),
    )  # fmt: skip
