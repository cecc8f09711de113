"""Gross costs as exact integers, refined as far as is asked: what is left is known, not estimated.

A node's cost is its whole times a multiple of 2⁻ᵏ of a minor unit, its cost per unit of `whole`.
Weights and wholes are integers, so what is left of the equations is an integer too, and it is
computed modulo 2⁶⁴ without any rounding. It needs no more digits than these, however many the costs
themselves have: k is chosen such that all that is left, by a bound in doubles, lies within ±2⁶³.
What doubles make of it is added, k grows, and so on: iterative refinement, each round exact.
"""

from __future__ import annotations

from functools import cached_property
from math import floor, log2
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from truecost.engine import certificate, grid
from truecost.engine.fixedpoint import UnsolvableError
from truecost.engine.products import Rows

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from truecost.engine.edges import Network
    from truecost.engine.equations import Equations

    Vector = NDArray[np.float64]
    Amounts = tuple[NDArray[np.int64], Vector, Vector]

_U = 2.0**-53
_FLOAT = 1 << 53
_WORD = 64
_RANGE = 2.0**62
# The sum of a node's whole and weights from which rounding its unit cost may leave too much.
_REACH = 2.0**50
_HALF = 2.0**27 + 1
# How far a round goes, and how far what is left may stick out of its mean.
_COARSE, _FINE = 2.0**-8, 2.0**-38
_PEAK = 8
# What is left may stay this many times larger than was aimed at.
_ROOM = 16
# Bounds of all nodes together, then of each, at which grid points are looked for.
_USUAL = 2.0**-14
_FINER = (2.0**-84, 2.0**-140)
# So often what reaches nodes seemingly without cost is looked at.
_LOOKS = 8
# A round that gains less than these binary digits is as good as none.
_GAIN = 4


class Scale:
    """What the columns of a network share. `fits` says whether its weights are small enough.

    `worth` (n) is a v with v − P v ≥ 1, so that |rest| ≤ r bounds the errors by r v.
    """

    def __init__(self, network: Network, equations: Equations) -> None:
        self.network = network
        self.equations = equations

    @cached_property
    def open(self) -> bool:
        """Whether it is proved that cost leaves every loop."""
        return bool(np.isfinite(self.worth).all())

    @cached_property
    def fits(self) -> bool:
        """Whether costs may be had as integers at all."""
        network = self.network
        whole = network.weight.dtype == network.whole.dtype == np.int64
        return self.open and whole and self.reach < _REACH

    @cached_property
    def whole(self) -> NDArray[np.int64]:
        """The wholes (n), 1 for a terminal."""
        return np.maximum(self.network.whole, 1)

    @cached_property
    def reach(self) -> float:
        """The largest sum of a node's whole and the weights into it."""
        into = self.rows @ np.ones(len(self.whole), np.uint64)
        return float((into + self.whole.view(np.uint64)).max()) * (1 + 2.0**-20)

    @cached_property
    def worth(self) -> Vector:
        """What a unit of rest in every node may come to, each node (n); infinite where unknown."""
        return certificate.cover(self.equations, np.ones(len(self.whole)))

    @cached_property
    def rows(self) -> Rows:
        """The weights as integers that wrap round, at (head, tail)."""
        network, count = self.network, len(self.whole)
        weight = network.weight.view(np.uint64)
        return Rows(csr_array((weight, network.tail, network.start), shape=(count, count)))


class Units:
    """The costs of one column. Raise UnsolvableError where doubles come no nearer.

    Costs per unit are the sum of `parts`, each (n) exact; `left` bounds what is left anywhere.
    """

    def __init__(self, scale: Scale, entries: NDArray[np.int64]) -> None:
        self._scale = scale
        self._entries = entries.view(np.uint64)
        self._unit = np.zeros(len(entries), np.uint64)
        self._digits = 0
        self.parts: list[Vector] = []
        self._rest = entries.astype(np.float64)
        self.left = float(np.abs(self._rest).max(initial=0))
        self._reach(_USUAL / float(scale.worth.sum()))

    @property
    def bound(self) -> Vector:
        """How far each node's cost (n) may be from the truth."""
        return self._scale.worth * (self.left * (1 + 8 * _U))

    def doubles(self) -> tuple[Vector, Vector]:
        """Give each node's cost as a double (n), and how far that may be from the truth.

        That is 0 where a node receives nothing, and nothing but its own entry.
        """
        x = np.asarray(self._scale.whole * sum(reversed(self.parts)), np.float64)
        size = np.asarray(self._scale.whole * sum(map(np.abs, self.parts)), np.float64)
        bound = self.bound + 8 * _U * size
        own = self._entries.view(np.int64)
        clear = self._untouched() | (
            (self._scale.equations.degree == 0) & (own >= -_FLOAT) & (own <= _FLOAT)
        )
        x[clear] = own[clear]
        bound[clear] = 0
        return x, bound

    def amounts(self, tail: NDArray[np.int64], weight: NDArray[np.int64], share: Vector) -> Amounts:
        """Give what nodes pass along edges: whole units, the rest, and its bound."""
        factor = weight.astype(np.float64)
        first = self.parts[0][tail]
        high = factor * first
        whole = np.floor(high)
        rest = (high - whole) + _lost(factor, first, high)
        size = 1 + np.abs(rest)
        for part in self.parts[1:]:
            more = factor * part[tail]
            rest += more
            size += np.abs(more)
        bound = self.bound[tail] * (share * (1 + 8 * _U)) + 8 * _U * size
        beyond = np.abs(whole) >= _RANGE
        whole[beyond] = 0
        bound[beyond] = np.inf
        units = np.floor(rest)
        return whole.astype(np.int64) + units.astype(np.int64), rest - units, bound

    def _untouched(self) -> NDArray[np.bool_]:
        """Say which nodes no cost reaches, as far as that is plain to see (n)."""
        none: NDArray[np.bool_] = (self._unit == 0) & (self._entries == 0)
        for _ in range(_LOOKS):
            if not none.any():
                break
            fed = none & (self._scale.equations.received((~none).astype(np.float64)) > 0)
            if not fed.any():
                return none
            none &= ~fed
        return np.zeros_like(none)

    def passed(self, node: int, weight: int, whole: int | None = None) -> Fraction:
        """Give what a node passes along `weight` of its whole, or of another, on the grid."""
        own = int(self._scale.whole[node])
        for finer in (None, *_FINER):
            if finer is not None:
                self._reach(finer / float(self._scale.worth.max()))
            unit, digits = self._exactly(node)
            amount, below = unit * own * weight, (whole or own) << digits
            off = weight * self._off(node, digits) + 1
            low, high = (grid.nearest(amount + way * off, below) for way in (-1, 1))
            if low == high:
                return low
        return grid.nearest(amount, below)

    def cost(self, node: int) -> Fraction:
        """Give the gross cost of a node in minor units, on the grid."""
        return self.passed(node, int(self._scale.whole[node]))

    def _exactly(self, node: int) -> tuple[int, int]:
        """Give the cost per unit of a node as a whole number of 2 to the minus so many."""
        ratios = [float(part[node]).as_integer_ratio() for part in self.parts]
        digits = max([_WORD, *(below.bit_length() - 1 for _, below in ratios)])
        amount = sum(above << digits - (below.bit_length() - 1) for above, below in ratios)
        extra = 2 * _WORD
        return amount << extra, digits + extra

    def _off(self, node: int, digits: int) -> int:
        above, below = float(self.bound[node]).as_integer_ratio()
        return (above << digits) // below + 1

    def _reach(self, goal: float) -> None:
        while self.left > goal * _ROOM:
            self._refine(goal)

    def _refine(self, goal: float) -> None:
        scale, equations = self._scale, self._scale.equations
        size = float(np.sqrt(np.mean(np.square(self._rest))))
        try:
            gain = equations.solve(self._rest, min(max(goal / size / _PEAK, _FINE), _COARSE))
        except RuntimeError as error:
            raise UnsolvableError from error
        if not np.isfinite(gain).all():
            raise UnsolvableError
        most = self._most(gain)
        room = _RANGE - scale.reach
        digits = floor(log2(room) - log2(most)) - 1 if most else self._digits + _WORD
        if digits < self._digits + (_GAIN if self.parts else 0):
            raise UnsolvableError
        part = np.rint(np.ldexp(gain / scale.whole, digits))
        self._unit = _shifted(self._unit, digits - self._digits) + _wrapped(part)
        self._digits = digits
        self.parts.append(np.ldexp(part, -digits))
        left = _shifted(self._entries, digits) - scale.whole.view(np.uint64) * self._unit
        left += scale.rows @ self._unit
        self._rest = np.ldexp(left.view(np.int64).astype(np.float64), -digits)
        self.left = float(np.abs(self._rest).max()) * (1 + 4 * _U)

    def _most(self, gain: Vector) -> float:
        """Give a bound of what is left once `gain` is added, but for the rounding of unit costs."""
        scale = self._scale
        size = np.abs(gain)
        terms = np.abs(self._rest) + size + float((size / scale.worth).max()) * scale.worth
        slack = certificate.slack(scale.equations.degree) * terms
        left = np.abs(self._rest - gain + scale.equations.received(gain))
        return float((left + slack).max()) * (1 + 16 * _U)


def _shifted(words: NDArray[np.uint64], by: int) -> NDArray[np.uint64]:
    return words << np.uint64(by) if by < _WORD else np.zeros_like(words)


def _wrapped(values: Vector) -> NDArray[Any]:
    """Give whole numbers, held by doubles, modulo 2⁶⁴."""
    size = np.abs(values)
    low = (size - np.ldexp(np.floor(np.ldexp(size, -_WORD)), _WORD)).astype(np.uint64)
    return np.where(values < 0, -low, low)


def _lost(a: Vector, b: Vector, product: Vector) -> Vector:
    """Give what the rounding of a product took (T. Dekker, Numerische Mathematik 18, 1971)."""
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _halves(a: Vector) -> tuple[Vector, Vector]:
    wide = _HALF * a
    high = wide - (wide - a)
    return high, a - high
