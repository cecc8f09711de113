"""How far a float solution can be from the truth: a bound that holds whatever computed it.

With P the true shares, I − P has an inverse without a negative entry, as cost leaves every loop.
Let r be what is left of the equations at a solution x̂. Any v with v − P v ≥ |r| then bounds the
error of every node: |x − x̂| = |(I − P)⁻¹ r| ≤ (I − P)⁻¹ |r| ≤ v. Both inequalities are checked
with the rounding of the check itself on the unfavourable side, so v may come from anywhere.

Rounding: with u = 2⁻⁵³, a share is rounded from integers (3u), a row of k products and sums in any
order is off by at most (k + 1) u of the sum of its absolute terms, and entries, subtractions and
the second-order terms cost less than 4u more (N. Higham, Accuracy and Stability of Numerical
Algorithms, 3.1). Amounts below 1e-280 of a unit count as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]

_U = 2.0**-53
_MORE = 8
# v is sought with this much to spare, coarsely first; where it falls short it is lifted in rounds.
_SPARE = 1.125
_LIFT = 1 + 2.0**-10
_TOLERANCES = (1e-3, 1e-9)
_ROUNDS = 25


class Equations(Protocol):
    """Equations `x = b + shares @ x` in doubles: how many tails each head has, a product, a try."""

    @property
    def degree(self) -> NDArray[np.int64]: ...  # noqa: D102

    def received(self, x: Vector) -> Vector: ...  # noqa: D102

    def solve(self, b: Vector, tolerance: float = ...) -> Vector: ...  # noqa: D102


def solve(equations: Equations, entries: Vector, exact: NDArray[np.bool_]) -> tuple[Vector, Vector]:
    """Give the gross value of each node (n) and a certified absolute bound of its error (n).

    `entries` (n) are rounded from integers; `exact` says where nothing was lost. Where no bound
    can be proved, because next to nothing leaves a loop, it is infinite.
    """
    unknown = np.zeros_like(entries), np.full_like(entries, np.inf)
    size = np.abs(entries)
    try:
        x = equations.solve(entries)
        gross = x if (entries >= 0).all() else equations.solve(size)
    except RuntimeError:
        return unknown
    if not np.isfinite(x).all():
        return unknown
    received = equations.received(x)
    gross = np.maximum(np.abs(gross), np.abs(x))
    terms = size + np.abs(x) + equations.received(gross)
    rounding = slack(equations.degree)
    rounding[exact & (equations.degree == 0)] = 0
    return x, cover(equations, np.abs(entries - x + received) + rounding * terms)


def slack(degree: NDArray[np.int64]) -> Vector:
    """Give what part of its absolute terms a row's residual (n) may be off by."""
    return np.asarray((degree + _MORE) * _U, np.float64)


def cover(equations: Equations, residual: Vector) -> Vector:
    """Give v (n) with v − P v ≥ `residual` ≥ 0, proved; infinite throughout where none is found."""
    grown = 1 + slack(equations.degree)
    for tolerance in _TOLERANCES:
        try:
            v = np.abs(equations.solve(_SPARE * residual, tolerance))
        except RuntimeError:
            break
        for _ in range(_ROUNDS):
            needed = (residual + grown * equations.received(v)) * (1 + 16 * _U)
            if (v >= needed).all():
                return v
            v = np.where(v >= needed, v, _LIFT * needed)
    return np.full_like(residual, np.inf)
