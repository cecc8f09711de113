"""Gross costs as exact fractions, for networks small enough that the fractions stay short."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from truecost.engine import grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.components import Components
    from truecost.engine.edges import Network


class Rationals:
    """The costs of one column, each computed when asked for together with what lies upstream."""

    def __init__(self, network: Network, found: Components, entries: Sequence[int]) -> None:
        self._network = network
        self._components = found
        self._entries = entries
        # Per node its cost per unit of `whole`; a terminal's per one.
        self._unit: dict[int, Fraction] = {}

    def cost(self, node: int) -> Fraction:
        """Give the gross cost of a node in minor units."""
        return self._unit_cost(node) * (int(self._network.whole[node]) or 1)

    def passed(self, node: int, weight: int, whole: int | None = None) -> Fraction:
        """Give what a node passes along `weight` of its whole, or of another, on the grid."""
        unit = self._unit_cost(node) if whole is None else self.cost(node) / whole
        return grid.nearest(*(unit * weight).as_integer_ratio())

    def _unit_cost(self, node: int) -> Fraction:
        if node not in self._unit:
            for component in self._upstream(int(self._components.of[node])):
                self._solve(self._components.members(component).tolist())
        return self._unit[node]

    def _upstream(self, component: int) -> list[int]:
        """Give a component and those its cost comes from, as far as unsolved, upstream first."""
        found = {component}
        waiting = [component]
        while waiting:
            for node in self._components.members(waiting.pop()).tolist():
                for tail, _ in self._network.received(node):
                    before = int(self._components.of[tail])
                    if before not in found and tail not in self._unit:
                        found.add(before)
                        waiting.append(before)
        return sorted(found)

    def _solve(self, nodes: list[int]) -> None:
        """Solve one component, given that all upstream of it is solved."""
        place = {node: i for i, node in enumerate(nodes)}
        matrix = []
        right = []
        for i, node in enumerate(nodes):
            row = [0] * len(nodes)
            row[i] = int(self._network.whole[node]) or 1
            own = Fraction(self._entries[node])
            for tail, weight in self._network.received(node):
                if tail in place:
                    row[place[tail]] -= weight
                else:
                    own += self._unit[tail] * weight
            matrix.append(row)
            right.append(own)
        self._unit.update(zip(nodes, eliminate(matrix, right), strict=True))


def eliminate(matrix: list[list[int]], right: list[Fraction]) -> list[Fraction]:
    """Solve integer equations whose leading minors are not 0, as those of a network never are.

    E. H. Bareiss, Mathematics of Computation 22 (1968): every step divides without a rest, so the
    integers stay as short as determinants.
    """
    scale = lcm(*(value.denominator for value in right))
    rows = [[*row, int(value * scale)] for row, value in zip(matrix, right, strict=True)]
    count = len(rows)
    divisor = 1
    for k, top in enumerate(rows):
        for row in rows[k + 1 :]:
            for c in range(count, k, -1):
                row[c] = (row[c] * top[k] - row[k] * top[c]) // divisor
        divisor = top[k]
    solved: list[Fraction] = []
    for k in reversed(range(count)):
        known = zip(rows[k][count - 1 : k : -1], solved, strict=True)
        solved.append((rows[k][count] - sum(a * x for a, x in known)) / Fraction(rows[k][k]))
    return [value / scale for value in reversed(solved)]
