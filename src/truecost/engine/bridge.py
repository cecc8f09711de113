"""The bridge of change: why a consumer's bill is another than in an earlier period, to the cent.

For each service, in this order (C its gross cost, q the consumer's quantity, Q everybody's, 0 the
earlier period, 1 the later one, Δq = q₁ − q₀):

    the model        the earlier period's data by the later period's model − what was billed then
    your own use     C₀·q₁/(Q₀+Δq) − C₀·q₀/Q₀
    others' use      C₀·q₁/Q₁ − C₀·q₁/(Q₀+Δq)
    IT's cost        (C₁ − C₀)·q₁/Q₁
    one-offs         the part of cost that rules mark `one_off`, then and now: apart from all above

C₀, q₀ and Q₀ are those of the earlier data under the later model, so that nothing but data differs
between the two sides of the last four. Each is rounded to the minor unit, half to even; IT's cost
closes, so that the five add up to the change exactly.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from truecost.engine import classify, tables
from truecost.engine.allocate import allocate
from truecost.engine.cells import Mapper, settle_source
from truecost.engine.frozen import Frozen, owners
from truecost.engine.lineage import Edge, Paths
from truecost.engine.lineage_lines import Cell, cells_of, frozen_of, source_of
from truecost.engine.model_changes import model_changes
from truecost.kernel.findings import AllocationError, Finding, StoreError
from truecost.model.resolve import resolve
from truecost.model.types import CostObject, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from truecost.engine.allocate import Allocated
    from truecost.kernel.periods import Period
    from truecost.store.runs import Run, Store

#: The parts of a change, in their order.
PARTS = ("model", "own_use", "others_use", "cost", "one_off")
_EXACT = Context(prec=200, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Use:
    """What a consumer uses of a service, and everybody: quantities of a driver, or none."""

    quantity: Fraction | None = None
    total: Fraction | None = None
    driver: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """How one service's line changed; amounts in minor units, `source` "" for what is direct.

    `before` + the five parts = `after`. `cost_before` and `cost_after` are the service's recurring
    gross cost; `use_before` is that of the earlier data under the later model.
    """

    source: str
    before: int
    after: int
    model: int
    own_use: int
    others_use: int
    cost: int
    one_off: int
    cost_before: int
    cost_after: int
    use_before: Use
    use_after: Use

    @property
    def parts(self) -> tuple[int, ...]:
        """The five parts, in the order of `PARTS`."""
        return (self.model, self.own_use, self.others_use, self.cost, self.one_off)


@dataclass(frozen=True, slots=True)
class Bridge:
    """How a consumer's (or branch's) bill changed from `against` to `period`; minor units.

    Where `model_applied` is False the later model could not be laid over the earlier data, for the
    `reason` given: its effect is then inside the other parts.
    """

    consumer: str
    period: Period
    against: Period
    currency: str
    lines: tuple[BridgeLine, ...]
    model_applied: bool
    reason: str

    @property
    def before(self) -> int:
        """The earlier bill."""
        return sum(line.before for line in self.lines)

    @property
    def after(self) -> int:
        """The later bill."""
        return sum(line.after for line in self.lines)

    @property
    def parts(self) -> tuple[int, ...]:
        """The five parts of all lines together, in the order of `PARTS`."""
        sums = zip(*(line.parts for line in self.lines), strict=True)
        return tuple(sum(part) for part in sums) if self.lines else (0,) * len(PARTS)


@dataclass(frozen=True)
class _Side:
    """One period's flows and entries: `entries` and `one_offs` are minor units by cost object."""

    paths: Paths
    entries: Mapping[str, int]
    one_offs: Mapping[str, int]
    billed: Mapping[tuple[str, str], int]

    @cached_property
    def gross(self) -> dict[str, Fraction]:
        """What each object costs in all."""
        return self.paths.carry(self.entries)

    @cached_property
    def gross_once(self) -> dict[str, Fraction]:
        """What of that are one-offs."""
        return self.paths.carry(self.one_offs) if any(self.one_offs.values()) else {}


class Bridges:
    """The bridges of all consumers between two periods; what they share is computed once.

    `changes` are those of the model.

    `run` has the later period, and its model; `earlier` the other period, by default the same run.
    Raise StoreError where a run has no model, or a source that is needed is gone.
    """

    def __init__(
        self,
        store: Store,
        run: Run,
        period: Period,
        against: Period,
        currency: str,
        earlier: Run | None = None,
    ) -> None:
        self.period, self.against, self.currency = period, against, currency
        before = earlier or run
        frozen = _need(run)
        own = frozen if earlier is None else _need(earlier)
        self.changes = model_changes(frozen, period, own, against)
        self._after = _stored(run, period, currency, frozen)
        self._was = _billed(before, against, currency)
        self.reason = ""
        self._evenly = {
            str(source)
            for rule in resolve(frozen.model, period).allocations
            for source in rule.sources
            if rule.evenly
        }
        try:
            self._before = _supposed(
                store, before, against, currency, self._was, own, frozen, (run, period)
            )
        except AllocationError as fault:
            self.reason = fault.findings[0].what
            self._before = _stored(before, against, currency, own)

    def of(self, consumer: str, leaves: Collection[str], before: Collection[str]) -> Bridge:
        """Give the bridge of a consumer whose leaves are these, and were those `before`."""
        targets = {f"{Kind.CONSUMER} {leaf}" for leaf in leaves}
        earlier = {f"{Kind.CONSUMER} {leaf}" for leaf in before}
        was = _by_source(self._was, earlier)
        supposed = _by_source(self._before.billed, targets | earlier)
        now = _by_source(self._after.billed, targets)
        lines = [
            self._line(source, targets, was.get(source, 0), supposed.get(source, 0),
                       now.get(source, 0))
            for source in sorted({*was, *supposed, *now})
        ]  # fmt: skip
        lines = [line for line in lines if line.before or line.after or any(line.parts)]
        return Bridge(
            consumer, self.period, self.against, self.currency, tuple(lines), not self.reason,
            self.reason,
        )  # fmt: skip

    def _line(
        self, source: str, targets: Collection[str], was: int, supposed: int, now: int
    ) -> BridgeLine:
        """Split one service's change; what is direct has a cost only."""
        c0, o0, s0 = _costs(self._before, source, targets)
        c1, o1, s1 = _costs(self._after, source, targets)
        one_off = round(o1 * s1 - o0 * s0)
        use0, use1, governed = self._uses(source, targets)
        own = others = 0
        if use0.quantity is not None and use1.quantity is not None:
            q0, q1 = use0.quantity, use1.quantity
            whole0, whole1 = use0.total or Fraction(0), use1.total or Fraction(0)
            between = whole0 + q1 - q0
            base = (c0 - o0) * governed
            if whole0 and whole1 and between > 0:
                own = round(base * (q1 / between - q0 / whole0))
                others = round(base * (q1 / whole1 - q1 / between))
            elif whole0 and whole1:  # only this consumer used it, and it stopped
                own = round(-base * q0 / whole0)
        model = supposed - was
        cost = now - supposed - own - others - one_off
        return BridgeLine(
            source, was, now, model, own, others, cost, one_off, round(c0 - o0), round(c1 - o1),
            use0, use1,
        )  # fmt: skip

    def _uses(self, source: str, targets: Collection[str]) -> tuple[Use, Use, Fraction]:
        """Give the consumer's use then and now, and what share of the cost then it decides on.

        Without use where shares are fixed, where the driver is another, and where a side has none.
        """
        nothing = Use(), Use(), Fraction(0)
        before, after = self._before.paths.out_of(source), self._after.paths.out_of(source)
        if not source or not before or not after:
            return nothing
        if source in self._evenly:
            keys: set[tuple[str, str]] = {("", "")}
        else:
            keys = {
                (edge.driver, edge.unit)
                for edge in (*before, *after)
                if edge.target in targets and edge.driver
            }
        if len(keys) != 1:
            return nothing
        ((driver, unit),) = keys
        use0, governed = _use(before, targets, driver, unit)
        use1, _ = _use(after, targets, driver, unit)
        return use0, use1, governed


def _use(
    edges: Iterable[Edge], targets: Collection[str], driver: str, unit: str
) -> tuple[Use, Fraction]:
    """Add up quantities of one driver; each target of an even split counts as one."""
    mine = [edge for edge in edges if edge.driver == driver and edge.weight]
    if not mine:
        return Use(Fraction(0), Fraction(0), driver, unit), Fraction(0)
    governed = Fraction(sum(edge.weight for edge in mine), mine[0].whole)
    counts = [Decimal(edge.quantity) for edge in mine] if driver else [Decimal(1)] * len(mine)
    own = [count for edge, count in zip(mine, counts, strict=True) if edge.target in targets]
    return Use(_sum(own), _sum(counts), driver, unit), governed


def _sum(values: Iterable[Decimal]) -> Fraction:
    """Add decimals up exactly."""
    result = Decimal(0)
    for value in values:
        result = _EXACT.add(result, value)
    return Fraction(result)


def _costs(
    side: _Side, source: str, targets: Collection[str]
) -> tuple[Fraction, Fraction, Fraction]:
    """Give an object's gross cost, the one-offs in it, and what share goes to the targets."""
    if not source:
        entered = Fraction(sum(side.entries.get(target, 0) for target in targets))
        once = Fraction(sum(side.one_offs.get(target, 0) for target in targets))
        return entered, once, Fraction(1)
    gross, once = (costs.get(source, Fraction(0)) for costs in (side.gross, side.gross_once))
    edges = [edge for edge in side.paths.out_of(source) if edge.target in targets]
    share = Fraction(sum(edge.weight for edge in edges), edges[0].whole) if edges else Fraction(0)
    return gross, once, share


def _need(run: Run) -> Frozen:
    frozen = frozen_of(run, conditions_only=False)
    if frozen is None:
        what = f"run {run.id} was built before runs kept their model"
        raise StoreError(Finding(None, what, "build again to see why a bill changed"))
    return frozen


def _billed(run: Run, period: Period, currency: str) -> dict[tuple[str, str], int]:
    """Give settled amounts by (source, target), all classes together."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    table = run.part("lines", period.index, ("currency", "service", "consumer", "amount"))
    columns = (table[name].to_pylist() for name in table.column_names)
    for money, service, consumer, amount in zip(*columns, strict=True):
        if money == currency:
            found[service, f"{Kind.CONSUMER} {consumer}"] += amount
    return found


def _by_source(billed: Mapping[tuple[str, str], int], targets: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for (source, target), amount in billed.items():
        if target in targets:
            found[source] += amount
    return found


def _stored(run: Run, period: Period, currency: str, frozen: Frozen) -> _Side:
    """Give a period as it was built."""
    cells = cells_of(run, period, currency)
    return _side(
        Paths.of(run, period, currency), cells, frozen, _billed(run, period, currency), period
    )


def _side(
    paths: Paths,
    cells: Sequence[Cell],
    frozen: Frozen,
    billed: Mapping[tuple[str, str], int],
    period: Period,
) -> _Side:
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
    return _Side(paths, entries, one_offs, billed)


def _supposed(
    store: Store,
    run: Run,
    period: Period,
    currency: str,
    was: Mapping[tuple[str, str], int],
    own: Frozen,
    frozen: Frozen,
    by: tuple[Run, Period],
) -> _Side:
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
