"""One period and currency: cost enters, moves through the network, and is settled on bills.

entries ──▶ flows (rules × drivers) ──▶ gross cost of each object ──▶ settled lines, remainders
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from truecost.engine.flows import Flow, Flows, Known, Outflow
from truecost.engine.graph import REMAINDER, Expander, Fault
from truecost.engine.network import ClosedLoopError, Network, Solution, solve
from truecost.engine.settle import rounded, settle_terminals
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.money import shown
from truecost.model.types import Class, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.engine.capacity import Held
    from truecost.engine.codes import Codes
    from truecost.engine.graph import Quantities
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel

CLASSES = tuple(cls.value for cls in Class)
_LARGEST = 2**63 - 1
_SHOWN = 12
#: Entry cost object → class → minor units.
Entries = dict[str, dict[str, int]]


class SettledLine(NamedTuple):
    """A settled amount in minor units: `source` is "" where cost lands on `target` directly."""

    cls: str
    source: str
    target: str
    amount: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Settled amounts (n) in minor units, as columns; iteration gives rows.

    `cls` numbers `CLASSES`, `source` and `target` number `names`; a source of -1 says that cost
    lands on the target directly.
    """

    names: tuple[str, ...]
    cls: Codes
    source: Codes
    target: Codes
    amount: NDArray[np.int64]

    def some(self, wanted: NDArray[np.bool_]) -> Settled:
        """Give the wanted rows."""
        return Settled(
            self.names,
            self.cls[wanted], self.source[wanted], self.target[wanted], self.amount[wanted],
        )  # fmt: skip

    def __len__(self) -> int:
        """Give how many amounts there are."""
        return len(self.amount)

    def __iter__(self) -> Iterator[SettledLine]:
        """Give the amounts as rows."""
        names = (*self.names, "")  # at -1
        columns = (self.cls, self.source, self.target, self.amount)
        for cls, source, target, amount in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            yield SettledLine(CLASSES[cls], names[source], names[target], amount)


class HeldCost(NamedTuple):
    """A capacity, the cost that stands for it, and that of what is unused or beyond it.

    Both in minor units, rounded half to even for display.
    """

    held: Held
    cost: int
    apart: int


@dataclass(frozen=True, slots=True)
class Allocated:
    """What one period and currency comes to.

    `lines` go to consumers, `remainders` to named remainders; `gross` is each tower's and
    service's cost by class, rounded half to even for display.
    """

    flows: Flows
    lines: Settled
    remainders: Settled
    gross: Mapping[str, Mapping[str, int]]
    held: tuple[HeldCost, ...] = ()


def allocate(
    model: PeriodModel,
    currency: str,
    entries: Entries,
    quantities: Callable[[str], Quantities | None],
    known: Mapping[str, list[Flow]] | None = None,
    kept: Known | None = None,
) -> Allocated:
    """Allocate one period's entries in one currency.

    `known`, and else `kept`, are flows of sources that need not be expanded again. Raise
    AllocationError, with every fault and its price, where the model does not hold or a cost can't
    go where it says and the model does not allow a remainder.
    """
    expander = Expander(model, currency, quantities, known, kept)
    try:
        flows = _expanded(expander, entries)
        network, solution = solved(flows, entries)
    except ClosedLoopError as loop:
        raise AllocationError(_closed(expander, loop, model.period)) from None
    _refuse_strangers(model, network, solution, currency)
    _refuse(expander.faults, network, solution, currency)
    result = settled(flows, network, solution, currency, model.period)
    if not expander.held:
        return result
    return replace(result, held=tuple(_held(expander.held, network, solution, result.gross)))


def _held(
    held: Sequence[Held],
    network: Network,
    solution: Solution,
    gross: Mapping[str, Mapping[str, int]],
) -> Iterator[HeldCost]:
    for each in held:
        cost = _cost(solution, network.names.index(each.source)) * each.on_capacity
        yield HeldCost(each, round(cost), sum(gross.get(each.line, {}).values()))


def settled(
    flows: Flows, network: Network, solution: Solution, currency: str, period: Period
) -> Allocated:
    """Settle a solved network on its terminals, class by class.

    Raise AllocationError where an object's cost is beyond int64 minor units.
    """
    names = network.names
    parts = []
    for column, cls in enumerate(CLASSES):
        tails, heads, amounts = settle_terminals(
            network, solution, column, label=f"{cls} {currency}", period=period
        )
        some = np.flatnonzero(amounts)
        tails, heads = tails[some], heads[some]
        sources = np.where(tails == heads, -1, tails)
        parts.append((np.full(len(some), column), sources, heads, amounts[some]))
    cls_, source, target, amount = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    ended = Settled(
        names, cls_.astype(np.int32), source.astype(np.int32), target.astype(np.int32), amount
    )
    named = np.array([name.startswith(REMAINDER) for name in names], np.bool_)[ended.target]
    try:
        columns = [rounded(solution, column) for column in range(len(CLASSES))]
    except OverflowError:
        beyond = np.flatnonzero((np.abs(solution.approx) >= _LARGEST).any(axis=1)).tolist()
        raise AllocationError(
            Finding(
                None,
                f"the cost of {', '.join(network.names[node] for node in beyond)} in {period} is"
                " beyond what can be held",
                "services pass nearly all of it to each other: send more of it to consumers",
            )
        ) from None
    gross = {
        name: {cls: int(columns[column][node]) for column, cls in enumerate(CLASSES)}
        for node, name in enumerate(network.names)
        if not name.startswith((REMAINDER, f"{Kind.CONSUMER} "))
    }
    return Allocated(flows, ended.some(~named), ended.some(named), gross)


def solved(flows: Flows, entries: Entries) -> tuple[Network, Solution]:
    """Lay flows and entries out as a network, and solve it; the flows' names have all entries.

    Raise ClosedLoopError, and AllocationError where entries come to more than int64 minor units.
    """
    size = sum(abs(amount) for by_class in entries.values() for amount in by_class.values())
    if size > _LARGEST:
        raise AllocationError("the ledger's amounts of one period are beyond what can be held")
    number = {name: node for node, name in enumerate(flows.names)}
    matrix = np.zeros((len(flows.names), len(CLASSES)), dtype=np.int64)
    for name, by_class in entries.items():
        matrix[number[name]] = [by_class.get(cls, 0) for cls in CLASSES]
    network = Network(flows.names, flows.source, flows.target, flows.weight, flows.whole)
    return network, solve(network, matrix)


def _expanded(expander: Expander, entries: Entries) -> Flows:
    """Expand every object that cost reaches, fixed amounts once what feeds them is known."""
    nodes = expander.register.nodes
    outflows: dict[str, Outflow] = {}
    waiting: list[str] = []
    reached = [name for name in sorted(entries) if any(entries[name].values())]
    seen = set(nodes.codes(reached).tolist())
    while reached or waiting:
        if reached:
            name = reached.pop()
            if expander.sends_amounts(name):
                waiting.append(name)
                continue
            found = expander.outflow(name)
        else:
            name = _ready(expander, waiting)
            waiting.remove(name)
            found = expander.outflow(name, _gross(expander, outflows, entries, name))
        if found is None:
            continue
        outflows[name] = found
        targets = dict.fromkeys(found.target.tolist())
        reached += [nodes.texts[target] for target in targets if target not in seen]
        seen.update(targets)
    return Flows.gathered(expander.register, outflows, entries)


def _ready(expander: Expander, waiting: list[str]) -> str:
    """Give a waiting object that no other waiting object can still send cost to."""
    for name in sorted(waiting):
        if not any(name in _downstream(expander, other) for other in waiting):
            return name
    name = next(name for name in sorted(waiting) if name in _downstream(expander, name))
    raise AllocationError(
        Finding(
            expander.place(name),
            f"a fixed amount leaves {name}, whose own cost depends on where it goes",
            "in a loop of services use percentages or a driver instead of amounts",
        )
    )


def _downstream(expander: Expander, start: str) -> set[str]:
    """Give everything that cost from `start` may reach, itself only through a loop."""
    found: set[str] = set()
    todo = [start]
    while todo:
        for target in expander.targets(todo.pop()) - found:
            found.add(target)
            todo.append(target)
    return found


def _gross(
    expander: Expander, outflows: Mapping[str, Outflow], entries: Entries, name: str
) -> Fraction:
    """Give the exact cost of one object, all classes, in minor units, from what is expanded."""
    flows = Flows.gathered(expander.register, outflows, entries)
    network, solution = solved(flows, entries)
    return _cost(solution, network.names.index(name))


def _closed(expander: Expander, loop: ClosedLoopError, period: Period) -> Finding:
    """Name a loop that nothing leaves, in the order in which cost goes round it."""
    members = set(loop.names)
    way = [loop.names[0]]
    while len(way) == len(set(way)):
        way.append(min(expander.targets(way[-1]) & members))
    way = way[way.index(way[-1]) :]
    shown_way = way if len(way) <= _SHOWN else [*way[: _SHOWN - 2], "…", way[-1]]
    return Finding(
        expander.place(way[0]),
        f"cost can't leave the loop {' → '.join(shown_way)} in {period}",
        "send a part of one of them to consumers",
    )


def _refuse_strangers(
    model: PeriodModel, network: Network, solution: Solution, currency: str
) -> None:
    """Raise where cost reaches a service or consumer that does not exist in the period."""
    known = {f"{Kind.SERVICE} {service.id}" for service in model.services}
    known |= {f"{Kind.CONSUMER} {leaf}" for leaf in model.leaves}
    findings = [
        Finding(
            None,
            f"{name} does not exist in {model.period}",
            "let the rules that name it hold no longer than it:  valid: { to: … }",
            (f"{shown(round(_cost(solution, node)), currency)} would go to it",),
        )
        for node, name in enumerate(network.names)
        if name.startswith((f"{Kind.SERVICE} ", f"{Kind.CONSUMER} ")) and name not in known
    ]
    if findings:
        raise AllocationError(findings)


def _cost(solution: Solution, node: int) -> Fraction:
    """Give the exact cost of a node, all classes, in minor units."""
    return sum((solution.exact(node, column) for column in range(len(CLASSES))), Fraction(0))


def _refuse(faults: list[Fault], network: Network, solution: Solution, currency: str) -> None:
    """Raise for the faults that the model does not allow, each with the cost that it stops."""
    findings = []
    number = {name: node for node, name in enumerate(network.names)}
    for fault in faults:
        if fault.allowed:
            continue
        cost = _cost(solution, number[fault.remainder])
        findings.append(
            Finding(
                fault.place,
                fault.what,
                f"{fault.hint}; or, to see it as a named remainder, say  unallocated: allowed",
                (f"{shown(round(cost), currency)} can't go on from {fault.source}",),
            )
        )
    if findings:
        raise AllocationError(findings)
