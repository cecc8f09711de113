"""The proof of a run: for each period, currency and class, what came in is what went out.

    ledger of all sources + released - deferred + exchanged in - exchanged out
        = statements + named remainders                          (integer minor units)

and, where something is charged otherwise than as it costs, without regard to class:

    statements = charged + shown + centrally funded − recovery

Released is what counts here and the ledger has elsewhere (earlier, or not yet), deferred what the
ledger has here and counts later. What rules ignore stands apart, on both sides of nothing: it is
listed as `ignored`, and together with the ledger it is all that was loaded for the period.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from truecost.engine.cells import OF_LEDGER, Nature, Outcome
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import AllocationError, Finding
from truecost.model.charging import Treatment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from truecost.engine.cells import Cell
    from truecost.engine.charges import Charges
    from truecost.engine.lines import Lines
    from truecost.engine.recovery import Recovery
    from truecost.kernel.calendars import Calendar

LEDGER, STATEMENTS, REMAINDER, IGNORED = "ledger", "statements", "remainder", "ignored"
RELEASED, DEFERRED = "released", "deferred"
EXCHANGED_IN, EXCHANGED_OUT = "exchanged in", "exchanged out"

#: How each side counts in the equation of a period, currency and class; it must come to nothing.
SIGNS: Mapping[str, int] = {
    LEDGER: 1,
    RELEASED: 1,
    DEFERRED: -1,
    EXCHANGED_IN: 1,
    EXCHANGED_OUT: -1,
    STATEMENTS: -1,
    REMAINDER: -1,
    IGNORED: 0,
}

RECOVERY = "recovery"
#: The side of the proof that a charge counts on, by its treatment.
TREATED = {
    Treatment.CHARGE.value: "charged",
    Treatment.SHOW.value: "shown",
    Treatment.CENTRAL.value: "central",
}
#: How each side counts in the equation of what is charged, over all classes, beside statements.
CHARGING_SIGNS: Mapping[str, int] = {**dict.fromkeys(TREATED.values(), -1), RECOVERY: 1}
#: What `differences` calls that equation in place of a class.
CHARGES = "charges"

#: (period, currency, class, side, label, amount)
ProofRow = tuple[int, str, str, str, str, int]
#: (period, currency, class, side, label) → amount
Sums = dict[tuple[int, str, str, str, str], int]


class RemainderLine(NamedTuple):
    """A row of the run's `remainders`; `object` or `consumer` is "" where there is none."""

    period: int
    currency: str
    cls: str
    name: str
    object: str
    consumer: str
    amount: int


def prove(
    cells: Iterable[Cell],
    lines: Lines,
    remainders: Iterable[RemainderLine],
    charges: Charges,
    recovery: Iterable[Recovery],
    calendar: Calendar = CALENDAR_MONTHS,
) -> list[ProofRow]:
    """Lay out both sides, by source and by remainder. Raise AllocationError if they differ."""
    sums: dict[tuple[int, str, str, str, str], int] = defaultdict(int)
    for cell in cells:
        key = cell.key
        for currency, side, label, amount in sides(
            key.currency, key.outcome, key.label, key.source, cell.nature, cell.amount,
            cell.ledger_currency, cell.ledger_amount,
        ):  # fmt: skip
            sums[key.period, currency, key.cls, side, label] += amount
    for (period, currency, cls), amount in lines.sums().items():
        sums[period, currency, cls, STATEMENTS, ""] += amount
    for rest in remainders:
        sums[rest.period, rest.currency, rest.cls, REMAINDER, rest.name] += rest.amount
    of_charges = charging_sides(
        charges.sums(),
        ((row.period, row.currency, row.service, row.recovery) for row in recovery),
    )
    rows = [(*key, amount) for key, amount in sorted({**sums, **of_charges}.items())]
    findings = [
        Finding(
            None,
            f"{calendar.period(period)} {currency} {cls}: the ledger and what was made of it differ"
            f" by {difference} minor units",
            "this is a fault of the program: please report it with the model",
        )
        for (period, currency, cls), difference in sorted(differences(rows).items())
        if difference
    ]
    if findings:
        raise AllocationError(findings)
    return [(*key, amount) for key, amount in sorted({**sums, **told(of_charges)}.items())]


def sides(
    currency: str,
    outcome: str,
    label: str,
    source: str,
    nature: str,
    amount: int,
    ledger_currency: str,
    ledger_amount: int,
) -> list[tuple[str, str, str, int]]:
    """Give what a cell is in the proof of its period: (currency, side, label, minor units).

    A cell that the ledger has in another currency is in the proof of both.
    """
    if outcome == Outcome.IGNORED:
        return [(ledger_currency, IGNORED, label, ledger_amount)]
    if nature == Nature.DEFERRED:
        return [(currency, DEFERRED, source, -amount)]
    if nature not in OF_LEDGER:
        return [(currency, RELEASED, f"{nature}: {source}", amount)]
    if ledger_currency == currency:
        return [(currency, LEDGER, source, amount)]
    return [
        (ledger_currency, LEDGER, source, ledger_amount),
        (ledger_currency, EXCHANGED_OUT, currency, ledger_amount),
        (currency, EXCHANGED_IN, ledger_currency, amount),
    ]


def differences(rows: Iterable[ProofRow]) -> dict[tuple[int, str, str], int]:
    """Give what the equations do not come to nothing by, per (period, currency, class).

    That of what is charged stands under `CHARGES`, where its sides are among the rows.
    """
    found: dict[tuple[int, str, str], int] = defaultdict(int)
    statements: dict[tuple[int, str], int] = defaultdict(int)
    of_charges: dict[tuple[int, str], int] = defaultdict(int)
    for period, currency, cls, side, _, amount in rows:
        if side in CHARGING_SIGNS:
            of_charges[period, currency] += CHARGING_SIGNS[side] * amount
            continue
        if side == STATEMENTS:
            statements[period, currency] += amount
        if SIGNS[side]:
            found[period, currency, cls] += SIGNS[side] * amount
    for (period, currency), amount in of_charges.items():
        found[period, currency, CHARGES] += statements[period, currency] + amount
    return found


def charging_sides(
    charges: Iterable[tuple[int, str, str, int]], recovery: Iterable[tuple[int, str, str, int]]
) -> Sums:
    """Give the sides of charging.

    `charges` are (period, currency, treatment, amount), `recovery` (period, currency, service,
    amount), which stands there by service and with its sign.
    """
    sums: Sums = defaultdict(int)
    for period, currency, treatment, amount in charges:
        sums[period, currency, "", TREATED[treatment], ""] += amount
    for period, currency, service, amount in recovery:
        sums[period, currency, "", RECOVERY, service] += amount
    return sums


def told(sides: Sums) -> Sums:
    """Leave out the sides of periods and currencies in which all is charged as it costs."""
    other = {key[:2] for key in sides if key[3] != TREATED[Treatment.CHARGE.value]}
    return {key: amount for key, amount in sides.items() if key[:2] in other}
