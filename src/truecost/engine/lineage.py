"""Lineage: a figure pulled backward to where cost entered, and a cent pushed forward to the bills.

Nothing of it is stored. A line of a statement is a share of an object's gross cost; what part of
each unit that entered the model is in it follows from the stored shares P (weight ÷ whole):

    backward   y = b + P y       b(e): the part of e's gross cost that is in the figure
    forward    x = a + Pᵀ x      a: one unit where the ledger line entered

y(e) is then the part of every unit that entered at e, of whatever class: classes share the flows.
What is pulled is *derived*: exact, or within a proved bound, and closed with a rounding row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from truecost.engine.graph import REMAINDER
from truecost.engine.lineage_system import FEW_EDGES, System, solved
from truecost.engine.lineage_texts import Coded, Numbers
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from truecost.kernel.periods import Period
    from truecost.store.run import Run

_CONSUMER = f"{Kind.CONSUMER} "
_COLUMNS = (
    "source_object", "target_object", "weight", "whole", "driver", "quantity", "driver_total",
    "unit", "rule",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edge:
    """A stored share: `source` passes `weight / whole` of its gross cost to `target`."""

    source: str
    target: str
    weight: int
    whole: int
    driver: str
    quantity: str
    driver_total: str
    unit: str
    rule: str

    @property
    def share(self) -> Fraction:
        """What part of the source's gross cost goes this way."""
        return Fraction(self.weight, self.whole)


@dataclass(frozen=True, slots=True)
class Totals:
    """Several shares of one object together: how many, what part of it, what quantity.

    `quantity` is None where one of them has none.
    """

    count: int
    share: Fraction
    quantity: Fraction | None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What part of each unit that enters an object is in a figure, and how exact that is.

    `parts` has only objects of which some part is in it. `bound` is 0 where fractions were used.
    """

    parts: Mapping[str, Fraction]
    bound: float


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a part of a unit lands: (`source`, `target`) is a line, or a named remainder.

    `source` is "" where it lands on the target directly.
    """

    source: str
    target: str
    part: Fraction


class Paths:
    """The shares of one period and currency, as a run has them."""

    def __init__(self, flows: pa.Table, few: int = FEW_EDGES) -> None:
        self._columns = {name: Coded.of(flows[name]) for name in _COLUMNS}
        self._few = few
        self._totals: dict[str, dict[str, Totals]] = {}

    @classmethod
    def of(
        cls, run: Run, period: Period, currency: str, targets: Collection[str] | None = None
    ) -> Paths:
        """Read them from a run; with `targets`, of what ends only the shares that end there.

        Raise StoreError where the run is damaged.
        """
        keep: dict[str, Callable[[str], bool]] = {"currency": currency.__eq__}
        if targets is not None:
            keep["target_object"] = lambda name: (
                name in targets or not name.startswith((_CONSUMER, REMAINDER))
            )
        return cls(run.part("flows", period.index, keep=keep, coded=True))

    @cached_property
    def inner(self) -> tuple[Edge, ...]:
        """The shares between towers and services."""
        inside = self._columns["target_object"].where(
            lambda name: not name.startswith((_CONSUMER, REMAINDER))
        )
        return self._edges(inside)

    @cached_property
    def loops(self) -> tuple[frozenset[str], ...]:
        """The groups of objects that use each other, directly or through others."""
        reach: dict[str, set[str]] = {}
        ahead: dict[str, set[str]] = defaultdict(set)
        for edge in self.inner:
            ahead[edge.source].add(edge.target)
        for name, next_ in ahead.items():
            found: set[str] = set()
            todo = list(next_)
            while todo:
                if (each := todo.pop()) not in found:
                    found.add(each)
                    todo.extend(ahead.get(each, ()))
            reach[name] = found
        groups = {
            frozenset(other for other in reach[name] if name in reach.get(other, ()))
            for name in reach
            if name in reach[name]
        }
        return tuple(sorted((g for g in groups if len(g) > 1), key=sorted))

    def into(self, targets: Collection[str], sources: Collection[str] | None = None) -> list[Edge]:
        """Give the shares that go to any of the targets, from any of the sources or from all."""
        found = self._edges(self._columns["target_object"].where(frozenset(targets).__contains__))
        return [edge for edge in found if sources is None or edge.source in sources]

    def totals(self, source: str) -> Mapping[str, Totals]:
        """Give what leaves one object, by driver, "" for none; without shares of nothing."""
        if source not in self._totals:
            rows = np.arange(*self._ranges.get(source, (0, 0)))
            rows = rows[self._weights.wholes[self._columns["weight"].codes[rows]] != 0]
            drivers = self._columns["driver"]
            self._totals[source] = {
                drivers.values[code]: self._total(rows[drivers.codes[rows] == code])
                for code in np.unique(drivers.codes[rows]).tolist()
            }
        return self._totals[source]

    def _total(self, rows: NDArray[np.int64]) -> Totals:
        """Add rows up, each text's number times how often it stands there."""
        whole = int(self._columns["whole"].at(rows[:1])[0])
        weight, quantity = (
            numbers.total(self._columns[name].codes[rows])
            for name, numbers in (("weight", self._weights), ("quantity", self._quantities))
        )
        return Totals(len(rows), (weight or 0) / Fraction(whole), quantity)

    @cached_property
    def _weights(self) -> Numbers:
        return Numbers.of(self._columns["weight"].values)

    @cached_property
    def _quantities(self) -> Numbers:
        return Numbers.of(self._columns["quantity"].values)

    @cached_property
    def _ranges(self) -> dict[str, tuple[int, int]]:
        """Where each source's rows stand: a run's flows are sorted by source."""
        sources = self._columns["source_object"]
        cuts = (np.flatnonzero(np.diff(sources.codes)) + 1).tolist()
        places = pairwise([0, *cuts, len(sources.codes)] if len(sources.codes) else [])
        return {sources.values[sources.codes[first]]: (first, last) for first, last in places}

    def pull(self, shares: Iterable[tuple[str, Fraction]], entered: Collection[str] = ()) -> Pulled:
        """Pull a figure backward.

        `shares` are the parts of objects' gross costs that are in it (several of one object are
        added up), `entered` the objects whose own entries are in it whole, as cost that lands on a
        consumer directly is.
        """
        wanted: dict[str, Fraction] = defaultdict(Fraction)
        for name, share in shares:
            wanted[name] += share
        behind: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.inner:
            if edge.weight:
                behind[edge.target].append(edge)
        names = _reached(wanted, lambda name: (edge.source for edge in behind[name]))
        number = {name: node for node, name in enumerate(names)}
        rows: list[list[tuple[int, int]]] = [[] for _ in names]
        whole = [1] * len(names)
        for edge in (edge for name in names for edge in behind[name]):
            rows[number[edge.source]].append((number[edge.target], edge.weight))
            whole[number[edge.source]] = edge.whole
        right = [wanted.get(name, Fraction(0)) * whole[number[name]] for name in names]
        values, bound = solved(System(whole, rows, right), self._few)
        parts = {name: value for name, value in zip(names, values, strict=True) if value}
        for name in entered:
            parts[name] = parts.get(name, Fraction(0)) + 1
        return Pulled(parts, bound)

    def carry(self, entries: Mapping[str, int]) -> dict[str, Fraction]:
        """Give the gross cost of each tower and service from what enters where, in the same units.

        Exact, or within the bound of doubles in a large network.
        """
        ahead = [edge for edge in self.inner if edge.weight]
        names = sorted(self._ranges)
        number = {name: node for node, name in enumerate(names)}
        rows: list[list[tuple[int, int]]] = [[] for _ in names]
        for edge in ahead:
            if edge.target in number:
                rows[number[edge.target]].append((number[edge.source], edge.weight))
        firsts = np.array([first for first, _ in self._ranges.values()], np.int64)
        wholes = self._columns["whole"].at(firsts)
        found = dict(zip(self._ranges, map(int, wholes), strict=True))
        whole = [found[name] for name in names]
        right = [Fraction(entries.get(name, 0)) for name in names]
        values, _ = solved(System(whole, rows, right), self._few)
        return {name: values[number[name]] * whole[number[name]] for name in names}

    def push(self, start: str) -> tuple[list[Landed], float]:
        """Push one unit that enters at `start` forward: where its parts land, and a bound."""
        if start.startswith((_CONSUMER, REMAINDER)):
            return [Landed("", start, Fraction(1))], 0.0
        ahead: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.inner:
            if edge.weight:
                ahead[edge.source].append(edge)
        names = _reached({start}, lambda name: (edge.target for edge in ahead[name]))
        number = {name: node for node, name in enumerate(names)}
        ends: dict[str, list[Edge]] = defaultdict(list)
        for edge in self._edges(
            self._columns["source_object"].where(frozenset(names).__contains__)
        ):
            if edge.target not in number and edge.weight:
                ends[edge.source].append(edge)
        rows: list[list[tuple[int, int]]] = [[] for _ in names]
        for edge in (edge for name in names for edge in ahead[name]):
            rows[number[edge.target]].append((number[edge.source], edge.weight))
        whole = [_whole((*ahead[name], *ends[name])) for name in names]
        right = [Fraction(int(name == start)) for name in names]
        # the unknowns are costs per unit of each object's whole, so that all numbers are integers
        values, bound = solved(System(whole, rows, right), self._few)
        landed = [
            Landed(edge.source, edge.target, values[number[edge.source]] * edge.weight)
            for name in names
            for edge in ends[name]
        ]
        return landed, bound * max(whole, default=1)

    def _edges(self, rows: NDArray[np.int64]) -> tuple[Edge, ...]:
        values: list[list[Any]] = [self._columns[name].at(rows) for name in _COLUMNS]
        values[2:4] = [list(map(int, column)) for column in values[2:4]]
        return tuple(map(Edge, *values))


def _whole(edges: Collection[Edge]) -> int:
    return next((edge.whole for edge in edges), 1)


def _reached(start: Iterable[str], after: Callable[[str], Iterable[str]]) -> list[str]:
    """Give all names that can be reached, each once, sorted."""
    found = set(start)
    todo = list(found)
    while todo:
        for name in after(todo.pop()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return sorted(found)
