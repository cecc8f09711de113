"""Flows: the shares of cost objects that go to others, as columns of integers.

Cost objects and quantities are numbered by a `Register` while rules are expanded, source by source;
`Flows` has those of a whole period and currency, numbered by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from truecost.engine.codes import Codebook, integers, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from truecost.engine.codes import Codes, Integers
    from truecost.engine.spreads import Share

_SURE = 1 << 62


class Flow(NamedTuple):
    """A share of one cost object that goes to another: `weight` of the source's `whole`.

    `quantity` of `total` units of `driver` where a driver split it; `target` is a cost object's
    text, or a remainder's.
    """

    source: str
    target: str
    weight: int
    whole: int
    driver: str = ""
    quantity: Decimal | None = None
    total: Decimal | None = None
    unit: str = ""
    rule: str = ""


class Split(NamedTuple):
    """What many flows have in common: the driver, its total and unit, where the rule stands."""

    driver: str
    total: Decimal | None
    unit: str
    rule: str


class Register:
    """Numbers cost objects by name, and quantities; quantity 0 is none."""

    def __init__(self) -> None:
        self.nodes = Codebook()
        self.quantities: list[Decimal | None] = [None]

    def copy(self) -> Register:
        """Give one that has the same numbers, and goes on by itself."""
        made = Register()
        made.nodes = Codebook(self.nodes.texts)
        made.quantities = [*self.quantities]
        return made

    def measured(self, quantities: Sequence[Decimal]) -> Codes:
        """Give quantities (n) their numbers."""
        first = len(self.quantities)
        self.quantities += quantities
        return np.arange(first, len(self.quantities), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Outflow:
    """What leaves one cost object, out of `whole`.

    Per flow (k) its target, weight, which of `splits` it is of, and the number of its quantity.
    """

    target: Codes
    weight: Integers
    whole: int
    split: Codes
    splits: tuple[Split, ...]
    quantity: Codes

    @classmethod
    def all_to(cls, target: int, rule: str) -> Outflow:
        """Send everything to one target."""
        one = np.zeros(1, np.int32)
        return cls(one + target, np.ones(1, np.int64), 1, one, (Split("", None, "", rule),), one)

    @classmethod
    def of(cls, flows: Sequence[Flow], register: Register) -> Outflow:
        """Lay out the flows of a source that are known as rows."""
        splits: dict[tuple[str, ...], Split] = {}
        of_flow = []
        for flow in flows:  # totals are told apart as written: 100 is not 100.0
            key = (flow.driver, str(flow.total), flow.unit, flow.rule)
            splits.setdefault(key, Split(flow.driver, flow.total, flow.unit, flow.rule))
            of_flow.append(key)
        number = {key: at for at, key in enumerate(splits)}
        codes = np.zeros(len(flows), np.int32)
        some = [at for at, flow in enumerate(flows) if flow.quantity is not None]
        known = [flow.quantity for flow in flows if flow.quantity is not None]
        codes[some] = register.measured(known)
        whole = flows[0].whole if flows else 0
        return cls(
            register.nodes.codes([flow.target for flow in flows]),
            integers([flow.weight for flow in flows], whole),
            whole,
            np.array([number[key] for key in of_flow], np.int32),
            tuple(splits.values()),
            codes,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """The flows of some sources, which need not be made again, numbered by a register."""

    register: Register
    outflows: Mapping[str, Outflow]

    @classmethod
    def of(cls, flows: Mapping[str, Sequence[Flow]]) -> Known:
        """Lay out flows that are known as rows, by source."""
        register = Register()
        return cls(register, {name: Outflow.of(some, register) for name, some in flows.items()})

    def only(self, sources: Iterable[str]) -> Known:
        """Give those of some sources."""
        wanted = {name: self.outflows[name] for name in sources if name in self.outflows}
        return Known(self.register, wanted)


@dataclass(frozen=True, slots=True)
class Flows:
    """All flows of a period and currency, by the name of their source.

    `names` (n) are sorted. Per flow (e): `source` and `target`, numbers of names; `weight` out of
    the source's `whole`, which is (n), 0 where nothing leaves; `split` and `quantity`, numbers of
    `splits` and `quantities`. Iteration gives rows.
    """

    names: tuple[str, ...]
    source: Codes
    target: Codes
    weight: Integers
    whole: Integers
    split: Codes
    splits: tuple[Split, ...]
    quantity: Codes
    quantities: Sequence[Decimal | None]

    @classmethod
    def gathered(
        cls, register: Register, outflows: Mapping[str, Outflow], also: Iterable[str] = ()
    ) -> Flows:
        """Put the flows of all sources together; `also` are names to be numbered with them."""
        some = [(register.nodes.code(name), outflows[name]) for name in sorted(outflows)]
        counts = [len(each.target) for _, each in some]
        source = np.repeat(np.array([node for node, _ in some], np.int32), counts)
        target = _codes([each.target for _, each in some])
        number, names = register.nodes.ranks(
            np.concatenate([source, target, register.nodes.codes(also)])
        )
        source, target = number[: len(source)], number[len(source) : len(source) + len(target)]
        wholes = [0] * len(names)
        start = 0
        for count, (_, each) in zip(counts, some, strict=True):
            if count:
                wholes[source[start]] = each.whole
            start += count
        firsts = np.cumsum([0, *(len(each.splits) for _, each in some)])
        split = _codes([each.split + first for first, (_, each) in zip(firsts, some, strict=False)])
        return cls(
            tuple(names),
            source,
            target,
            joined([each.weight for _, each in some]),
            integers(wholes, max(wholes, default=0)),
            split,
            tuple(split for _, each in some for split in each.splits),
            _codes([each.quantity for _, each in some]),
            register.quantities,
        )

    @classmethod
    def of(cls, rows: Iterable[Flow], also: Iterable[str] = ()) -> Flows:
        """Lay out flows that are known as rows."""
        by_source: dict[str, list[Flow]] = {}
        for flow in rows:
            by_source.setdefault(flow.source, []).append(flow)
        register = Register()
        outflows = {name: Outflow.of(some, register) for name, some in by_source.items()}
        return cls.gathered(register, outflows, also)

    def __len__(self) -> int:
        """Give how many flows there are."""
        return len(self.source)

    def __iter__(self) -> Iterator[Flow]:
        """Give the flows as rows."""
        names, splits, quantities = self.names, self.splits, self.quantities
        wholes = self.whole.tolist()
        columns = (self.source, self.target, self.weight, self.split, self.quantity)
        for source, target, weight, split, quantity in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            driver, total, unit, rule = splits[split]
            yield Flow(
                names[source], names[target], weight, wholes[source], driver,
                quantities[quantity], total, unit, rule,
            )  # fmt: skip


def merged(shares: Sequence[Share], rule: str) -> Outflow:
    """Bring the parts of a rule to one denominator, and add up what goes to the same target."""
    common = math.lcm(*(part.share.denominator * part.spread.whole for part in shares))
    weights = []
    for share, spread in ((part.share, part.spread) for part in shares):
        unit = share.numerator * (common // (share.denominator * spread.whole))
        small = common < _SURE  # no weight is more than that
        weights.append((spread.weights if small else spread.weights.astype(object)) * unit)
    targets = _codes([part.spread.targets for part in shares])
    splits = tuple(
        Split(part.spread.driver, part.spread.total, part.spread.unit, rule) for part in shares
    )
    of_part = np.repeat(
        np.arange(len(shares), dtype=np.int32), [len(part.spread.targets) for part in shares]
    )
    quantities = _codes([part.spread.quantities for part in shares])
    made = Outflow(targets, joined(weights), common, of_part, splits, quantities)
    if len(shares) > 1 and len(np.unique(targets)) < len(targets):
        made = _told_apart(made, [part.spread.of for part in shares])
    numbers = made.weight.tolist()
    shrink = math.gcd(*numbers)
    weight, whole = made.weight // shrink, sum(numbers) // shrink
    if whole < _SURE:
        weight = weight.astype(np.int64)
    return Outflow(made.target, weight, whole, made.split, made.splits, made.quantity)


class _Row(NamedTuple):
    weight: int
    split: Split
    quantity: int


def _told_apart(made: Outflow, capacities: Sequence[Decimal | None]) -> Outflow:
    """Add up the flows that go to the same target.

    Flows by two drivers, or by one over a capacity and over use, are told apart; a fixed share is
    told with any of them. `capacities` are those of the splits.
    """
    rows: dict[int, dict[tuple[str, Decimal | None], _Row]] = {}
    columns = (made.target, made.weight, made.split, made.quantity)
    for target, weight, at, quantity in zip(*(each.tolist() for each in columns), strict=True):
        to_one = rows.setdefault(target, {})
        row, split = _Row(weight, made.splits[at], quantity), made.splits[at]
        key = (split.driver, capacities[at])
        if key not in to_one and to_one and not split.driver:
            key = next(iter(to_one))
        before = to_one.get(key) or to_one.pop(("", None), None)
        if before is not None:
            both = Split(
                split.driver or before.split.driver,
                split.total or before.split.total,
                split.unit or before.split.unit,
                split.rule,
            )
            row = _Row(before.weight + weight, both, quantity or before.quantity)
        to_one[key] = row
    found = [(target, row) for target, to_one in rows.items() for row in to_one.values()]
    return Outflow(
        np.array([target for target, _ in found], np.int32),
        integers([row.weight for _, row in found], made.whole),
        made.whole,
        np.arange(len(found), dtype=np.int32),
        tuple(row.split for _, row in found),
        np.array([row.quantity for _, row in found], np.int32),
    )


def _codes(parts: Sequence[Codes]) -> Codes:
    return np.concatenate([np.empty(0, np.int32), *parts]).astype(np.int32, copy=False)
