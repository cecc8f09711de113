"""What driver files leave unsaid, and what is used in its place: warnings of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.engine.faults import months
from truecost.kernel.findings import Finding, Place, Severity
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from truecost.engine.drivers import DriverBook
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel

_LINES = 5


class Omissions:
    """Collects, period by period, what the files of drivers in use do not say."""

    def __init__(self, book: DriverBook) -> None:
        self._book = book
        self._rows: list[Finding] = []
        self._carried: dict[tuple[str, Period], list[Period]] = {}
        self._places: dict[str, Place] = {}

    def look(self, model: PeriodModel) -> None:
        """Look at the drivers that split cost or are charged by in a period."""
        here = {CostObject(Kind.SERVICE, service.id) for service in model.services}
        here |= {CostObject(Kind.CONSUMER, leaf) for leaf in model.leaves}
        lost: dict[tuple[str, CostObject, Period], dict[str, Decimal]] = {}
        for driver in model.drivers:
            if driver.name not in model.used_drivers or driver.file is None:
                continue
            as_of = self._book.as_of(driver.name, model.period)
            if as_of is not None and as_of != model.period:
                self._carried.setdefault((driver.name, as_of), []).append(model.period)
                self._places[driver.name] = driver.place
            if idle := self._book.without_hours(driver.name, model.period):
                self._rows.append(_without_hours(driver.rates or "", model.period, idle))
            if driver.rates:  # nobody writes down for whom they did not work
                continue
            before, values = self._book.gone(driver.name, model.period)
            for target in here & values.keys():
                of_target = lost.setdefault((driver.file, target, before), {})
                of_target[driver.name] = values[target]
        for (file, target, before), said in sorted(lost.items(), key=lambda each: str(each[0])):
            self._rows.append(_lost(file, target, model.period, before, said))

    def findings(self) -> tuple[Finding, ...]:
        """Give all warnings."""
        carried = [
            Finding(
                self._places[name],
                f'driver "{name}" gives no value for {months(periods)}: those of {as_of} are used',
                "give the values when they are known; readers are told the"
                f" {periods[0].calendar.unit}",
                severity=Severity.WARNING,
            )
            for (name, as_of), periods in self._carried.items()
        ]
        return (*self._rows, *carried)


def _lost(
    file: str,
    target: CostObject,
    period: Period,
    before: Period,
    values: Mapping[str, Decimal],
) -> Finding:
    """Tell of a row that a file had the month before and has no more."""
    said = ", ".join(f"{name} {value:,f}" for name, value in values.items())
    return Finding(
        Place(file),
        f"{period} has no row for {target}",
        "give the row; write 0 if it used nothing",
        (
            f"it had a row in {before}: {said}",
            "without one nothing that these split is charged to it",
        ),
        Severity.WARNING,
    )


def _without_hours(file: str, period: Period, lines: Sequence[int]) -> Finding:
    """Tell, without names, of people who have a rate and no hours."""
    some = ", ".join(map(str, lines[:_LINES])) + (", …" if len(lines) > _LINES else "")
    return Finding(
        Place(file, lines[0]),
        f"{period} has no hours for {len(lines):,} of those with a rate: lines {some}",
        "give their hours, or end the rate",
        ("what they are paid falls on where the others worked",),
        Severity.WARNING,
    )
