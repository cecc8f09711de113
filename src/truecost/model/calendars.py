"""The fiscal calendar of a workspace, as `fiscal_year:` in truecost.yaml says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.calendars import CALENDAR_MONTHS, Calendar
from truecost.kernel.findings import Finding
from truecost.kernel.year_turns import Turn
from truecost.model.reading import read
from truecost.model.schema.workspace import FiscalYearShape

if TYPE_CHECKING:
    from truecost.model.tree import Node


def calendar_of(node: Node | None, found: list[Finding]) -> Calendar | None:
    """Make the calendar; None where it can't be, with findings for rules that don't go together.

    What is wrong with single values is told where the whole file is read.
    """
    if node is None:
        return CALENDAR_MONTHS
    shape = read(FiscalYearShape, node, node.place, [])
    if shape is None:
        return None
    if shape.begins and shape.ends:
        hint = "a year that ends on 5 April begins on 6 April: keep one of the two"
        found.append(Finding(shape.place_of("ends"), "the year has begins and also ends", hint))
        return None
    try:
        return Calendar(
            shape.begins or shape.ends or Turn(),
            shape.periods,
            shape.extra_week,
            shape.named,
            shape.quarters,
        )
    except ValueError as error:
        said = next((key for key in ("begins", "ends") if getattr(shape, key)), "periods")
        found.append(Finding(shape.place_of(said), f"fiscal_year: {error}"))
        return None
