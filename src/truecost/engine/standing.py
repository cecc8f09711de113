"""A month that stands: solved and settled, to be asked what it would be with other quantities.

Most changes are of the last tier: a service that passes all its cost to consumers splits it
otherwise. Then nothing upstream is another, no gross cost is, and of each class only the lines of
that service get new exact amounts, with which all lines of the class are rounded together again
(`again`). Everything else has to be allocated anew: `changed` gives None, and the caller does so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from truecost.engine.again import Amounts, Settlement
from truecost.engine.allocate import CLASSES, solved
from truecost.engine.codes import Codebook
from truecost.engine.graph import REMAINDER, Expander
from truecost.engine.settle import passed, reached, summed, tie_of_line
from truecost.kernel.findings import AllocationError
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from truecost.engine.allocate import Entries
    from truecost.engine.codes import Codes, Integers
    from truecost.engine.flows import Flows
    from truecost.engine.graph import Quantities
    from truecost.engine.settle import Reached
    from truecost.model.resolve import PeriodModel

    Places = NDArray[np.int64]

_LAST = (f"{Kind.CONSUMER} ", REMAINDER)


class ChangedLine(NamedTuple):
    """A line before and after, in minor units; 0 where there is none."""

    cls: str
    source: str
    target: str
    was: int
    now: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Lines that are others than before (n), as columns; iteration gives rows.

    `cls` numbers `CLASSES`, `source` and `target` number `names`; a source of -1 says that cost
    lands on the target directly.
    """

    names: Sequence[str]
    cls: Codes
    source: Codes
    target: Codes
    was: Places
    now: Places

    def __len__(self) -> int:
        """Give how many lines are others."""
        return len(self.now)

    def __iter__(self) -> Iterator[ChangedLine]:
        """Give them as rows."""
        names = (*self.names, "")  # at -1
        columns = (self.cls, self.source, self.target, self.was, self.now)
        for cls, source, target, was, now in zip(*(each.tolist() for each in columns), strict=True):
            yield ChangedLine(CLASSES[cls], names[source], names[target], was, now)


class _Split(NamedTuple):
    """What leaves a node (k): targets, each once, and weights out of a whole."""

    node: int
    target: Places
    weight: Integers
    whole: int


class Standing:
    """One period and currency, solved; its classes are settled when first asked for.

    `flows` are all that cost in `entries` (minor units) takes, by the rules of `model`.
    """

    def __init__(self, model: PeriodModel, currency: str, flows: Flows, entries: Entries) -> None:
        self._model = model
        self._currency = currency
        self._network, self._solution = solved(flows, entries)
        self._nodes = Codebook(self._network.names)
        self._last = np.array([name.startswith(_LAST) for name in self._network.names], np.bool_)
        self._rules: dict[str, list[str]] = {}
        for rule in model.allocations:
            for driver in rule.drivers:
                self._rules.setdefault(driver, []).extend(map(str, rule.sources))
        self._lines: dict[int, _Lines] = {}
        # one expander answers all questions, so that targets are looked up once
        self._asked: Callable[[str], Quantities | None] = _nothing
        self._others: frozenset[str] = frozenset()
        self._expander = Expander(model, currency, self._quantities)
        self._coded: tuple[Expander, Codes] = self._expander, np.empty(0, np.int32)

    def changed(
        self, quantities: Callable[[str], Quantities | None], drivers: Collection[str]
    ) -> Changed | None:
        """Give the lines that are others where some drivers have other quantities.

        `quantities` gives all of them. None where more than the last tier is concerned, or the
        model does not hold: allocate anew, then.
        """
        sources = dict.fromkeys(name for driver in drivers for name in self._rules.get(driver, ()))
        self._asked, before = quantities, self._others
        self._others = frozenset(drivers)
        self._expander.forget(before | self._others)
        return self.resplit(self._expander, sources)

    def _quantities(self, driver: str) -> Quantities | None:
        return self._asked(driver)

    def resplit(self, expander: Expander, sources: Collection[str]) -> Changed | None:
        """Give the lines that are others where some objects are split as an expander says.

        None as `changed`.
        """
        here = {name: self._nodes.code(name) for name in sources if name in self._numbers}
        splits: list[_Split] = []
        try:
            for name, node in here.items():
                if expander.sends_amounts(name):
                    return None  # the amount is a share of a cost known in other digits there
                found = expander.outflow(name)
                if found is None or expander.faults or expander.held:
                    return None
                target = self._coded_by(expander)[found.target]
                split = _Split(node, *_added_up(target, found.weight), found.whole)
                if self._is_as_before(split):
                    continue
                if not self._are_last(split.target):
                    return None
                splits.append(split)
            if not self._are_last(self._targets([split.node for split in splits])):
                return None
            return self._resettled(splits)
        except AllocationError:  # a loop too tight: allocating says so, if it matters
            return None

    def _coded_by(self, expander: Expander) -> Codes:
        """Give the node of each that an expander numbers."""
        of, known = self._coded
        if of is not expander:
            known = np.empty(0, np.int32)
        texts = expander.register.nodes.texts
        if len(known) < len(texts):
            known = np.concatenate([known, self._nodes.codes(texts[len(known) :])])
            self._coded = expander, known
        return known

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(self._network.names)

    @cached_property
    def _known(self) -> frozenset[str]:
        """The consumers that there are."""
        return frozenset(f"{Kind.CONSUMER} {leaf}" for leaf in self._model.leaves)

    def _is_as_before(self, split: _Split) -> bool:
        edges = self._edges(split.node)
        order = np.argsort(split.target)
        return (
            int(self._network.whole[split.node]) == split.whole
            and np.array_equal(self._network.head[edges], split.target[order])
            and np.array_equal(self._network.weight[edges], split.weight[order])
        )

    def _are_last(self, targets: Codes | Places) -> bool:
        """Say whether cost ends at all targets, and each of them may be there."""
        some = targets < len(self._last)
        if not bool(self._last[targets[some]].all()):
            return False
        new = (self._nodes.texts[target] for target in targets[~some].tolist())
        return all(name.startswith(REMAINDER) or name in self._known for name in new)

    @cached_property
    def _by_tail(self) -> tuple[Places, Places]:
        """The edges by their tail: those of node j are the places from start[j] to start[j + 1]."""
        tail = self._network.tail
        start = np.searchsorted(np.sort(tail), np.arange(len(self._network.names) + 1))
        return np.argsort(tail, kind="stable"), start

    def _edges(self, node: int) -> Places:
        order, start = self._by_tail
        return order[start[node] : start[node + 1]]

    def _targets(self, nodes: Sequence[int]) -> Codes:
        heads = [self._network.head[self._edges(node)] for node in nodes]
        return np.concatenate([np.empty(0, np.int32), *heads]).astype(np.int32)

    def _resettled(self, splits: Sequence[_Split]) -> Changed:
        parts = [_none()]
        for column in range(len(CLASSES)):
            costs = self._solution.approx[:, column], self._solution.bound[:, column]
            some = [each for each in splits if costs[0][each.node] or costs[1][each.node]]
            if some:
                parts.append(self._of_class(column, some))
        cls, source, target, was, now = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Changed(
            self._nodes.texts, cls.astype(np.int32), source.astype(np.int32),
            target.astype(np.int32), was, now,
        )  # fmt: skip

    def _of_class(self, column: int, splits: Sequence[_Split]) -> tuple[Any, ...]:
        """Round a class again with other splits; give class, source, target, before and after."""
        lines = self._settled(column)
        gone = np.concatenate([lines.place[self._edges(split.node)] for split in splits])
        come = self._come(column, splits)
        moved = lines.settlement.again(gone, come.amounts)
        at = lines.reached
        before = lines.settlement.at(gone)
        stays = lines.settlement.at(moved.places)
        source = np.concatenate([at.tail[moved.places], at.tail[gone], come.tail])
        target = np.concatenate([at.head[moved.places], at.head[gone], come.head])
        was = np.concatenate([stays, before, np.zeros(len(come.tail), np.int64)])
        now = np.concatenate([moved.amounts, np.zeros(len(gone), np.int64), moved.come])
        key = source * len(self._nodes.texts) + target
        key, of = np.unique(key, return_inverse=True)
        was, now = _added(was, of, len(key)), _added(now, of, len(key))
        other = np.flatnonzero(was != now)
        source, target = np.divmod(key[other], len(self._nodes.texts))
        source = np.where(source == target, -1, source)
        return np.full(len(other), column), source, target, was[other], now[other]

    def _settled(self, column: int) -> _Lines:
        if column not in self._lines:
            label, period = f"{CLASSES[column]} {self._currency}", self._model.period
            found = reached(self._network, self._solution, column, label=label, period=period)
            names = self._network.names

            def order(i: int) -> tuple[object, ...]:
                tail, head = int(found.tail[i]), int(found.head[i])
                return (found.tie(i), tail == head, names[head], names[tail])

            amounts = Amounts(found.approx, found.bound, found.exact, order)
            total = summed(self._solution.entries[:, column])
            place = np.full(len(self._network.tail), -1)
            edges = np.flatnonzero(self._network.terminal[self._network.head])
            place[edges] = np.arange(len(edges))
            self._lines[column] = _Lines(found, Settlement(total, amounts), place)
        return self._lines[column]

    def _come(self, column: int, splits: Sequence[_Split]) -> _Come:
        """Give the new lines of a class, with their exact amounts when asked."""
        label, period = f"{CLASSES[column]} {self._currency}", self._model.period
        counts = [len(split.target) for split in splits]
        tail = np.repeat(np.array([split.node for split in splits], np.int64), counts)
        head = np.concatenate([split.target for split in splits])
        which = np.repeat(np.arange(len(splits)), counts)
        first = np.cumsum([0, *counts])
        share = [(each.weight / each.whole).astype(np.float64) for each in splits]
        whole = [np.asarray(each.weight == each.whole, np.bool_) for each in splits]
        approx, bound = passed(
            self._solution.approx[tail, column], self._solution.bound[tail, column],
            np.concatenate(share), np.concatenate(whole),
        )  # fmt: skip

        def exact(i: int) -> Fraction:
            of = int(which[i])
            split = splits[of]
            weight = int(split.weight[i - int(first[of])])
            return self._solution.passed(split.node, weight, column, split.whole)

        def order(i: int) -> tuple[object, ...]:
            names = self._nodes.texts[int(tail[i])], self._nodes.texts[int(head[i])]
            return (tie_of_line(*names, label, period), False, names[1], names[0])

        return _Come(tail, head, Amounts(approx, bound, exact, order))


class _Lines(NamedTuple):
    """A class, settled: its lines, and at which place among them each edge is (-1: none)."""

    reached: Reached
    settlement: Settlement
    place: Places


class _Come(NamedTuple):
    """New lines of a class."""

    tail: Places
    head: Places
    amounts: Amounts


def _added_up(target: Codes, weight: Integers) -> tuple[Places, Integers]:
    """Give targets, each once, and what goes to them in all; without those that get nothing."""
    once, of = np.unique(target, return_inverse=True)
    if len(once) < len(target):
        sums = np.zeros(len(once), weight.dtype)
        np.add.at(sums, of, weight)
        target, weight = once, sums
    some = np.asarray(weight != 0, np.bool_)
    return target[some].astype(np.int64), weight[some]


def _added(amounts: Places, of: Places, groups: int) -> Places:
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, of, amounts)
    return sums


def _nothing(driver: str) -> None:
    """Have no quantities."""


def _none() -> tuple[Any, ...]:
    return tuple(np.empty(0, np.int64) for _ in range(5))
