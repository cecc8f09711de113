"""Networks for tests, and their gross costs and bills by plain fractions, as the books define them.

Slow and obvious on purpose: nothing here is taken from the engine but the grid's rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from truecost.engine.network import Network
from truecost.engine.settle import settle_terminals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from truecost.engine.network import Solution
    from truecost.kernel.periods import Period

# How long an example takes depends on who else uses the machine.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")


@dataclass(frozen=True)
class Case:
    """Names, weights by (tail, head), and what enters each node directly."""

    names: tuple[str, ...]
    edges: dict[tuple[str, str], int]
    entries: dict[str, int]

    def network(self) -> Network:
        place = {name: i for i, name in enumerate(self.names)}
        return Network(
            self.names,
            [place[tail] for tail, _ in self.edges],
            [place[head] for _, head in self.edges],
            list(self.edges.values()),
            [self.whole(name) for name in self.names],
        )

    def matrix(self) -> NDArray[np.int64]:
        return np.array([[self.entries.get(name, 0)] for name in self.names], np.int64)

    def whole(self, name: str) -> int:
        return sum(weight for (tail, _), weight in self.edges.items() if tail == name)

    def stuck(self) -> set[str]:
        """Names from which nothing reaches a terminal."""
        free = {name for name in self.names if not self.whole(name)}
        before = -1
        while len(free) != before:
            before = len(free)
            free |= {tail for (tail, head), weight in self.edges.items() if weight and head in free}
        return set(self.names) - free


def gross(case: Case) -> dict[str, Fraction]:
    """Solve x = d + Pᵀ x by Gauss and Jordan."""
    count = len(case.names)
    place = {name: i for i, name in enumerate(case.names)}
    rows = [[Fraction(int(i == j)) for j in range(count)] for i in range(count)]
    for (tail, head), weight in case.edges.items():
        if weight:
            rows[place[head]][place[tail]] -= Fraction(weight, case.whole(tail))
    for name, row in zip(case.names, rows, strict=True):
        row.append(Fraction(case.entries.get(name, 0)))
    for k in range(count):
        at = next(i for i in range(k, count) if rows[i][k])
        rows[k], rows[at] = rows[at], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(count):
            if i != k and rows[i][k]:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return {name: rows[i][count] for i, name in enumerate(case.names)}


def on_grid(value: Fraction) -> Fraction:
    return Fraction(round(value * 2**64), 2**64)


def flows(case: Case) -> dict[tuple[str, str], Fraction]:
    """Give what each terminal receives along each edge, and directly."""
    cost = gross(case)
    found = {
        (tail, head): on_grid(cost[tail] * Fraction(weight, case.whole(tail)))
        for (tail, head), weight in case.edges.items()
        if weight and not case.whole(head)
    }
    direct = {
        (name, name): Fraction(amount)
        for name, amount in case.entries.items()
        if amount and not case.whole(name)
    }
    return found | direct


def largest_remainder(
    amounts: dict[tuple[str, str], Fraction], total: int, tie: Callable[[tuple[str, str]], int]
) -> dict[tuple[str, str], int]:
    """Floors, then a unit each to the largest rests, equal ones by `tie`."""
    parts = {key: floor(amount) for key, amount in amounts.items()}
    first = sorted(amounts, key=lambda key: (parts[key] - amounts[key], tie(key)))
    for key in first[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def bills(
    solution: Solution, label: str, period: Period, column: int = 0
) -> dict[tuple[str, str], int]:
    """Settle, and key the lines by name."""
    names = solution.network.names
    lines = settle_terminals(solution.network, solution, column, label=label, period=period)
    found = {
        (names[tail], names[head]): int(amount) for tail, head, amount in zip(*lines, strict=True)
    }
    assert len(found) == len(lines[0])
    return found


_AMOUNTS = st.one_of(
    st.sampled_from([0, 0, 1, -1, 100]),
    st.integers(-(10**12), 10**12),
    st.integers(-(2**61), 2**61),
)
_WEIGHTS = st.one_of(
    st.integers(0, 3), st.integers(0, 100), st.integers(0, 10**9), st.integers(0, 2**80)
)


@st.composite
def cases(draw: st.DrawFn, *, most: int = 7) -> Case:
    """Networks with loops, self-consumption, huge and zero weights, credits; maybe closed loops."""
    inner = draw(st.integers(0, most))
    outer = draw(st.integers(1, 4))
    names = tuple(f"s{i}" for i in range(inner)) + tuple(f"c{i}" for i in range(outer))
    edges: dict[tuple[str, str], int] = {}
    for tail in names[:inner]:
        heads = draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
        edges |= {(tail, head): draw(_WEIGHTS) for head in heads}
        if draw(st.integers(0, 9)):
            edges[tail, draw(st.sampled_from(names[inner:]))] = draw(_WEIGHTS) + 1
        elif not any(edges.get((tail, head)) for head in names):
            edges[tail, draw(st.sampled_from(names))] = 1
    entries = {name: draw(_AMOUNTS) for name in names}
    return Case(names, edges, entries)


open_cases = cases().filter(lambda case: not case.stuck())
