"""Driver files whose quantity is worked out: a row of counts, or of one transaction, at a time.

    period,target,orders,complaints,credit_checks
    2022-02,sales,9800,280,500

An empty cell counts as nothing where a number is needed. Rows of one target in one period add up
where the model says so (transactions); else the second is a fault.
"""

from __future__ import annotations

from decimal import Decimal, Inexact
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.rules.equation import EXACT
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

    from truecost.kernel.calendars import Calendar
    from truecost.model.types import CostObject
    from truecost.rules.equation import Equation


def read_equation(
    path: Path,
    name: str,
    equation: Equation,
    targets: Mapping[str, CostObject],
    calendar: Calendar,
    *,
    add_up: bool,
) -> Column:
    """Work out an equation for every row of a file.

    `name` is the file as the model names it; `targets` gives what an id means, `calendar` what a
    period or a day does. Raise SourceError where the file or a column is not there.
    """
    rows = records_of(path, name)
    line, head = next(rows, (1, []))
    names = [cell.strip().lower() for cell in head]
    period_at = position(names, ("period",), name, line)
    target_at = position(names, TARGETS, name, line)
    places = {
        each: position(names, (each,), name, line)
        for each in sorted(equation.numbers | equation.texts)
    }
    made = Column({}, set(), [])
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(names):
            what = f"{len(cells)} cells where the head has {len(names)}"
            made.findings.append(Finding(Place(name, line), what))
            continue
        place = Place(name, line, column_at(cells, period_at))
        try:
            period = period_of(cells[period_at], calendar)
            row: dict[str, Decimal | str] = {}
            for each, at in places.items():
                place = Place(name, line, column_at(cells, at))
                cell = cells[at].strip()
                row[each] = _number(cell) if each in equation.numbers else cell
            quantity = equation.value(row)
        except (ValueError, Unreadable) as fault:
            made.findings.append(Finding(place, str(fault)))
            continue
        except Inexact:
            what = "the equation gives a number of more digits than can be held"
            made.findings.append(Finding(Place(name, line), what))
            continue
        id_ = cells[target_at].strip()
        if id_ not in targets:
            place = Place(name, line, column_at(cells, target_at))
            made.findings.append(unknown(place, id_, targets))
            continue
        made.rows.add((period.index, targets[id_]))
        of_period = made.values.setdefault(period.index, {})
        before = of_period.get(targets[id_])
        if before is not None and not add_up:
            what = f'"{id_}" has a second row for {period}'
            hint = "where each row is a transaction, say  rows: add up  in the driver"
            made.findings.append(Finding(Place(name, line), what, hint))
            continue
        of_period[targets[id_]] = quantity if before is None else EXACT.add(before, quantity)
    return made


def _number(cell: str) -> Decimal:
    return parse_quantity(cell) if cell else Decimal(0)
