"""Periods that are closed: what they stand by, and that no build moves them.

A build computes closed periods too, from the lines that they were closed with: what comes out must
be what was closed. Where it is not, the model was changed for a period that is closed, and the
build is refused. The tables of the new run then hold the closed periods' rows as they were.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from truecost.engine import tables as run_tables
from truecost.engine.cells import Nature
from truecost.engine.exchange_again import refuse_moved
from truecost.kernel.findings import AllocationError, Finding, Place, Severity, StoreError
from truecost.kernel.money import shown, to_minor
from truecost.sources.late import BACK, LATE_FOR, LateLines, place_late
from truecost.sources.late import Placed as PlacedSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.engine.cells import Cell
    from truecost.kernel.periods import Period
    from truecost.model.types import Model
    from truecost.store.closings import Closing
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource

_SHOWN = 5
#: Tables of money that a closed period has for good, each with what tells its rows apart.
_STANDS = {
    "lines": ("class", "service", "consumer"),
    "remainders": ("class", "name", "object", "consumer"),
    "charges": ("consumer", "service", "treatment", "kind", "item"),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """The sources to compute with, and the late lines, which are in the period `into`."""

    sources: tuple[CodedSource, ...]
    late: tuple[LateLines, ...] = ()
    into: int | None = None
    findings: tuple[Finding, ...] = ()


def place(
    closed: ClosedPeriods | None, sources: Sequence[CodedSource], model: Model, last: Period
) -> Placed:
    """Give the sources with closed periods as they were closed, late lines in the open one.

    Late lines are left out, and warned of, where the open period is after `last`, or where the
    model says that closed periods are restated. Raise AllocationError where the calendar is
    another one than that of a closed period, StoreError where the source that a period was
    closed with is missing.
    """
    if closed is None or not closed.acts:
        return Placed(tuple(sources))
    closed.refuse_other_calendar(model)
    following = max(closed.acts) + 1
    into = following if following <= last.index and not model.restates else None
    registers = {source.name for source in model.sources if source.register is not None}
    made = [
        # a register is kept up to date: what its entries gave to closed periods is compared later
        PlacedSource(source, ()) if source.name in registers else closed.place(source, into)
        for source in sources
    ]
    late = tuple(late for each in made for late in each.late)
    waiting = () if into is not None else _waiting(late, model)
    return Placed(tuple(each.source for each in made), late, into, waiting)


def marked(cells: list[Cell]) -> list[Cell]:
    """Mark the cells of late lines: they count where they were placed, and are for another period.

    Those that are recognised over time keep saying so instead.
    """
    made = []
    for cell in cells:
        late = dict(cell.detail).get(LATE_FOR)
        if late is None:
            made.append(cell)
            continue
        detail = tuple(pair for pair in cell.detail if pair[0] != LATE_FOR)
        period = int(late.partition(BACK)[0])
        made.append(replace(cell, detail=detail, nature=Nature.LATE, service_period=period))
    return made


def _waiting(late: Sequence[LateLines], model: Model) -> tuple[Finding, ...]:
    """Warn of late lines that are in no statement yet."""
    findings = []
    for each in late:
        period = model.calendar.period(each.period)
        sums = ", ".join(
            shown(to_minor(amount, currency), currency)
            for currency, amount in sorted(each.amounts.items())
        )
        findings.append(
            Finding(
                None,
                f"{each.source}: {each.came + each.gone} lines for {period}, which is closed, came"
                f" or changed later and are on no statement: {sums}",
                f"truecost close {period} --adjust"
                if model.restates
                else f"they are placed in the first open {period.calendar.unit}, once a build has"
                " it",
                severity=Severity.WARNING,
            )
        )
    return tuple(findings)


class ClosedPeriods:
    """The closed periods of a store. `acts` are what they stand by, by period index."""

    def __init__(self, store: Store, acts: Mapping[int, Closing]) -> None:
        self._store = store
        self.acts = acts
        self._runs = {act.run: store.run(act.run) for act in acts.values()}

    @classmethod
    def of(cls, store: Store, *, without: int | None = None) -> ClosedPeriods:
        """Read them; `without` leaves one out, to compute it anew.

        Raise StoreError where a run that a period stands by is missing or another.
        """
        acts = {at: act for at, act in store.closings.standing().items() if at != without}
        found = cls(store, acts)
        for act in acts.values():
            if found.run(act.period).manifest["sha256"] != act.manifest:
                period = found.run(act.period).calendar.period(act.period)
                what = f"run {act.run} is not the one that {period} was closed with"
                raise StoreError(Finding(None, what, "restore the store from a backup"))
        return found

    def run(self, period: int) -> Run:
        """Give the run that a closed period stands by."""
        return self._runs[self.acts[period].run]

    def refuse_other_calendar(self, model: Model) -> None:
        """Raise AllocationError where days fall into other periods now than when one was closed."""
        for at, act in sorted(self.acts.items()):
            was = self.run(at).calendar
            if was.cuts != model.calendar.cuts:
                now = model.calendar.on(was.period(at).first_day)
                what = f"{was.period(at)} is closed by run {act.run}, in another calendar"
                hint = f"keep  fiscal_year:  as it was, or reopen it; its days would be in {now}"
                raise AllocationError(Finding(Place("truecost.yaml"), what, hint))

    def place(self, source: CodedSource, into: int | None) -> PlacedSource:
        """Give a source's lines as closings have them, with late lines in the period `into`."""
        with_ = {period: self._closed_with(source.name, period) for period in self.acts}
        there = {period: found for period, found in with_.items() if found is not None}
        return place_late(self._store, source, there, into)

    def _closed_with(self, name: str, period: int) -> CodedSource | None:
        load = self.run(period).manifest["inputs"]["sources"].get(name)
        if load is None:
            return None
        found = self._store.source(load)
        if found is None:
            shown_period = self.run(period).calendar.period(period)
            what = f'what {shown_period} was closed with of source "{name}" is not in the store'
            raise StoreError(Finding(None, what, "restore the store from a backup"))
        return found

    def kept(
        self,
        made: Mapping[str, pa.Table],
        said: Mapping[str, Any],
        periods: Sequence[Period],
        placed: Placed,
    ) -> tuple[dict[str, pa.Table], dict[str, Any]]:
        """Give a run's tables and manifest with closed periods as they were closed.

        Raise AllocationError, with who would pay what, where money would move in one of them.
        """
        closed = [period.index for period in periods if period.index in self.acts]
        if not closed:
            return dict(made), dict(said)
        refuse_moved(self._store, made["exchange"])
        findings = [found for period in closed if (found := self._moved(made, period)) is not None]
        if findings:
            raise AllocationError(findings)
        tables = {name: self._with_closed(name, table, closed) for name, table in made.items()}
        acts = {
            str(period): self.acts[period.index] for period in periods if period.index in closed
        }
        models = {
            period: self.run(act.period).manifest["inputs"]["model"].get(period, "")
            for period, act in acts.items()
        }
        inputs = said["inputs"] | {
            "model": said["inputs"]["model"] | models,
            "closed": {period: act.run for period, act in acts.items()},
        }
        more = {
            "inputs": inputs,
            "proof": tables["proof"].to_pylist(),
            "closed": {period: {"run": a.run, "day": a.day} for period, a in acts.items()},
            "late": [_told(each, placed.into) for each in placed.late],
        }
        return tables, {**said, **more}

    def _with_closed(self, name: str, table: pa.Table, closed: Sequence[int]) -> pa.Table:
        if "period" not in table.column_names:
            return table
        keep = pc.invert(pc.is_in(table["period"], pa.array(closed, pa.int32())))
        parts = [table.filter(keep)]
        for period in closed:
            was = run_tables.read(self.run(period), name)
            parts.append(was.filter(pc.equal(was["period"], period)).select(table.column_names))
        rows = pa.concat_tables([part.cast(table.schema) for part in parts])
        if rows.num_rows == 0:
            return rows
        order = [(column, "ascending") for column in rows.column_names]
        return rows.sort_by(order).combine_chunks()

    def _moved(self, made: Mapping[str, pa.Table], period: int) -> Finding | None:
        """Say what would be another amount in a closed period."""
        moved: list[str] = []
        for name, keys in _STANDS.items():
            if name not in made:
                continue
            now = _amounts(made[name], keys, period)
            was = _amounts(run_tables.read(self.run(period), name), keys, period)
            if name == "charges" and not was:
                continue  # closed by a version that did not write them
            for key in sorted(now.keys() | was.keys()):
                if now.get(key, 0) != was.get(key, 0):
                    currency, *words = key
                    what = " ".join(filter(None, words))
                    moved.append(
                        f"{what}: {shown(was.get(key, 0), currency)} was closed,"
                        f" {shown(now.get(key, 0), currency)} would be now"
                    )
        if not moved:
            return None
        act = self.acts[period]
        month = self.run(period).calendar.period(period)
        more, unit = len(moved) - _SHOWN, month.calendar.unit
        return Finding(
            None,
            f"{month} is closed since {act.day}, and the model as it is now would give"
            f" other amounts there",
            f"let what was changed hold from an open {unit} on:  valid: {{ from: … }}; or reopen"
            f" the {unit}:  truecost close {month} --reopen --reason …",
            (*moved[:_SHOWN], *((f"and {more} more",) if more > 0 else ())),
        )


def _told(late: LateLines, into: int | None) -> dict[str, Any]:
    """Say of late lines what the manifest keeps; `into` is the period that has them."""
    return {
        "source": late.source,
        "period": late.period,
        "into": into,
        "came": late.came,
        "gone": late.gone,
        "amounts": {currency: f"{amount:f}" for currency, amount in sorted(late.amounts.items())},
    }


def _amounts(table: pa.Table, keys: Sequence[str], period: int) -> dict[tuple[str, ...], int]:
    """Add up a table's amounts of a period by currency and keys."""
    rows = table.filter(pc.equal(table["period"], period))
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    columns = ["currency", *keys, "amount"]
    for *key, amount in zip(*(rows[column].to_pylist() for column in columns), strict=True):
        sums[tuple(key)] += amount
    return {key: amount for key, amount in sums.items() if amount}
