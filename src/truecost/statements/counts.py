"""The counts behind a line, to be checked and contested: how many, from which line of which file.

A run keeps the quantities and the names of its driver files, with their hashes. While a file is
still as it was, the line is told that says the quantity; where it has changed, only that it has.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel.findings import TruecostError
from truecost.model.types import Kind
from truecost.sources.quantities import TARGETS, period_of, records_of
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.model.types import Driver
    from truecost.statements.book import Book

#: So many rows of a file are listed.
LISTED = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of a driver file: its line, the quantity as written, and what else stands there."""

    line: int
    text: str
    more: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of a consumer for a line.

    `quantity` and `total` are None where readers see shares only. `rows` are those of `file`, while
    it is as it was (`same`); `measure` says what is counted where there is no file: a measure over
    a source. `as_of` is the month of the counting.
    """

    driver: str
    unit: str
    share: Fraction
    quantity: Decimal | None
    total: Decimal | None
    stands_for: str
    as_of: Period
    file: str
    column: str
    same: bool
    rows: tuple[Counted, ...]
    measure: str


def counts(
    book: Book, drivers: Mapping[str, Driver], folder: Path, consumer: str, period: Period,
    currency: str, source: str,
) -> tuple[Count, ...]:  # fmt: skip
    """Give the counts behind a line of a consumer: those of each driver that splits its cost.

    `source` is the line's cost object, `drivers` those of the run's model by name, and `folder` the
    workspace, in which files are looked up.
    """
    told = {row["name"]: row for row in book.rows("drivers", period)}
    target = f"{Kind.CONSUMER} {consumer}"
    found: dict[str, Count] = {}
    for flow in book.rows(
        "flows", period, currency=currency, target_object=target, source_object=source
    ):
        name = flow["driver"]
        if not name or name in found or name not in told:
            continue
        said = told[name]
        driver = drivers.get(name)
        hidden = bool(said["shares_only"])
        as_of = period if said["as_of"] is None else book.calendar.period(said["as_of"])
        same, rows = False, tuple[Counted, ...]()
        if driver is not None and driver.file is not None and not hidden:
            same, rows = _rows(book, folder, driver, consumer, as_of)
        found[name] = Count(
            driver=str(name),
            unit=str(flow["unit"]),
            share=Fraction(flow["weight"]) / (Fraction(flow["whole"]) or 1),
            quantity=None if hidden or not flow["quantity"] else Decimal(flow["quantity"]),
            total=None if hidden or not flow["driver_total"] else Decimal(flow["driver_total"]),
            stands_for=str(said["stands_for"] or ""),
            as_of=as_of,
            file=str(visible(driver.file or "")) if driver else "",
            column=str(visible(driver.column or "")) if driver else "",
            same=same,
            rows=rows,
            measure=_measure(driver),
        )
    return tuple(found.values())


def _measure(driver: Driver | None) -> str:
    if driver is None or driver.measure is None:
        return ""
    where = f" where {driver.where}" if driver.where else ""
    return str(visible(f"{driver.measure} of source {driver.source}{where}"))


def _rows(
    book: Book, folder: Path, driver: Driver, consumer: str, as_of: Period
) -> tuple[bool, tuple[Counted, ...]]:
    """Say whether a file is as the run read it, and give a consumer's rows of a month."""
    file = driver.file or ""
    hashes = book.manifest.get("inputs", {}).get("drivers", {})
    try:
        content = (folder / file).read_bytes()
        if hashlib.sha256(content).hexdigest() != hashes.get(file):
            return False, ()
        lines = records_of(folder / file, file)
        _, head = next(lines)
        names = [each.strip().casefold() for each in head]
        at = names.index("period")
        who = next(names.index(each) for each in TARGETS if each in names)
        value = names.index((driver.column or driver.name).casefold())
        apart = {at, who, value}
        found = [
            Counted(line, str(visible(cells[value].strip())), _more(driver, head, cells, apart))
            for line, cells in lines
            if len(cells) > max(at, who, value)
            and cells[who].strip() == consumer
            and cells[value].strip()
            and period_of(cells[at], book.calendar) == as_of
        ]  # fmt: skip
    except (OSError, ValueError, StopIteration, TruecostError):
        return False, ()
    return True, tuple(found[:LISTED])


def _more(
    driver: Driver, head: list[str], cells: list[str], apart: Collection[int]
) -> tuple[tuple[str, str], ...]:
    """Give what else a row says, where each row is one thing; elsewhere it is other drivers'."""
    if not driver.add_up:
        return ()
    return tuple(
        (str(visible(name.strip())), str(visible(cell.strip())))
        for at, (name, cell) in enumerate(zip(head, cells, strict=False))
        if at not in apart and cell.strip()
    )
