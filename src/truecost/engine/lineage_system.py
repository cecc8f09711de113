"""Sparse equations over cost objects, solved exactly where that is quick, else with a proved bound.

    diagonal[i] · v[i] − Σ coefficient(i, k) · v[k] = right[i]

with whole numbers that are not negative on the left. Pulling a figure backward and pushing a cent
forward are both of this kind; the two matrices are each other's transpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from truecost.engine import certificate
from truecost.engine.components import components
from truecost.engine.elimination import flow
from truecost.engine.rational import eliminate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.components import Components

#: Networks of up to so many shares, with loops of up to so many objects, are solved in fractions.
FEW_EDGES = 1500
SMALL_LOOP = 30
DIGITS = 1 << 13


@dataclass(frozen=True, slots=True)
class System:
    """`rows[i]` holds the (k, coefficient) of equation i; `diagonal[i]` is positive."""

    diagonal: Sequence[int]
    rows: Sequence[Sequence[tuple[int, int]]]
    right: Sequence[Fraction]


def solved(system: System, few: int = FEW_EDGES) -> tuple[list[Fraction], float]:
    """Give v, and how far any of it may be from the truth: 0 where it is exact.

    Where doubles can't prove a bound, because next to nothing leaves a loop, fractions are used
    however long they take.
    """
    if not system.diagonal:
        return [], 0.0
    shares = _shares(system)
    found = components(shares)
    brief = (
        sum(map(len, system.rows)) <= few
        and int(found.sizes.max()) <= SMALL_LOOP
        and sum(whole.bit_length() for whole in system.diagonal) <= DIGITS
    )
    if not brief:
        order = found.order
        entries = np.array(
            [float(r / d) for r, d in zip(system.right, system.diagonal, strict=True)]
        )
        whole = np.zeros(len(order), np.bool_)
        values, bounds = certificate.solve(flow(shares, found, SMALL_LOOP), entries[order], whole)
        bound = float(bounds.max())
        if np.isfinite(bound):
            placed = np.empty_like(values)
            placed[order] = values
            return [Fraction(value) for value in placed.tolist()], bound
    return _exactly(system, found), 0.0


def _shares(system: System) -> csr_array[np.float64, tuple[int, int]]:
    count = len(system.diagonal)
    start = np.concatenate([[0], np.cumsum([len(row) for row in system.rows])]).astype(np.int32)
    tails = np.array([k for row in system.rows for k, _ in row], np.int32)
    data = np.array(
        [
            weight / diagonal
            for row, diagonal in zip(system.rows, system.diagonal, strict=True)
            for _, weight in row
        ],
        np.float64,
    )
    return csr_array((data, tails, start), shape=(count, count))


def _exactly(system: System, found: Components) -> list[Fraction]:
    values = [Fraction(0)] * len(system.diagonal)
    for component in range(len(found.sizes)):
        nodes = found.members(component).tolist()
        place = {node: i for i, node in enumerate(nodes)}
        matrix: list[list[int]] = []
        right: list[Fraction] = []
        for i, node in enumerate(nodes):
            row = [0] * len(nodes)
            row[i] = system.diagonal[node]
            known = Fraction(system.right[node])
            for k, weight in system.rows[node]:
                if k in place:
                    row[place[k]] -= weight
                elif values[k]:
                    known += values[k] * weight
            matrix.append(row)
            right.append(known)
        if not any(right):
            continue
        for node, value in zip(nodes, eliminate(matrix, right), strict=True):
            values[node] = value
    return values
