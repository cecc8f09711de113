"""The proof of a run: for each period, currency and class, what came in is what went out.

    ledger of all sources = statements + named remainders        (integer minor units)

What rules ignore stands apart, on both sides of nothing: it is listed as `ignored`, and together
with the ledger it is all that was loaded for the period.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from truecost.engine.cells import Outcome
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.engine.cells import Cell

LEDGER, STATEMENTS, REMAINDER, IGNORED = "ledger", "statements", "remainder", "ignored"

#: (period, currency, class, side, label, amount)
ProofRow = tuple[int, str, str, str, str, int]


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
    cells: Iterable[Cell], lines: Iterable[Line], remainders: Iterable[RemainderLine]
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
    rows = [(*key, amount) for key, amount in sorted(sums.items())]
    findings = [
        Finding(
            None,
            f"{Period(period)} {currency} {cls}: the ledger and what was made of it differ by"
            f" {difference} minor units",
            "this is a fault of the program: please report it with the model",
        )
        for (period, currency, cls), difference in sorted(differences(rows).items())
        if difference
    ]
    if findings:
        raise AllocationError(findings)
    return rows


def differences(rows: Iterable[ProofRow]) -> dict[tuple[int, str, str], int]:
    """Give ledger − statements − remainders per (period, currency, class)."""
    found: dict[tuple[int, str, str], int] = defaultdict(int)
    for period, currency, cls, side, _, amount in rows:
        if side != IGNORED:
            found[period, currency, cls] += amount if side == LEDGER else -amount
    return found
