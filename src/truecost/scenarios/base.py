"""What a scenario starts from: a run, read once and shared by all scenarios that are computed."""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import pyarrow.compute as pc

from truecost.engine.capacity import LINES
from truecost.engine.cells import Outcome
from truecost.engine.codes import Codebook
from truecost.engine.drivers import total
from truecost.engine.flows import Flow, Flows, Known
from truecost.engine.standing import Standing
from truecost.model.resolve import Resolver
from truecost.model.types import CostObject, Kind
from truecost.scenarios.lines import Bills, MonthLines, bills

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from truecost.engine.allocate import Entries
    from truecost.engine.drivers import Quantities
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Model

_SERVICE = f"{Kind.SERVICE} "
#: (class, name, object or "", consumer or "") → minor units.
Remainders = dict[tuple[str, str, str, str], int]


class RunLike(Protocol):
    """What has a run's tables and manifest: a saved run, or one that was only rehearsed."""

    @property
    def id(self) -> str:
        """The run's id; empty where it is not saved."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The run's manifest."""

    def table(self, name: str) -> Any:
        """Give one of its Arrow tables."""


class Entered(NamedTuple):
    """What entered somewhere: a cell, as far as scenarios ask for it."""

    outcome: str
    label: str
    pool: str
    object: str
    cls: str
    consumer: str
    amount: int


@dataclass(frozen=True, slots=True)
class Slice:
    """One month in one currency, as the run has it. Amounts are minor units.

    `flows` are those that leave each cost object; `gross` what each tower and service comes to, by
    class, rounded by itself.
    """

    cells: tuple[Entered, ...]
    entries: Entries
    flows: Mapping[str, list[Flow]]
    lines: MonthLines
    remainders: Remainders
    gross: Mapping[str, Mapping[str, int]]
    _volumes: dict[str, Volume | None] = field(default_factory=dict, compare=False, repr=False)
    _passed: dict[str, list[Flow]] = field(default_factory=dict, compare=False, repr=False)
    _made: dict[str, Known | Standing] = field(default_factory=dict, compare=False, repr=False)

    @property
    def known(self) -> Known:
        """The flows as columns."""
        if "known" not in self._made:
            self._made["known"] = Known.of(self.flows)
        return cast("Known", self._made["known"])

    def standing(self, model: PeriodModel, currency: str) -> Standing:
        """Give the month, solved, to be asked what it would be with other quantities."""
        if "standing" not in self._made:
            known = self.known
            flows = Flows.gathered(known.register, known.outflows, self.entries)
            self._made["standing"] = Standing(model, currency, flows, self.entries)
        return cast("Standing", self._made["standing"])

    def volume(self, source: str) -> Volume | None:
        """Give the quantity that shares the cost of an object; None where no driver does."""
        if source not in self._volumes:
            self._volumes[source] = volume(self.flows.get(source, ()))
        return self._volumes[source]

    def every_flow(self) -> Iterator[Flow]:
        """Give all flows, by the name of their source."""
        return (flow for name in sorted(self.flows) for flow in self.flows[name])

    def from_services(self, target: str) -> list[Flow]:
        """Give what other services pass to an object."""
        if not self._passed:
            self._passed[""] = []
            for source, flows in self.flows.items():
                if source.startswith(_SERVICE):
                    for flow in flows:
                        if flow.target.startswith(_SERVICE) and flow.target != source:
                            self._passed.setdefault(flow.target, []).append(flow)
        return self._passed.get(target, [])


class Volume(NamedTuple):
    """The driver that shares a cost, its unit, and the quantity of all who are charged."""

    driver: str
    unit: str
    quantity: Fraction


def volume(flows: Iterable[Flow]) -> Volume | None:
    """Give the quantity of flows that a driver split, None where none did.

    Of a dual rate that of the last driver. What one driver splits twice, over a capacity and over
    use, counts once.
    """
    some = [
        flow
        for flow in flows
        if flow.driver and flow.quantity is not None and not flow.target.startswith(LINES)
    ]
    if not some:
        return None
    driver = some[-1].driver
    once = {flow.target: flow.quantity for flow in some if flow.driver == driver}
    quantity = total(each for each in once.values() if each is not None)
    return Volume(driver, some[-1].unit, Fraction(quantity))


class Base:
    """A run with its model. What several scenarios ask for is read once.

    `further` gives the quantities of a driver by which no rule of the run's model splits: the run
    does not keep these.
    """

    def __init__(
        self,
        model: Model,
        run: RunLike,
        further: Callable[[str, Period], Quantities | None],
    ) -> None:
        self.model = model
        self.run = run
        self._further = further
        self._tables: dict[str, pa.Table] = {}
        self._resolver = Resolver(model)
        self._slices: dict[tuple[Period, str], Slice] = {}
        self._quantities: dict[Period, dict[str, Quantities]] = {}
        self._bills: dict[tuple[tuple[Period, ...], str], tuple[Bills, int]] = {}
        self._kept = model.used_drivers

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """The months that the run has, in order."""
        found = self._table("consumers")["period"].unique().to_pylist()
        return tuple(self.model.calendar.period(index) for index in sorted(found))

    @cached_property
    def currencies(self) -> Mapping[Period, tuple[str, ...]]:
        """The currencies that each month has cost in; not those of what rules ignore alone."""
        cells = self._table("cells")
        found: dict[Period, set[str]] = {period: set() for period in self.periods}
        columns = ["period", "currency", "outcome"]
        for row in cells.select(columns).group_by(columns).aggregate([]).to_pylist():
            # what others had in a currency is translated, and in the cells of the workspace's
            if row["outcome"] == Outcome.IGNORED and row["currency"] != self.model.currency:
                continue
            found[self.model.calendar.period(row["period"])].add(row["currency"])
        return {period: tuple(sorted(names)) for period, names in found.items()}

    @cached_property
    def quiet(self) -> frozenset[str]:
        """The drivers whose quantities readers don't see."""
        return frozenset(each.name for each in self.model.drivers if each.shares_only)

    def model_of(self, period: Period) -> PeriodModel:
        """Give the model as it holds in a month."""
        return self._resolver.at(period)

    def quantities(self, name: str, period: Period) -> Quantities | None:
        """Give a driver's quantities in a month; None where it has none."""
        if name not in self._kept:
            return self._further(name, period)
        if period not in self._quantities:
            found: dict[str, Quantities] = defaultdict(dict)
            for row in self._rows("quantities", period):
                kind, _, id_ = row["object"].partition(" ")
                found[row["driver"]][CostObject(Kind(kind), id_)] = Decimal(row["quantity"])
            self._quantities[period] = dict(found)
        return self._quantities[period].get(name)

    def slice(self, period: Period, currency: str) -> Slice:
        """Give one month in one currency."""
        if (period, currency) not in self._slices:
            self._slices[period, currency] = self._read(period, currency)
        return self._slices[period, currency]

    @contextmanager
    def at_hand(self, periods: Iterable[Period]) -> Iterator[None]:
        """Read all that scenarios share of some months; until the block ends, it stays.

        The collector would else look at millions of small objects again and again, for each
        scenario.
        """
        for period in periods:
            for currency in self.currencies[period]:
                self.slice(period, currency)
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            gc.unfreeze()

    def bills(self, periods: Sequence[Period], currency: str) -> tuple[Bills, int]:
        """Add up what the run bills in some months, by service and consumer, and what it names."""
        key = (tuple(periods), currency)
        if key not in self._bills:
            book = Codebook()
            slices = [self.slice(period, currency) for period in periods]
            found = bills([here.lines.billed(book) for here in slices], book)
            named = sum(sum(here.remainders.values()) for here in slices)
            self._bills[key] = (found, named)
        return self._bills[key]

    def _read(self, period: Period, currency: str) -> Slice:
        columns = ("outcome", "label", "pool", "object", "class", "consumer", "amount")
        cells = tuple(
            Entered(*(row[name] for name in columns))
            for row in self._rows("cells", period, currency)
        )
        lines = MonthLines.of_run(self._part("lines", period, currency))
        remainders: Remainders = {}
        for row in self._rows("remainders", period, currency):
            key = (row["class"], row["name"], row["object"], row["consumer"])
            remainders[key] = row["amount"]
        gross: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self._rows("objects", period, currency):
            gross[row["object"]][row["class"]] = row["amount"]
        return Slice(
            cells, entries_of(cells), self._flows(period, currency), lines, remainders, gross
        )

    def _flows(self, period: Period, currency: str) -> dict[str, list[Flow]]:
        flows: dict[str, list[Flow]] = defaultdict(list)
        for row in self._rows("flows", period, currency):
            flow = Flow(
                row["source_object"],
                row["target_object"],
                int(row["weight"]),
                int(row["whole"]),
                row["driver"],
                _number(row["quantity"]),
                _number(row["driver_total"]),
                row["unit"],
                row["rule"],
            )
            flows[flow.source].append(flow)
        return flows

    def standing(self, period: Period, currency: str) -> Standing:
        """Give one month in one currency, to be asked what it would be with other quantities."""
        return self.slice(period, currency).standing(self.model_of(period), currency)

    def _rows(self, name: str, period: Period, currency: str | None = None) -> Any:
        return self._part(name, period, currency).to_pylist()

    def _part(self, name: str, period: Period, currency: str | None = None) -> pa.Table:
        table = self._table(name)
        mask = pc.equal(table["period"], period.index)
        if currency is not None:
            mask = pc.and_(mask, pc.equal(table["currency"], currency))
        return table.filter(mask)

    def _table(self, name: str) -> pa.Table:
        if name not in self._tables:
            self._tables[name] = self.run.table(name)
        return self._tables[name]


def entries_of(cells: tuple[Entered, ...]) -> Entries:
    """Add up what enters each cost object, by class."""
    entries: Entries = {}
    for cell in cells:
        if cell.outcome == Outcome.ALLOCATED:
            by_class = entries.setdefault(cell.object, {})
            by_class[cell.cls] = by_class.get(cell.cls, 0) + cell.amount
    return entries


def apart_of(cells: tuple[Entered, ...]) -> Remainders:
    """Give the remainders that cells themselves are: kept apart, or unmapped and allowed."""
    found: Remainders = defaultdict(int)
    for cell in cells:
        if cell.outcome not in {Outcome.ALLOCATED, Outcome.IGNORED}:
            found[cell.cls, cell.label or cell.outcome, "", cell.consumer] += cell.amount
    return dict(found)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
