"""The two sides of a bridge: a period as it was built, and as another model would have it."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truecost.engine import tables
from truecost.engine.bridge_recognised import recognised_again
from truecost.engine.cells import Mapper, Nature, settle_source
from truecost.engine.exchange_again import as_translated
from truecost.engine.frozen import Frozen, owners
from truecost.engine.lineage import Paths, Totals
from truecost.engine.lineage_lines import Cell, cells_of, frozen_of, worth_of
from truecost.engine.lineage_session import source_of
from truecost.engine.lineage_texts import Coded
from truecost.engine.savings import savings
from truecost.kernel.findings import Finding, StoreError
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.engine.allocate import Allocated
    from truecost.engine.bill_charges import Charges
    from truecost.engine.dialects.rows import Span
    from truecost.engine.lineage import Edge
    from truecost.kernel.periods import Period
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource


@dataclass(frozen=True, slots=True)
class Billed:
    """Settled amounts, all classes together: a row each, `targets` as cost objects."""

    sources: Coded
    targets: Coded
    amounts: NDArray[np.int64]

    def to(self, targets: Collection[str]) -> dict[str, int]:
        """Give what is billed to any of the targets, by what it comes from."""
        found: dict[str, int] = defaultdict(int)
        rows = self.targets.where(frozenset(targets).__contains__)
        for source, amount in zip(self.sources.at(rows), self.amounts[rows].tolist(), strict=True):
            found[source] += amount
        return found


@dataclass(frozen=True)
class Side:
    """One period's flows and entries: minor units by cost object.

    `exchange` is what of the recurring entries comes of other exchange rates than the earlier ones.
    """

    paths: Paths
    entries: Mapping[str, int]
    one_offs: Mapping[str, int]
    billed: Billed
    exchange: Mapping[str, int] = field(default_factory=dict)

    def passed(self, targets: Collection[str]) -> dict[str, list[Edge]]:
        """Give the shares that go to any of the targets, by source: several of a dual rate."""
        found: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.paths.into(targets):
            if edge.weight:
                found[edge.source].append(edge)
        return found

    def whole(self, source: str, driver: str) -> Totals:
        """Give all shares of a driver by which an object is split, together."""
        return self.paths.totals(source).get(driver, Totals(0, Fraction(0), Fraction(0)))

    @cached_property
    def gross(self) -> dict[str, Fraction]:
        """What each object costs in all."""
        return self.paths.carry(self.entries)

    @cached_property
    def gross_once(self) -> dict[str, Fraction]:
        """What of that are one-offs."""
        return self.paths.carry(self.one_offs) if any(self.one_offs.values()) else {}

    @cached_property
    def gross_exchange(self) -> dict[str, Fraction]:
        """What of that comes of exchange rates."""
        return self.paths.carry(self.exchange) if any(self.exchange.values()) else {}


def need(run: Run) -> Frozen:
    """Give the whole model that a run keeps. Raise StoreError where it keeps none."""
    frozen = frozen_of(run, conditions_only=False)
    if frozen is None:
        what = f"run {run.id} was built before runs kept their model"
        raise StoreError(Finding(None, what, "build again to see why a bill changed"))
    return frozen


def billed_in(run: Run, period: Period, currency: str) -> Billed:
    """Give what was billed in a period."""
    columns = ("service", "consumer", "amount")
    table = run.part("lines", period.index, columns, {"currency": currency.__eq__}, coded=True)
    consumers = Coded.of(table["consumer"])
    targets = [f"{Kind.CONSUMER} {consumer}" for consumer in consumers.values]
    return Billed(
        Coded.of(table["service"]), Coded(consumers.codes, targets), table["amount"].to_numpy()
    )


def stored(
    run: Run, period: Period, currency: str, frozen: Frozen,
    then: Mapping[str, Fraction] | None = None,
) -> Side:  # fmt: skip
    """Give a period as it was built; `then` are exchange rates of an earlier period."""
    cells = cells_of(run, period, currency)
    billed = billed_in(run, period, currency)
    return _side(Paths.of(run, period, currency), cells, frozen, billed, period, then or {})


def _side(
    paths: Paths,
    cells: Sequence[Cell],
    frozen: Frozen,
    billed: Billed,
    period: Period,
    then: Mapping[str, Fraction] | None = None,
) -> Side:
    model = frozen.resolved(period)
    once = (
        {rule.name for rule in model.accounts if rule.one_off},
        {rule.name for rule in model.cost_centres if rule.one_off},
    )
    entries: dict[str, int] = defaultdict(int)
    one_offs: dict[str, int] = defaultdict(int)
    exchange: dict[str, Fraction] = defaultdict(Fraction)
    for cell in cells:
        if cell.outcome == "allocated":
            entries[cell.object] += cell.amount
            late = cell.nature == Nature.LATE  # a correction of another period
            if late or cell.rule in once[0] or cell.centre_rule in once[1]:
                one_offs[cell.object] += cell.amount
            elif (
                then and cell.ledger_currency in then and cell.share and cell.period == period.index
            ):
                # what was posted in another month keeps the rate of then
                was = then[cell.ledger_currency] * cell.share
                exchange[cell.object] += cell.amount * (1 - was / cell.worth)
    moved = {name: round(amount) for name, amount in exchange.items()}
    return Side(paths, entries, one_offs, billed, moved)


def supposed_by(
    store: Store,
    run: Run,
    period: Period,
    currency: str,
    was: Billed,
    own: Frozen,
    frozen: Frozen,
    by: tuple[Run, Period],
) -> Side:
    """Allocate a run's period by the model (`frozen`, its `own` is another) of a run and period.

    `was` is what was billed. Ledger lines go through the rules of that model again where these
    differ. Quantities are the period's own. Raise AllocationError where that model can't carry it
    out.
    """
    from truecost.engine.allocate import allocate  # noqa: PLC0415  0.5 s; few models change

    other, as_of = by
    model = dataclasses.replace(frozen.resolved(as_of), period=period)
    theirs = own.resolved(period)
    same = all(
        getattr(theirs, kind) == getattr(model, kind)
        for kind in ("accounts", "cost_centres", "default_class", "commitments")
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
        billed = Billed(
            Coded.of(pa.chunked_array([[line.source for line in result.lines]], pa.string())),
            Coded.of(pa.chunked_array([[line.target for line in result.lines]], pa.string())),
            np.array([line.amount for line in result.lines], np.int64),
        )
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
    from truecost.engine import bill_charges, classify  # noqa: PLC0415  0.4 s; few models change

    def added_up(source: CodedSource, span: Span, scope: Sequence[str]) -> list[Charges]:
        return bill_charges.charges(source, frozen.rules_of(as_of), span, scope)

    mapper = Mapper(frozen.model, frozen.owners)
    found: list[Cell] = []
    one, worth = Fraction(1), worth_of(run, period)
    registers = run.manifest["workspace"].get("registers", ())
    for name in sorted(run.manifest["inputs"]["sources"].keys() - set(registers)):
        source = source_of(store, run, name)
        table = classify.cells(source, frozen.rules_of(as_of), (period, period))
        cells, _ = settle_source(table, name, mapper)
        for chosen in frozen.model.commitments:
            if chosen.source == name:
                cells += savings(source, chosen, mapper, added_up, (period, period))
        found += [
            Cell(
                c.key.period, c.key.currency, c.key.source, c.key.outcome.value, c.key.label,
                c.pool, c.key.object, c.key.cls, c.key.consumer, c.rule, c.centre_rule, c.lines,
                c.amount, one, c.ledger_currency, worth.get(c.ledger_currency, one),
            )
            for c in as_translated(run, cells, currency)
            if c.key.currency == currency
        ]  # fmt: skip
    if not run.manifest["tables"].get("schedules", {}).get("rows"):
        return found
    stored = cells_of(run, period, currency)
    return recognised_again(period.index, found, stored, registers, frozen.model)


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
