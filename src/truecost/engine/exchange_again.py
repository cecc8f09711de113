"""Whether what a run translated is what its rates come to, and whether rates of old have moved."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.cells import Nature, Outcome
from truecost.engine.exchange import DIFFERENCE, factor, translated
from truecost.engine.rates import Rate
from truecost.engine.tables import read, values
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.money import whole_minor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pyarrow as pa

    from truecost.engine.cells import Cell
    from truecost.kernel.calendars import Calendar
    from truecost.store.run import Run
    from truecost.store.runs import Store

_COLUMNS = "period currency ledger_currency source label nature lines ledger_amount amount"
#: Why a cell counts where it does that leave it in the period whose rate it has.
_TRANSLATED = frozenset({Nature.POSTED, Nature.LATE, Nature.SAVING, Nature.ACCRUED})


def rates_of(table: pa.Table) -> list[Rate]:
    """Give the exchange rates of a run's table `exchange`."""
    return [
        Rate(
            row["period"], row["from_currency"], row["to_currency"], row["type"],
            Decimal(row["rate"]), row["of_date"], row["days"], row["source"],
            row["shown"], row["booked"],
        )
        for row in table.to_pylist()
    ]  # fmt: skip


def exchanged_again(run: Run) -> list[Finding]:
    """Find sources whose translated total is not one rounding of the exact product with the rate.

    Both for what statements show and, with the exchange difference, for what the books have. What
    a register accrues is not in the books.
    """
    rates = rates_of(read(run, "exchange"))
    if not rates:
        return []
    at = {(each.period, each.base): each for each in rates if each.shown}
    books = {(each.period, each.base): each for each in rates if each.booked}
    ledger: dict[tuple[int, str, str, str], int] = defaultdict(int)
    shown: dict[tuple[int, str, str, str], int] = defaultdict(int)
    booked: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for period, currency, base, source, label, nature, lines, theirs, ours in values(
        run, "cells", _COLUMNS
    ):
        if currency == base or nature not in _TRANSLATED:
            continue
        key = (period, base, currency, source)
        ledger[key] += theirs
        if nature != Nature.ACCRUED:
            booked[key] += ours
        if lines or label != DIFFERENCE:
            shown[key] += ours
    findings = []
    for key, amount in sorted(ledger.items()):
        for used, found in ((at, shown), (books, booked)):
            if key not in found:
                continue
            rate = used.get(key[:2])
            due = whole_minor(Fraction(amount) * factor(rate)) if rate else None
            if found[key] != due:
                kind = f"{rate.type} rates" if rate else "no known rate"
                what = (
                    f"{run.calendar.period(key[0])} {' '.join(key[1:])}: translated at {kind} it"
                    f" has {found[key]} minor units, but it comes to {due}"
                )
                findings.append(Finding(None, what))
    return findings


def as_translated(run: Run, cells: Sequence[Cell], home: str) -> Sequence[Cell]:
    """Translate cells of one source as a run did, at the rates that it kept.

    Without the exchange difference, which no rule of the model decides about.
    """
    at = {(each.period, each.base): each for each in rates_of(read(run, "exchange")) if each.shown}
    by_currency: dict[tuple[int, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        ignored = cell.key.outcome is Outcome.IGNORED
        by_currency[cell.key.period, "" if ignored else cell.key.currency].append(cell)
    made: list[Cell] = []
    for key, group in sorted(by_currency.items()):
        rate = at.get(key)
        made += translated(group, rate, rate) if rate and rate.quote == home else group
    return made


def refuse_moved(store: Store, table: pa.Table) -> None:
    """Refuse rates of closed months that are others than those they were closed with.

    `table` is the new run's `exchange`. Raise AllocationError with every rate that moved.
    """
    now = rates_of(table)
    findings: dict[Finding, None] = {}
    for period, act in store.closings.standing().items() if now else ():
        run = store.need(act.run)
        kept = rates_of(read(run, "exchange"))
        findings |= dict.fromkeys(moved(kept, now, {period}, run.calendar))
    if findings:
        raise AllocationError(list(findings))


def moved(
    kept: Iterable[Rate],
    now: Iterable[Rate],
    closed: Collection[int],
    calendar: Calendar = CALENDAR_MONTHS,
) -> list[Finding]:
    """Find rates of closed periods that are no longer those that were used when they closed.

    `closed` are periods (`Period.index`). A rate that was not used then can't have moved.
    """
    before = {rate[:4]: rate for rate in kept}
    findings = []
    for rate in now:
        was = before.get(rate[:4])
        if was is None or rate.period not in closed or was.value == rate.value:
            continue
        what = (
            f"{calendar.period(rate.period)} is closed at {was.value:f} {was.quote} for one"
            f" {was.base} ({was.type}, {was.source}); now the rate would be {rate.value:f}"
            f" ({rate.source})"
        )
        hint = "give the rate of then, in the file of rates: what is closed does not move"
        findings.append(Finding(None, what, hint))
    return findings
