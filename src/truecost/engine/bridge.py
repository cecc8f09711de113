"""The bridge of change: why a consumer's bill is another than in an earlier period, to the cent.

For each service, in this order (C its gross cost, q the consumer's quantity, Q everybody's, 0 the
earlier period, 1 the later one, Δq = q₁ − q₀):

    the model        the earlier period's data by the later period's model − what was billed then
    your own use     C₀·q₁/(Q₀+Δq) − C₀·q₀/Q₀
    others' use      C₀·q₁/Q₁ − C₀·q₁/(Q₀+Δq)
    IT's cost        (C₁ − C₀)·q₁/Q₁
    exchange         the part of the later cost that comes of other exchange rates than then
    one-offs         the part of cost that rules mark `one_off`, then and now: apart from all above
    rates            of what is charged at rates, shown or funded: see `bridge_rates`

C₀, q₀ and Q₀ are those of the earlier data under the later model, so that nothing but data differs
between the two sides of the others. Each is rounded to the minor unit, half to even; IT's cost
closes, so that they add up to the change exactly. What exchange rates do is the later cost in
other currencies, less the same at the earlier rates; a currency that is new has none. A service
that is at rates, shown or funded in either period is split by what is billed for it instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.bridge_parts import in_parts, moved_in_parts
from truecost.engine.bridge_rates import Otherwise, RateParts, rate_parts
from truecost.engine.bridge_sides import Side, billed_in, need, stored, supposed_by
from truecost.engine.capacity import IDLE
from truecost.engine.lineage_lines import worth_of
from truecost.engine.model_changes import model_changes
from truecost.kernel.findings import AllocationError
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from truecost.engine.lineage import Edge
    from truecost.kernel.periods import Period
    from truecost.store.run import Run
    from truecost.store.runs import Store

#: The parts of a change, in their order.
PARTS = ("model", "own_use", "others_use", "cost", "exchange", "one_off", "rates")


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

    `before` + the parts = `after`. `cost_before` and `cost_after` are the service's recurring gross
    cost, both at the earlier exchange rates; `use_before` is that of the earlier data under the
    later model.
    """

    source: str
    before: int
    after: int
    model: int
    own_use: int
    others_use: int
    cost: int
    exchange: int
    one_off: int
    cost_before: int
    cost_after: int
    use_before: Use
    use_after: Use
    rates: int = 0

    @property
    def parts(self) -> tuple[int, ...]:
        """The parts, in the order of `PARTS`."""
        return (
            self.model, self.own_use, self.others_use, self.cost, self.exchange, self.one_off,
            self.rates,
        )  # fmt: skip


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
        """The parts of all lines together, in the order of `PARTS`."""
        sums = zip(*(line.parts for line in self.lines), strict=True)
        return tuple(sum(part) for part in sums) if self.lines else (0,) * len(PARTS)


@dataclass(frozen=True, slots=True)
class _Mine:
    """A consumer's leaves, and the shares that go to them on both sides, by source and target."""

    targets: Collection[str]
    before: Mapping[str, Sequence[Edge]]
    after: Mapping[str, Sequence[Edge]]


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
        frozen = need(run)
        own = frozen if earlier is None else need(earlier)
        self.changes = model_changes(frozen, period, own, against)
        self._after = stored(run, period, currency, frozen, worth_of(before, against))
        self._was = billed_in(before, against, currency)
        self._other = (Otherwise.of(before, against, currency), Otherwise.of(run, period, currency))
        self.reason = ""
        self._evenly = {
            str(source)
            for rule in frozen.resolved(period).allocations
            for source in rule.sources
            if rule.evenly
        }
        try:
            self._before = supposed_by(
                store, before, against, currency, self._was, own, frozen, (run, period)
            )
        except AllocationError as fault:
            self.reason = fault.findings[0].what
            self._before = stored(before, against, currency, own)

    def of(self, consumer: str, leaves: Collection[str], before: Collection[str]) -> Bridge:
        """Give the bridge of a consumer whose leaves are these, and were those `before`."""
        targets = {f"{Kind.CONSUMER} {leaf}" for leaf in leaves}
        earlier = {f"{Kind.CONSUMER} {leaf}" for leaf in before}
        was = self._was.to(earlier)
        supposed = self._before.billed.to(targets | earlier)
        now = self._after.billed.to(targets)
        mine = _Mine(targets, self._before.passed(targets), self._after.passed(targets))
        lines = [
            self._line(source, mine, was.get(source, 0), supposed.get(source, 0),
                       now.get(source, 0))
            for source in sorted({*was, *supposed, *now, *self._other[0].services,
                                  *self._other[1].services})
        ]  # fmt: skip
        for position, line in enumerate(lines):
            if any(line.source in side.services for side in self._other):
                then = self._other[0].to(earlier, line.source, line.before)
                after = self._other[1].to(targets, line.source, line.after)
                lines[position] = _at_rates(line, rate_parts(then, after))
        lines = [line for line in lines if line.before or line.after or any(line.parts)]
        return Bridge(
            consumer, self.period, self.against, self.currency, tuple(lines), not self.reason,
            self.reason,
        )  # fmt: skip

    def _line(self, source: str, mine: _Mine, was: int, supposed: int, now: int) -> BridgeLine:
        """Split one service's change; what is direct has a cost only."""
        c0, o0, s0 = _costs(self._before, source, mine.targets, mine.before)
        c1, o1, s1 = _costs(self._after, source, mine.targets, mine.after)
        one_off = round(o1 * s1 - o0 * s0)
        x1 = _exchanged(self._after, source, mine.targets)
        exchange = round(x1 * s1)
        use0, use1, governed = self._uses(source, mine)
        own = others = 0
        if use0.quantity is not None and use1.quantity is not None:
            q0, q1 = use0.quantity, use1.quantity
            whole0, whole1 = use0.total or Fraction(0), use1.total or Fraction(0)
            idle = f"{IDLE}{source}"  # what a reader takes of a capacity, nobody else had
            held = idle in self._before.gross and idle in self._after.gross
            between = whole0 if held else whole0 + q1 - q0
            base = (c0 - o0) * governed
            if whole0 and whole1 and between > 0:
                own = round(base * (q1 / between - q0 / whole0))
                others = round(base * (q1 / whole1 - q1 / between))
            elif whole0 and whole1:  # only this consumer used it, and it stopped
                own = round(-base * q0 / whole0)
        before, after = mine.before.get(source, ()), mine.after.get(source, ())
        if in_parts(before) or in_parts(after):
            own, others = moved_in_parts(before, after, c0 - o0)
        model = supposed - was
        cost = now - supposed - own - others - one_off - exchange
        return BridgeLine(
            source, was, now, model, own, others, cost, exchange, one_off,
            round(c0 - o0), round(c1 - o1 - x1), use0, use1,
        )  # fmt: skip

    def _uses(self, source: str, mine: _Mine) -> tuple[Use, Use, Fraction]:
        """Give the consumer's use then and now, and what share of the cost then it decides on.

        Without use where shares are fixed, where the driver is another, and where a side has none.
        """
        nothing = Use(), Use(), Fraction(0)
        passes = (side.paths.totals(source) for side in (self._before, self._after))
        if not source or not all(passes):
            return nothing
        before, after = mine.before.get(source, ()), mine.after.get(source, ())
        if source in self._evenly:
            keys: set[tuple[str, str]] = {("", "")}
        else:
            keys = {
                (edge.driver, edge.unit)
                for passed in (before, after)
                for edge in passed
                if edge.driver
            }
        if len(keys) != 1 or in_parts(before) or in_parts(after):
            return nothing
        ((driver, unit),) = keys
        use0, governed = _use(self._before, source, before, driver, unit)
        use1, _ = _use(self._after, source, after, driver, unit)
        return use0, use1, governed


def _at_rates(line: BridgeLine, parts: RateParts) -> BridgeLine:
    """Split a line by what is billed for it instead of by its cost."""
    return replace(
        line, before=parts.before, after=parts.after, model=0, own_use=parts.own_use, others_use=0,
        cost=parts.cost, exchange=0, one_off=0, rates=parts.rates,
    )  # fmt: skip


def _use(
    side: Side, source: str, mine: Iterable[Edge], driver: str, unit: str
) -> tuple[Use, Fraction]:
    """Add up quantities of one driver, and give what share of the cost it decides on.

    Each target of a split without a driver counts as one.
    """
    whole = side.whole(source, driver)
    edges = [edge for edge in mine if edge.driver == driver]
    if not driver:
        return Use(Fraction(len(edges)), Fraction(whole.count), driver, unit), whole.share
    if whole.quantity is None:
        return Use(None, None, driver, unit), whole.share
    quantity = sum((Fraction(edge.quantity) for edge in edges), Fraction(0))
    return Use(quantity, whole.quantity, driver, unit), whole.share


def _costs(
    side: Side, source: str, targets: Collection[str], mine: Mapping[str, Sequence[Edge]]
) -> tuple[Fraction, Fraction, Fraction]:
    """Give an object's gross cost, the one-offs in it, and what share goes to the targets."""
    if not source:
        entered = Fraction(sum(side.entries.get(target, 0) for target in targets))
        once = Fraction(sum(side.one_offs.get(target, 0) for target in targets))
        return entered, once, Fraction(1)
    gross, once = (costs.get(source, Fraction(0)) for costs in (side.gross, side.gross_once))
    edges = mine.get(source, ())
    share = Fraction(sum(edge.weight for edge in edges), edges[0].whole) if edges else Fraction(0)
    return gross, once, share


def _exchanged(side: Side, source: str, targets: Collection[str]) -> Fraction:
    """Give what of an object's gross cost comes of other exchange rates than before."""
    if not source:
        return Fraction(sum(side.exchange.get(target, 0) for target in targets))
    return side.gross_exchange.get(source, Fraction(0))
