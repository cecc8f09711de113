"""Cost in other currencies becomes cost in the workspace's, exactly.

What a source has in a currency and period is translated as a whole: the exact product with the rate
is rounded once, and that integer is distributed to the cells by largest remainder, as the source's
own total was. Where the books hold the money at another rate than statements show, what the source
comes to at the books' rate is rounded once too, distributed to classes, and the difference is a
cell of its own, the exchange difference: statements + exchange difference = what the books have.
What a register has (assets, prepayments, accruals) the books have not, or had before: there is no
difference.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from truecost.engine.cells import Cell, Key, Outcome, shared, told
from truecost.engine.rates import Rate, RateBook
from truecost.kernel.apportion import largest_remainder, tie_of
from truecost.kernel.findings import AllocationError, Finding, SourceError
from truecost.kernel.money import digits, whole_minor
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from truecost.model.types import CostObject, Model

DIFFERENCE = "exchange difference"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Cells of which those in other currencies are translated, the rates used, and what lacked."""

    cells: list[Cell]
    rates: list[Rate]
    findings: list[Finding]


def exchange(model: Model, cells: list[Cell], data: Callable[[str], Path]) -> Exchanged:
    """Translate the cells in other currencies than the workspace's, where the model says so.

    What rules ignore stays as the ledger has it. `data` gives the path of a file of the workspace.
    """
    chosen, home = model.currencies, model.currency
    if chosen is None:
        return Exchanged(cells, [], [])
    book = RateBook(chosen, home, data, model.calendar)
    kept = [cell for cell in cells if not _foreign(cell, home)]
    foreign = sorted((cell for cell in cells if _foreign(cell, home)), key=_group)
    rates: dict[tuple[str, int, str], Rate] = {}
    findings: dict[Finding, None] = {}
    made: list[Cell] = []
    registers = {source.name for source in model.sources if source.register}
    for (period, currency, source), group in groupby(foreign, _group):
        at = chosen.translate_at if source in registers else chosen.booked_at
        try:
            shown, booked = (
                book.rate(kind, currency, model.calendar.period(period))
                for kind in (chosen.translate_at, at)
            )
        except (AllocationError, SourceError) as fault:
            findings |= dict.fromkeys(fault.findings)
            continue
        for each in (shown, booked):
            known = rates.get((each.type, period, currency), each)
            rates[each.type, period, currency] = each._replace(
                shown=each == shown,
                booked=known.booked or (each == booked and source not in registers),
            )
        try:
            made += translated(list(group), shown, booked, chosen.difference_to)
        except OverflowError:
            what = (
                f"what {currency} of {model.calendar.period(period)} comes to in {home} is beyond"
                " what can be held"
            )
            findings[Finding(chosen.place, what, f"look at the rate: {shown.value:f}")] = None
    return Exchanged(kept + made, sorted(rates.values()), list(findings))


def _foreign(cell: Cell, home: str) -> bool:
    return cell.key.currency != home and cell.key.outcome is not Outcome.IGNORED


def _group(cell: Cell) -> tuple[int, str, str]:
    return cell.key.period, cell.key.currency, cell.key.source


def factor(rate: Rate) -> Fraction:
    """Give what a minor unit is worth in minor units of the other currency."""
    power = digits(rate.quote) - digits(rate.base)
    return Fraction(rate.value) * Fraction(10) ** power


def translated(
    cells: Sequence[Cell], shown: Rate, booked: Rate, to: CostObject | None = None
) -> list[Cell]:
    """Translate the cells of one source, period and currency, with their exchange difference.

    It goes to the cost object `to`, without one it is a named remainder.
    Raise OverflowError where the result is beyond int64 minor units.
    """
    exact = [cell.amount * factor(shown) for cell in cells]
    whole_minor(sum(map(abs, exact), Fraction(0)))
    # cells of one key and origin differ by what they are for, or why they count here
    origins = [
        (
            cell.pool,
            cell.rule,
            cell.centre_rule,
            cell.nature,
            str(cell.service_period),
            *told(cell.detail),
        )
        for cell in cells
    ]
    total = whole_minor(sum(exact, Fraction(0)))
    amounts = shared(total, [cell.key for cell in cells], origins, exact)
    made = [
        dataclasses.replace(
            cell,
            key=dataclasses.replace(cell.key, currency=shown.quote),
            amount=amount,
            ledger_currency=cell.key.currency,
            ledger_amount=cell.amount,
        )
        for cell, amount in zip(cells, amounts, strict=True)
    ]
    return made if booked == shown else [*made, *_difference(made, booked, to)]


def _difference(cells: Iterable[Cell], booked: Rate, to: CostObject | None) -> list[Cell]:
    """Give what the books have more than the statements, by class."""
    shown: dict[str, int] = {}
    ledger: dict[str, int] = {}
    first = None
    for cell in cells:
        first = first or cell
        shown[cell.key.cls] = shown.get(cell.key.cls, 0) + cell.amount
        ledger[cell.key.cls] = ledger.get(cell.key.cls, 0) + cell.ledger_amount
    if first is None:
        return []
    exact = [amount * factor(booked) for amount in ledger.values()]
    ties = [tie_of(f"{DIFFERENCE} {cls}", Period(booked.period)) for cls in ledger]
    total = whole_minor(sum(exact, Fraction(0)))
    whole_minor(sum(map(abs, exact), Fraction(0)))
    difference = zip(ledger, largest_remainder(total, exact, ties), strict=True)
    return [
        _cell(booked, first.key.source, cls, amount - shown[cls], to)
        for cls, amount in difference
        if amount != shown[cls]
    ]


def _cell(booked: Rate, source: str, cls: str, amount: int, to: CostObject | None) -> Cell:
    outcome = Outcome.KEPT_APART if to is None else Outcome.ALLOCATED
    key = Key(booked.period, booked.quote, source, outcome, DIFFERENCE, str(to or ""), cls, "")
    made = Cell.entered(key, "", "", "", 0, amount)
    return dataclasses.replace(made, ledger_currency=booked.base, ledger_amount=0)
