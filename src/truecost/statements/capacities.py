"""Capacity and several drivers in words: what was unused, whose it is, who used which part."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from truecost.engine.capacity import IDLE, LINES, OVER
from truecost.model.types import Kind
from truecost.statements import figures, words
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row


def line_name(line: str, services: Mapping[str, str]) -> str:
    """Give what people call a line of unused capacity or of over-use: `Rosa: unused capacity`."""
    kind = next(each for each in LINES if line.startswith(each))
    source, _, driver = line.removeprefix(kind).partition(" by ")
    of, _, id_ = source.partition(" ")
    name = services.get(id_, id_) if of == Kind.SERVICE else id_
    what = {IDLE: "unused capacity", OVER: "use beyond the capacity"}.get(kind, "not absorbed")
    return f"{visible(name)}: {what}" + (f" by {visible(driver)}" if driver else "")


def described(book: Book, line: str, period: Period) -> dict[str, Any]:
    """Give name, description and owner of a line of unused capacity or of over-use."""
    services = {row["id"]: row["name"] for row in book.rows("services", period)}
    found = {"name": line_name(line, services)}
    for row in book.rows("capacity", period, line=line):
        found["owner"] = row["owner"]
        found["description"] = "What could be done and nobody asked for."
        if line.startswith(OVER):
            found["description"] = "What was used beyond the capacity, and is not charged to users."
        elif not line.startswith(IDLE):
            found["description"] = "What it cost beyond the work charged at standard rates."
    return found


def use_words(book: Book, line: str, period: Period) -> str:
    """Say how much the line is of: `200 of 1,000 hours unused`."""
    for row in book.rows("capacity", period, line=line):
        unit = row["unit"]
        if line.startswith(IDLE):
            whole = words.counted(Decimal(row["practical"]), unit)
            return f"{words.number(Decimal(row['unused']))} of {whole} unused"
        if not line.startswith(OVER):
            return "the cost that standard rates did not absorb"
        whole = words.counted(Decimal(row["practical"]), unit)
        return f"{words.counted(Decimal(row['over']), unit)} beyond a capacity of {whole}"
    return ""


def by_several(flows: Sequence[Row], drivers: Mapping[str, Row]) -> str:
    """Say a use that several drivers decide, each for its part of the cost.

    `30 of 100 seats for 60 % of the cost, and 600 of 1,200 hours for 40 %`; empty where a quantity
    is not known.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    fixed = Fraction(0)
    for row in flows:
        if row["driver"]:
            groups.setdefault((row["driver"], row["driver_total"]), []).append(row)
        else:
            fixed += Fraction(int(row["weight"]), int(row["whole"]))
    parts: list[str] = []
    said = fixed
    for (driver, total), rows in sorted(groups.items(), key=_by_part):
        if not total or not all(row["quantity"] for row in rows):
            return ""
        quantity = sum((Decimal(row["quantity"]) for row in rows), Decimal(0))
        part = _part(rows, quantity, total)
        said += part
        of = f"{words.number(quantity)} of {words.counted(Decimal(total), rows[0]['unit'])}"
        if drivers.get(driver, {}).get("shares_only"):
            share = figures.share_percent(Fraction(quantity) / Fraction(total))
            of = f"{words.percent(share)} by {visible(driver)}"
        of_what = "" if parts else " of the cost"
        parts.append(
            f"{of} for {words.percent(figures.share_percent(part).normalize() + 0)}{of_what}"
        )
    if fixed:
        shown = words.percent(figures.share_percent(fixed))
        parts.append(f"{shown} as a fixed share")
    if said > 1:  # the parts share their targets in another way
        return ""
    *first, last = parts
    return f"{', '.join(first)}, and {last}" if first else last


def _by_part(group: tuple[tuple[str, str], list[Row]]) -> tuple[Fraction, str]:
    """Order the dearest part first."""
    (driver, total), rows = group
    quantity = sum((Decimal(row["quantity"] or 0) for row in rows), Decimal(0))
    return -_part(rows, quantity, total), driver


def _part(rows: Sequence[Row], quantity: Decimal, total: str) -> Fraction:
    """Give what part of the whole cost a driver decides, from the share of some of it."""
    share = sum((Fraction(int(row["weight"]), int(row["whole"])) for row in rows), Fraction(0))
    return share * Fraction(total or 0) / Fraction(quantity) if quantity else Fraction(0)
