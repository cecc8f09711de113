"""The proof of a run: for each period, currency and class, what came in is what went out.

    ledger of all sources = statements + named remainders        (integer minor units)

and, where something is charged otherwise than as it costs, without regard to class:

    statements = charged + shown + centrally funded − recovery

What rules ignore stands apart, on both sides of nothing: it is listed as `ignored`, and together
with the ledger it is all that was loaded for the period.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from truecost.engine.cells import Outcome
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.periods import Period
from truecost.model.charging import Treatment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.engine.cells import Cell
    from truecost.engine.charges import Charge
    from truecost.engine.recovery import Recovery

LEDGER, STATEMENTS, REMAINDER, IGNORED = "ledger", "statements", "remainder", "ignored"
RECOVERY = "recovery"
#: The side of the proof that a charge counts on, by its treatment.
TREATED = {
    Treatment.CHARGE.value: "charged",
    Treatment.SHOW.value: "shown",
    Treatment.CENTRAL.value: "central",
}

_OF_CHARGES = {*TREATED.values(), RECOVERY}

#: (period, currency, class, side, label, amount)
ProofRow = tuple[int, str, str, str, str, int]
#: (period, currency, class, side, label) → amount
Sums = dict[tuple[int, str, str, str, str], int]


class Line(NamedTuple):
    """A row of the run's `lines`."""

    period: int
    currency: str
    cls: str
    service: str
    consumer: str
    amount: int


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
    lines: Sequence[Line],
    remainders: Iterable[RemainderLine],
    charges: Iterable[Charge],
    recovery: Iterable[Recovery],
) -> list[ProofRow]:
    """Lay out both sides, by source and by remainder. Raise AllocationError if they differ."""
    sums: dict[tuple[int, str, str, str, str], int] = defaultdict(int)
    for cell in cells:
        key = cell.key
        side = IGNORED if key.outcome is Outcome.IGNORED else LEDGER
        label = key.label if side == IGNORED else key.source
        sums[key.period, key.currency, key.cls, side, label] += cell.amount
    for line in lines:
        sums[line.period, line.currency, line.cls, STATEMENTS, ""] += line.amount
    for rest in remainders:
        sums[rest.period, rest.currency, rest.cls, REMAINDER, rest.name] += rest.amount
    sides = charging_sides(
        ((row.period, row.currency, row.treatment, row.amount) for row in charges),
        ((row.period, row.currency, row.service, row.recovery) for row in recovery),
    )
    rows = [(*key, amount) for key, amount in sorted({**sums, **sides}.items())]
    findings = [
        Finding(
            None,
            f"{Period(period)} {currency} {cls or 'charges'}: the ledger and what was made of it"
            " differ by"
            f" {difference} minor units",
            "this is a fault of the program: please report it with the model",
        )
        for (period, currency, cls), difference in sorted(differences(rows).items())
        if difference
    ]
    if findings:
        raise AllocationError(findings)
    return [(*key, amount) for key, amount in sorted({**sums, **told(sides)}.items())]


def differences(rows: Iterable[ProofRow]) -> dict[tuple[int, str, str], int]:
    """Give ledger − statements − remainders per (period, currency, class).

    And, under the class "", statements − charged − shown − central + recovery, where they stand.
    """
    found: dict[tuple[int, str, str], int] = defaultdict(int)
    statements: dict[tuple[int, str], int] = defaultdict(int)
    of_charges: dict[tuple[int, str], int] = defaultdict(int)
    for period, currency, cls, side, _, amount in rows:
        if side in _OF_CHARGES:
            of_charges[period, currency] += amount if side == RECOVERY else -amount
            continue
        if side == STATEMENTS:
            statements[period, currency] += amount
        if side != IGNORED:
            found[period, currency, cls] += amount if side == LEDGER else -amount
    for (period, currency), amount in of_charges.items():
        found[period, currency, ""] += statements[period, currency] + amount
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
