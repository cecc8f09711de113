"""An organisation's own exchange rates: a CSV with a row per month or day and pair of currencies.

    period,from,to,rate
    2024-01,USD,GBP,0.79

One unit of `from` is worth `rate` of `to`. With `date` in place of `period` rates are of days. A
column `type` (average, closing, budget) is for files that hold more than one kind of monthly rate.
In a file of tokens `from` is a virtual currency: any name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import Finding, Place, SourceError
from truecost.kernel.likeness import meant
from truecost.sources.currencies import CODES
from truecost.sources.delimited import records
from truecost.sources.text import decode
from truecost.sources.values import Unreadable, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from truecost.kernel.calendars import Calendar

TYPES = ("average", "closing", "budget")
_NEEDED = ("from", "to", "rate")


class Stated(NamedTuple):
    """A rate as it stands in a file."""

    rate: Fraction
    place: Place


@dataclass(slots=True)
class RateFile:
    """The rates of a file: by day, or by month and type ("" where the file names none)."""

    name: str
    calendar: Calendar = CALENDAR_MONTHS
    days: dict[tuple[str, str], dict[date, Stated]] = field(default_factory=dict)
    months: dict[tuple[str, str, str], dict[int, Stated]] = field(default_factory=dict)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of currencies that have any rate, each once, as (from, to)."""
        return tuple(dict.fromkeys((*self.days, *(key[:2] for key in self.months))))


def read_rates(
    path: Path, name: str, calendar: Calendar = CALENDAR_MONTHS, *, tokens: bool = False
) -> RateFile:
    """Read a file of rates, or of what tokens are worth.

    Raise SourceError with all that is wrong in it.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        what = f"the file of rates can't be read: {fault.strerror}"
        raise SourceError(Finding(Place(name), what, "give the file")) from None
    found: list[Finding] = []
    rows: Iterator[tuple[int, list[str], str]] = (
        (each.line, each.fields, each.reason) for each in records(decode(data, name).text, ",")
    )
    line, head, _ = next(rows, (1, [], ""))
    names = [cell.strip().lower() for cell in head]
    when = next((each for each in ("date", "period") if each in names), None)
    lacking = [each for each in _NEEDED if each not in names]
    if lacking or when is None:
        wanted = ", ".join([*lacking, *(["period (or date)"] if when is None else [])])
        what = f"the file of rates has no column {wanted}"
        raise SourceError(Finding(Place(name, line), what, f"it has: {', '.join(names)}"))
    made = RateFile(name, calendar)
    for line, cells, reason in rows:
        if reason:
            found.append(Finding(Place(name, line), reason))
        elif any(cell.strip() for cell in cells):
            try:
                _row(made, dict(zip(names, cells, strict=True)), line, cells, tokens=tokens)
            except ValueError as fault:
                what = str(fault) if len(cells) == len(names) else _other_length(cells, names)
                found.append(Finding(Place(name, line), what))
            except _Refused as fault:
                found.append(fault.finding)
    if found:
        raise SourceError(found)
    return made


class _Refused(Exception):  # noqa: N818  a row that is told with the others
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def _row(made: RateFile, row: dict[str, str], line: int, cells: list[str], *, tokens: bool) -> None:
    """Take a row. Raise _Refused for the first thing that is wrong with it."""
    at = {name: Place(made.name, line, _column(cells, i)) for i, name in enumerate(row)}
    base = row["from"].strip() if tokens else _currency(row["from"], at["from"])
    quote = _currency(row["to"], at["to"])
    if not base:
        raise _Refused(Finding(at["from"], "no virtual currency stands here", "name it"))
    if base == quote:
        raise _Refused(Finding(at["to"], f"{base} is exchanged into itself", "take the row out"))
    try:
        rate = Fraction(parse_quantity(row["rate"].strip()))
    except Unreadable as fault:
        raise _Refused(Finding(at["rate"], str(fault), "write it as 0.7934")) from None
    if rate <= 0:
        what = f"a rate of {row['rate'].strip()}: a rate is more than 0"
        hint = f"say what one {base} is worth in {quote}"
        raise _Refused(Finding(at["rate"], what, hint))
    kind = row.get("type", "").strip().lower()
    if kind and kind not in TYPES:
        what = f'"{kind}" is no type of rate'
        raise _Refused(Finding(at["type"], what, f"one of: {', '.join(TYPES)}"))
    place = at["rate"]
    if "date" in row:
        try:
            day = date.fromisoformat(row["date"].strip())
        except ValueError:
            what = f'"{row["date"].strip()}" is no date'
            raise _Refused(Finding(at["date"], what, "write it as 2024-01-31")) from None
        _put(made.days.setdefault((base, quote), {}), day, Stated(rate, place), str(day))
        return
    try:
        period = made.calendar.parse(row["period"])
    except ValueError as fault:
        raise _Refused(Finding(at["period"], str(fault))) from None
    values = made.months.setdefault((base, quote, kind), {})
    _put(values, period.index, Stated(rate, place), str(period))


def _put(values: dict[date, Stated] | dict[int, Stated], when: object, it: Stated, of: str) -> None:
    first = values.get(when)  # type: ignore[call-overload]
    if first is not None:
        what = f"a second rate for {of}: line {first.place.line} has one"
        raise _Refused(Finding(it.place, what, "keep one of the two"))
    values[when] = it  # type: ignore[index]


def _currency(text: str, place: Place) -> str:
    code = text.strip()
    if code not in CODES:
        hint = meant(code.upper(), sorted(CODES)) or "write its three letters by ISO 4217"
        raise _Refused(Finding(place, f'"{code}" is no currency', hint))
    return code


def _other_length(cells: list[str], names: list[str]) -> str:
    return f"{len(cells)} cells where the head has {len(names)}"


def _column(cells: list[str], position: int) -> int:
    """Give where a cell begins in its line, counted from 1, if nothing before it is quoted."""
    return sum(len(cell) + 1 for cell in cells[:position]) + 1
