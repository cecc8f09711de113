"""The two sides of a bridge: a period as it was built, and as another model would have it."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from truecost.engine import classify, tables
from truecost.engine.allocate import allocate
from truecost.engine.cells import Mapper, settle_source
from truecost.engine.frozen import Frozen, owners
from truecost.engine.lineage import Paths
from truecost.engine.lineage_lines import Cell, cells_of, frozen_of, source_of
from truecost.kernel.findings import Finding, StoreError
from truecost.model.resolve import resolve
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from truecost.engine.allocate import Allocated
    from truecost.engine.lineage import Edge
    from truecost.kernel.periods import Period
    from truecost.store.runs import Run, Store

_EXACT = Context(prec=200, traps=[Inexact])


def counted(edge: Edge) -> Decimal:
    """Give the quantity behind a share; each target of a split without a driver counts as one."""
    return Decimal(edge.quantity) if edge.driver else Decimal(1)


def added(values: Iterable[Decimal]) -> Fraction:
    """Add decimals up exactly."""
    result = Decimal(0)
    for value in values:
        result = _EXACT.add(result, value)
    return Fraction(result)


@dataclass(frozen=True)
class Side:
    """One period's flows and entries: `entries` and `one_offs` are minor units by cost object."""

    paths: Paths
    entries: Mapping[str, int]
    one_offs: Mapping[str, int]
    billed: Mapping[tuple[str, str], int]
    _passed: dict[str, dict[str, Edge]] = field(default_factory=dict, repr=False)
    _wholes: dict[tuple[str, str], tuple[Fraction, Fraction]] = field(
        default_factory=dict, repr=False
    )

    def passed(self, source: str) -> dict[str, Edge]:
        """Give the shares that leave an object, by target.

        Several to one target, as of a dual rate, come as one whose driver is not named.
        """
        if source not in self._passed:
            found: dict[str, Edge] = {}
            for edge in self.paths.out_of(source):
                before = found.get(edge.target)
                if before is not None:
                    weight = before.weight + edge.weight
                    found[edge.target] = dataclasses.replace(
                        edge, weight=weight, driver="", quantity="", driver_total=""
                    )
                elif edge.weight:
                    found[edge.target] = edge
            self._passed[source] = found
        return self._passed[source]

    def whole(self, source: str, driver: str) -> tuple[Fraction, Fraction]:
        """Give all quantities of a driver by which an object is split, and what share that is."""
        if (source, driver) not in self._wholes:
            edges = [edge for edge in self.passed(source).values() if edge.driver == driver]
            weight = sum(edge.weight for edge in edges)
            governed = Fraction(weight, edges[0].whole) if edges else Fraction(0)
            self._wholes[source, driver] = added(map(counted, edges)), governed
        return self._wholes[source, driver]

    @cached_property
    def gross(self) -> dict[str, Fraction]:
        """What each object costs in all."""
        return self.paths.carry(self.entries)

    @cached_property
    def gross_once(self) -> dict[str, Fraction]:
        """What of that are one-offs."""
        return self.paths.carry(self.one_offs) if any(self.one_offs.values()) else {}


def need(run: Run) -> Frozen:
    """Give the whole model that a run keeps. Raise StoreError where it keeps none."""
    frozen = frozen_of(run, conditions_only=False)
    if frozen is None:
        what = f"run {run.id} was built before runs kept their model"
        raise StoreError(Finding(None, what, "build again to see why a bill changed"))
    return frozen


def billed_in(run: Run, period: Period, currency: str) -> dict[tuple[str, str], int]:
    """Give settled amounts by (source, target), all classes together."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    table = run.part("lines", period.index, ("currency", "service", "consumer", "amount"))
    columns = (table[name].to_pylist() for name in table.column_names)
    for money, service, consumer, amount in zip(*columns, strict=True):
        if money == currency:
            found[service, f"{Kind.CONSUMER} {consumer}"] += amount
    return found


def stored(run: Run, period: Period, currency: str, frozen: Frozen) -> Side:
    """Give a period as it was built."""
    cells = cells_of(run, period, currency)
    return _side(
        Paths.of(run, period, currency), cells, frozen, billed_in(run, period, currency), period
    )


def _side(
    paths: Paths,
    cells: Sequence[Cell],
    frozen: Frozen,
    billed: Mapping[tuple[str, str], int],
    period: Period,
) -> Side:
    model = resolve(frozen.model, period)
    once = (
        {rule.name for rule in model.accounts if rule.one_off},
        {rule.name for rule in model.cost_centres if rule.one_off},
    )
    entries: dict[str, int] = defaultdict(int)
    one_offs: dict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.outcome == "allocated":
            entries[cell.object] += cell.amount
            if cell.rule in once[0] or cell.centre_rule in once[1]:
                one_offs[cell.object] += cell.amount
    return Side(paths, entries, one_offs, billed)


def supposed_by(
    store: Store,
    run: Run,
    period: Period,
    currency: str,
    was: Mapping[tuple[str, str], int],
    own: Frozen,
    frozen: Frozen,
    by: tuple[Run, Period],
) -> Side:
    """Allocate a run's period by the model (`frozen`, its `own` is another) of a run and period.

    `was` is what was billed. Ledger lines go through the rules of that model again where these
    differ. Quantities are the period's own. Raise AllocationError where that model can't carry it
    out.
    """
    other, as_of = by
    model = dataclasses.replace(resolve(frozen.model, as_of), period=period)
    theirs = resolve(own.model, period)
    same = all(
        getattr(theirs, kind) == getattr(model, kind)
        for kind in ("accounts", "cost_centres", "default_class")
    ) and owners(theirs.consumers) == owners(model.consumers)
    cells = cells_of(run, period, currency)
    if not same:
        cells = _again(store, run, period, currency, frozen, as_of)
    entries: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        if cell.outcome == "allocated":
            entries[cell.object][cell.cls] += cell.amount
    if not same or _moves(theirs) != _moves(model):
        plain = {name: dict(by_class) for name, by_class in entries.items()}
        result = allocate(model, currency, plain, _quantities(run, other, period))
        billed: dict[tuple[str, str], int] = {}
        for line in result.lines:
            key = (line.source, line.target)
            billed[key] = billed.get(key, 0) + line.amount
        return _side(_paths(result, period, currency), cells, frozen, billed, as_of)
    return _side(Paths.of(run, period, currency), cells, frozen, was, as_of)


def _moves(model: object) -> tuple[object, ...]:
    """Give what of a resolved model decides how cost moves."""
    kinds = ("services", "consumers", "drivers", "allocations", "between_services", "step_order")
    return tuple(getattr(model, kind) for kind in (*kinds, "unallocated"))


def _again(
    store: Store, run: Run, period: Period, currency: str, frozen: Frozen, as_of: Period
) -> list[Cell]:
    """Put a period's ledger lines through the rules of another."""
    mapper = Mapper(frozen.model, frozen.owners)
    found: list[Cell] = []
    for name in sorted(run.manifest["inputs"]["sources"]):
        source = source_of(store, run, name)
        table = classify.cells(source, frozen.rules_of(as_of), (period, period))
        cells, _ = settle_source(table, name, mapper)
        found += [
            Cell(
                c.key.period, c.key.currency, c.key.source, c.key.outcome.value, c.key.label,
                c.pool, c.key.object, c.key.cls, c.key.consumer, c.rule, c.centre_rule, c.lines,
                c.amount,
            )
            for c in cells
            if c.key.currency == currency
        ]  # fmt: skip
    return found


def _quantities(
    run: Run, other: Run, period: Period
) -> Callable[[str], dict[CostObject, Decimal] | None]:
    """Give what drivers say of a period, as its run has it, or else another that has the period."""
    found: dict[str, dict[CostObject, Decimal]] = {}
    for each in (run, other):
        read: dict[str, dict[CostObject, Decimal]] = defaultdict(dict)
        for row in each.part("quantities", period.index).to_pylist():
            kind, _, name = row["object"].partition(" ")
            read[row["driver"]][CostObject(Kind(kind), name)] = Decimal(row["quantity"])
        found = {**read, **found}
    return found.get


def _paths(result: Allocated, period: Period, currency: str) -> Paths:
    rows = [
        (
            period.index, currency, flow.source, flow.target, str(flow.weight), str(flow.whole),
            flow.driver, "" if flow.quantity is None else f"{flow.quantity:f}",
            "" if flow.total is None else f"{flow.total:f}", flow.unit, flow.rule,
        )
        for flow in result.flows
    ]  # fmt: skip
    return Paths(tables.table("flows", rows))
