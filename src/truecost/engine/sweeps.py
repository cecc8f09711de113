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
_PROGRESS = 0.1


class Loop:
    """The equations `x = b + shares @ x` of one component; `shares` is (m, m), head by tail."""

    def __init__(self, shares: Matrix) -> None:
        self._shares = shares
        self._factor: SuperLU | None = None

    def solve(self, b: Vector, tolerance: float) -> Vector:
        """Solve until the residual is below `tolerance` of `b`, or as small as doubles allow.

        Raise RuntimeError where the loop is singular to the eye of a double.
        """
        x = np.zeros_like(b)
        rest = b
        size = goal = _norm(b)
        goal *= tolerance
        while size > max(goal, _EPS * _norm(x)):
            gain = self._krylov(rest, max(_RESTART, goal / size))
            tried = x + gain
            left = b - tried + self._shares @ tried
            before, size = size, _norm(left)
            if not size < before:
                if self._factor:
                    break
                # A ring, or a loop that little leaves, defeats sweeps: eliminate it.
                equations = (eye_array(len(b)) - self._shares).tocsc()
                self._factor = splu(equations, diag_pivot_thresh=0)
                size = before
                continue
            x, rest = tried, left
            if size > _PROGRESS * before and self._factor:
                break
        return x

    def _krylov(self, b: Vector, tolerance: float) -> Vector:
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
