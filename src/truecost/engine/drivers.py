"""Driver quantities, per period and cost object: from files, or measured over a source."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING

from truecost.kernel.findings import AllocationError, Finding, SourceError
from truecost.kernel.periods import Period
from truecost.model.types import CostObject, Driver, Kind, Missing
from truecost.sources.quantities import read_quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from truecost.model.types import Consumer, Model

Quantities = dict[CostObject, Decimal]
#: Monthly or windowed measures of a driver: period index → consumer index → value.
Measured = dict[int, dict[int, Decimal]]

#: Arithmetic on quantities, which have at most 38 digits: exact, or an exception.
EXACT = Context(prec=80, traps=[Inexact])


class DriverBook:
    """Gives a driver's quantities in a period; each driver is read or measured once.

    `measure(driver)` gives a measured driver's values by period and consumer index, windows
    included. `begins` is the first period that each source has, by name.
    """

    def __init__(
        self,
        model: Model,
        owners: Sequence[Consumer],
        measure: Callable[[Driver], Measured],
        begins: Mapping[str, int],
        data: Callable[[str], Path],
    ) -> None:
        self._model = model
        self._drivers = {driver.name: driver for driver in model.drivers}
        self._owners = owners
        self._measure = measure
        self._begins = begins
        self._data = data
        self._values: dict[str, dict[int, Quantities]] = {}
        branches = {consumer.parent for consumer in model.consumers}
        self._targets = {
            **{service.id: CostObject(Kind.SERVICE, service.id) for service in model.services},
            **{
                consumer.id: CostObject(Kind.CONSUMER, consumer.id)
                for consumer in model.consumers
                if consumer.id not in branches
            },
        }

    def quantities(self, name: str, period: Period) -> Quantities | None:
        """Give the values of a driver in a period; None where it has none.

        Raise SourceError where its file can't be read, AllocationError where its window begins
        before its source does.
        """
        driver = self._drivers[name]
        if not driver.valid.holds(period):
            return None
        if name not in self._values:
            self._values[name] = self._read(driver)
        values = self._values[name]
        self._check_window(driver, period)
        found = values.get(period.index)
        if found is None and driver.when_missing is Missing.PREVIOUS:
            earlier = [index for index in values if index < period.index]
            found = values[max(earlier)] if earlier else None
        return found

    def _read(self, driver: Driver) -> dict[int, Quantities]:
        if driver.file is None:
            return {
                period: {
                    CostObject(Kind.CONSUMER, self._owners[owner].id): value
                    for owner, value in values.items()
                    if owner >= 0
                }
                for period, values in self._measure(driver).items()
            }
        rows, findings = read_quantities(
            self._data(driver.file), driver.file, driver.column or driver.name, self._targets
        )
        if findings:
            raise SourceError(findings)
        return rows

    def _check_window(self, driver: Driver, period: Period) -> None:
        if driver.source is None:
            return
        begins = self._begins.get(driver.source)
        first = period - (driver.months - 1)
        if begins is not None and first.index < begins:
            raise AllocationError(
                Finding(
                    driver.place,
                    f'driver "{driver.name}" looks back over {driver.months} months from {period},'
                    f' but source "{driver.source}" begins in {Period(begins)}',
                    "compute from a later period (periods: in truecost.yaml), shorten  over:  or"
                    " give earlier data",
                )
            )


def total(quantities: Iterable[Decimal]) -> Decimal:
    """Add up quantities exactly."""
    result = Decimal(0)
    for value in quantities:
        result = EXACT.add(result, value)
    return result
