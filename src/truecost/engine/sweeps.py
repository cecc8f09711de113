"""A large loop, solved by sweeps over its edges: BiCGSTAB, restarted on the true residual.

H. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992). Nothing here is certain; how good a result
is, `certificate` finds out. No sum goes through BLAS, whose order depends on threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.sparse import eye_array
from scipy.sparse.linalg import splu

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse.linalg import SuperLU

    from truecost.engine.edges import Matrix

    Vector: TypeAlias = NDArray[np.float64]

_EPS = 2.0**-53
# A restart gains about as many digits as a double residual can carry before it drifts.
_RESTART = 1e-9
_SWEEPS = 500
# A restart that gains less than a digit is as good as none, and tried only so often.
_PROGRESS = 0.1
_RESTARTS = 40
# Elimination may fill in all of a loop.
_ELIMINABLE = 5000


class Loop:
    """The equations `x = b + shares @ x` of one component; `shares` is (m, m), head by tail."""

    def __init__(self, shares: Matrix) -> None:
        self._shares = shares
        self._factor: SuperLU | None = None

    def solve(self, b: Vector, tolerance: float) -> Vector:
        """Solve until the residual is below `tolerance` of `b`, or as small as doubles allow.

        A ring, or a loop that little leaves, defeats sweeps, and is eliminated if not too large.
        Raise RuntimeError where it is singular to the eye of a double.
        """
        x, rest = np.zeros_like(b), b
        size = _norm(b)
        goal = size * tolerance
        rounding = 2 * _EPS * (np.diff(self._shares.indptr) + 4)
        for _ in range(_RESTARTS):
            if size <= max(goal, _norm(rounding * x)):
                break
            tried = x + self._gain(rest, max(_RESTART, goal / size))
            left = b - tried + self._shares @ tried
            before, now = size, _norm(left)
            if now < before:
                x, rest, size = tried, left, now
            if not now < _PROGRESS * before:
                if self._factor or len(b) > _ELIMINABLE:
                    break
                equations = (eye_array(len(b)) - self._shares).tocsc()
                self._factor = splu(equations, diag_pivot_thresh=0)
        return x

    def _gain(self, b: Vector, tolerance: float) -> Vector:
        if self._factor:
            return self._factor.solve(b)
        x = np.zeros_like(b)
        r = b.copy()
        p = b.copy()
        rho = _dot(r, r)
        goal = rho * tolerance**2
        for _ in range(_SWEEPS):
            v = p - self._shares @ p
            along = _dot(b, v)
            if not (along and rho):
                break
            alpha = rho / along
            r -= alpha * v
            x += alpha * p
            t = r - self._shares @ r
            size = _dot(t, t)
            if not size:
                break
            omega = _dot(t, r) / size
            x += omega * r
            r -= omega * t
            if not (omega and _dot(r, r) > goal):
                break
            before, rho = rho, _dot(b, r)
            p -= omega * v
            p *= rho / before * alpha / omega
            p += r
        return x


def _dot(a: Vector, b: Vector) -> float:
    return float(np.einsum("i,i", a, b))


def _norm(a: Vector) -> float:
    return float(np.abs(a).sum())
