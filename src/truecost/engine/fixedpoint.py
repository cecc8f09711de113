"""Gross costs to 2⁻¹²⁸ of a minor unit, certified, where fractions would grow without end.

Iterative refinement: integers in units of 2⁻¹⁹² hold the costs, what is left of the equations is
computed in them, exact but for a counted rounding, and the float solver gives the correction.
"""

from __future__ import annotations

from math import ldexp
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine import certificate, grid

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from truecost.engine.edges import Network
    from truecost.engine.elimination import Flow

_UNIT = 192
_CERTAIN = 128
# What is left may stay this large: it comes from rounding, and the certificate still has room.
_SMALL = 2.0**-160
_PROGRESS = 0.25
_to_int = np.frompyfunc(int, 1, 1)


class UnsolvableError(ArithmeticError):
    """The float solver comes no nearer: some loop lets next to nothing out."""


class FixedPoints:
    """The costs of one column, from approximate ones.

    Raise UnsolvableError where they can't be had to 2⁻¹²⁸.
    """

    def __init__(
        self,
        network: Network,
        flow: Flow,
        entries: NDArray[np.int64],
        approx: NDArray[np.float64],
    ) -> None:
        self._network = network
        self._whole = np.where(network.whole == 0, 1, network.whole).astype(object)
        self._weight = network.weight.astype(object)
        self._finer = int(max(self._whole)).bit_length()
        self._entries = entries.astype(object) << _UNIT
        first = np.asarray(_to_int(np.ldexp(approx, _UNIT)), object)
        self._cost = self._refined(flow, first)

    def cost(self, node: int) -> Fraction:
        """Give the gross cost of a node in minor units, on the grid."""
        return grid.nearest(self._cost[node], 1 << _UNIT)

    def passed(self, node: int, weight: int, whole: int | None = None) -> Fraction:
        """Give what a node passes along `weight` of its whole, or of another, on the grid."""
        return grid.nearest(self._cost[node] * weight, (whole or self._whole[node]) << _UNIT)

    def _refined(self, flow: Flow, cost: NDArray[np.object_]) -> NDArray[np.object_]:
        before = np.inf
        while True:
            left = self._left(cost)
            rest = left[flow.order].astype(np.float64) * ldexp(1, -_UNIT)
            size = float(np.abs(rest).sum())
            if size <= _SMALL:
                break
            if not size <= before * _PROGRESS:
                raise UnsolvableError
            before = size
            try:
                gain = np.ldexp(flow.solve(rest), _UNIT)
            except RuntimeError as error:
                raise UnsolvableError from error
            if not np.isfinite(gain).all():
                raise UnsolvableError
            cost[flow.order] += _to_int(gain)
        largest = np.abs(rest).max() + ldexp(int(flow.degree.max()) + 2, -_UNIT)
        if certificate.cover(flow, np.full(len(rest), largest)).max() > ldexp(1, -_CERTAIN):
            raise UnsolvableError
        return cost

    def _left(self, cost: NDArray[np.object_]) -> NDArray[np.object_]:
        """Give what is left of the equations (n), a row short by less than its degree + 1 units."""
        network = self._network
        unit = (cost << self._finer) // self._whole
        left: NDArray[np.object_] = self._entries - cost
        start = network.start[:-1]
        receives = np.flatnonzero(np.diff(network.start))
        if len(receives):
            parts = unit[network.tail] * self._weight
            left[receives] += np.add.reduceat(parts, start[receives]) >> self._finer
        return left
