"""Charging, as a build does it: lines become charges, period after period, and are settled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from truecost.engine.charges import Charges, charge
from truecost.engine.lines import Costs, costs_of
from truecost.engine.recovery import Month, Recovery, needed, recover
from truecost.kernel.findings import AllocationError, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from truecost.engine.graph import Quantities
    from truecost.engine.lines import Lines
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel

    #: Gives a driver's quantities in a period, None where it has none.
    Values = Callable[[str, Period], Quantities | None]


def charge_all(
    models: Sequence[PeriodModel], lines: Lines, values: Values
) -> tuple[Charges, list[Recovery], list[Finding]]:
    """Charge the lines of all periods, in their order; give charges, recovery and warnings.

    Raise AllocationError with the faults of all periods.
    """
    costs = costs_of(lines)
    none = Costs.none(lines.book)
    months: list[Month] = []
    faults: list[Finding] = []
    for model in models:
        of_period = costs.get(model.period.index) or none
        try:
            charged = charge(model, of_period, partial(_value, values, model.period))
        except AllocationError as fault:
            faults += fault.findings
        else:
            months.append(Month(model, of_period, charged))
    if faults:
        raise AllocationError(list(dict.fromkeys(faults)))
    rows, recovery, warnings = recover(months)
    plain = {month.model.period.index: month.charged.plain for month in months}
    return Charges(plain, rows), recovery, warnings


def lacking(models: Sequence[PeriodModel], begins: Period) -> list[Finding]:
    """Find what is settled in a period, but has periods that are not computed with it.

    `begins` is the first period of which there is any cost.
    """
    first = models[0].period
    found = []
    for model in models:
        earliest = max(needed(model), begins)
        if earliest < first:
            found.append(
                Finding(
                    model.true_ups[0].place,
                    f"{model.period} settles what was charged from {earliest}",
                    f"compute from {earliest}, so that nothing of it is left out",
                )
            )
    return found


def _value(values: Values, period: Period, name: str) -> Quantities | None:
    return values(name, period)
