"""Driver quantities, per period and cost object: from files, or measured over a source."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING

from truecost.kernel.findings import AllocationError, Finding, SourceError
from truecost.model.types import CostObject, Driver, Kind, Missing
from truecost.sources.labour import File, Labour, read_labour
from truecost.sources.quantities import Column, QuantityFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from truecost.kernel.periods import Period
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
        self._rows: dict[str, set[tuple[int, CostObject]]] = {}
        self._labour: dict[str, Labour] = {}
        self._files: dict[str, QuantityFile] = {}
        branches = {consumer.parent for consumer in model.consumers}
        self._targets = {
            **{f"tower {name}": CostObject(Kind.TOWER, name) for name in model.towers},
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
        found = self.as_of(name, period)
        return None if found is None else self._values[name][found.index]

    def as_of(self, name: str, period: Period) -> Period | None:
        """Give the month that a driver's values in a period are of; None where it has none.

        Raise as `quantities` does.
        """
        driver = self._drivers[name]
        if not driver.valid.holds(period):
            return None
        values = self._read_once(driver)
        self._check_window(driver, period)
        if period.index in values:
            return period
        if driver.when_missing is Missing.PREVIOUS:
            return _before(values, period)
        return None

    def gone(self, name: str, period: Period) -> tuple[Period, Quantities]:
        """Give what a driver's file said last of targets that have no row in a period.

        Only what is not zero, and only for a period that the file gives; with the month it is of.
        """
        values = self._read_once(self._drivers[name])
        before = _before(values, period)
        if period.index not in values or before is None:
            return period, {}
        rows = self._rows[name]
        last = values[before.index].items()
        return before, {
            each: value for each, value in last if value and (period.index, each) not in rows
        }

    def faults(self, periods: Sequence[Period]) -> list[Finding]:
        """Read every driver file that the periods need; give all that is wrong."""
        used = self._model.used_drivers
        findings: list[Finding] = []
        for driver in self._model.drivers:
            if driver.file and driver.name in used and any(map(driver.valid.holds, periods)):
                findings += self._faults(driver)
        return list(dict.fromkeys(findings))

    def _faults(self, driver: Driver) -> Sequence[Finding]:
        try:
            self._read_once(driver)
        except SourceError as fault:
            return fault.findings
        return ()

    def _read_once(self, driver: Driver) -> dict[int, Quantities]:
        if driver.name not in self._values:
            self._values[driver.name] = self._read(driver)
        return self._values[driver.name]

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
        column = self._column(driver, driver.file)
        if column.findings:
            raise SourceError(column.findings)
        self._rows[driver.name] = column.rows
        return column.values

    def _column(self, driver: Driver, file: str) -> Column:
        path, column = self._data(file), driver.column or driver.name
        calendar = self._model.calendar
        if driver.equation is not None:
            from truecost.rules.equation import parse_equation  # noqa: PLC0415  brings SQL's parser
            from truecost.sources.equations import read_equation  # noqa: PLC0415

            equation = parse_equation(driver.equation)
            return read_equation(
                path, file, equation, self._targets, calendar, add_up=driver.add_up
            )
        if driver.rates is not None:
            rates = File(self._data(driver.rates), driver.rates)
            labour = read_labour(File(path, file), column, rates, self._targets, calendar)
            self._labour[driver.name] = labour
            return labour.column
        table = self._files.get(file) or QuantityFile(path, file, self._targets, calendar)
        found = table.column(column)
        self._files[file] = table  # not one that can't be read, which says so for each driver
        return found

    def without_hours(self, name: str, period: Period) -> tuple[int, ...]:
        """Give the lines of the rates of a labour driver whose people have no hours in a period."""
        self._read_once(self._drivers[name])
        return self._labour[name].idle(period) if name in self._labour else ()

    def _check_window(self, driver: Driver, period: Period) -> None:
        if driver.source is None:
            return
        begins = self._begins.get(driver.source)
        first = period - (driver.months - 1)
        unit = period.calendar.unit
        if begins is not None and first.index < begins:
            earliest = period.calendar.period(begins)
            raise AllocationError(
                Finding(
                    driver.place,
                    f'driver "{driver.name}" looks back over {driver.months} {unit}s from {period},'
                    f' but source "{driver.source}" begins in {earliest}',
                    "compute from a later period (periods: in truecost.yaml), shorten  over:  or"
                    " give earlier data",
                )
            )


def _before(values: Iterable[int], period: Period) -> Period | None:
    """Give the last period before one that has values."""
    earlier = [index for index in values if index < period.index]
    return period.calendar.period(max(earlier)) if earlier else None


def total(quantities: Iterable[Decimal]) -> Decimal:
    """Add up quantities exactly."""
    result = Decimal(0)
    for value in quantities:
        result = EXACT.add(result, value)
    return result
