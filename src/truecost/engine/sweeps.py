"""A large loop, solved by sweeps over its edges: BiCGSTAB, restarted on the true residual.

H. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992), on the equations that one Gauss–Seidel sweep
leaves as they are. Nothing here is certain; how good a result is, `certificate` finds out. No sum
goes through BLAS, whose order depends on threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.sparse import eye_array
from scipy.sparse.linalg import splu

from truecost.engine.products import Rows, each, passes
from truecost.engine.relaxation import relaxation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse.linalg import SuperLU

    from truecost.engine.edges import Matrix
    from truecost.engine.relaxation import Blocks, Triangle

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
# In a hurry, so many rounds must bring a digit each, or another way is quicker.
_ROUNDS = 8


class SlowError(ArithmeticError):
    """Sweeps gain so little here that another way is quicker."""


class Loop:
    """The equations `x = b + shares @ x` of one component; `shares` is (m, m), head by tail."""

    def __init__(self, shares: Matrix) -> None:
        self._shares = shares
        self._rows = Rows(shares)
        self._sweep = relaxation(shares)
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
            left = b - tried + self._rows @ tried
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
        return self._factor.solve(b) if self._factor else swept(self._sweep, b, tolerance)


def swept(sweep: Blocks | Triangle, b: Vector, tolerance: float, *, hurry: bool = False) -> Vector:
    """Solve `x = b + shares @ x` until a sweep moves x by `tolerance` of the first, if it can.

    In a `hurry` raise SlowError where that would take too long.
    """
    search = _Search(sweep, b)
    whole = search.size
    for done in range(_SWEEPS):
        if not search.size > whole * tolerance**2:
            break
        if hurry and done >= _ROUNDS and not search.size < whole * 10.0 ** (-2 * done / _ROUNDS):
            raise SlowError
        if not search.step():
            break
    return search.x


class _Search:
    """What BiCGSTAB keeps: `x` so far, and `size`, the square of what a sweep still moves it by.

    Its passes over vectors are methods, each taking one piece at a time.
    """

    def __init__(self, sweep: Blocks | Triangle, b: Vector) -> None:
        self._sweep = sweep
        self._places = passes(len(b))
        self.x, self._rest, self._moved, self._turned = (np.zeros_like(b) for _ in range(4))
        sweep.over(self._rest, b)
        self._first, self._along = self._rest.copy(), self._rest.copy()
        self._alpha = self._omega = self._beta = 0.0
        self.size = self._rho = sum(each(self._squared, self._places))

    def step(self) -> bool:
        """Do one round, two sweeps; say whether another may bring more."""
        self._moved[:] = self._along
        self._sweep.over(self._moved)
        along = sum(each(self._left, self._places))
        if not (along and self._rho):
            return False
        self._alpha = self._rho / along
        each(self._halved, self._places)
        self._sweep.over(self._turned)
        spread, leaning = self._both(self._spread)
        self._omega = leaning / spread if spread else 0
        before = self._rho
        self.size, self._rho = self._both(self._gained)
        if not self._omega:
            return False
        self._beta = self._rho / before * self._alpha / self._omega
        each(self._aimed, self._places)
        return True

    def _both(self, of: Callable[[slice], tuple[float, float]]) -> tuple[float, float]:
        pairs = each(of, self._places)
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)

    def _squared(self, at: slice) -> float:
        return _dot(self._rest[at], self._rest[at])

    def _left(self, at: slice) -> float:
        moved = self._moved[at]
        np.subtract(self._along[at], moved, out=moved)
        return _dot(self._first[at], moved)

    def _halved(self, at: slice) -> None:
        self._rest[at] -= self._alpha * self._moved[at]
        self._turned[at] = self._rest[at]

    def _spread(self, at: slice) -> tuple[float, float]:
        turned = self._turned[at]
        np.subtract(self._rest[at], turned, out=turned)
        return _dot(turned, turned), _dot(turned, self._rest[at])

    def _gained(self, at: slice) -> tuple[float, float]:
        rest = self._rest[at]
        self.x[at] += self._alpha * self._along[at] + self._omega * rest
        rest -= self._omega * self._turned[at]
        return _dot(rest, rest), _dot(self._first[at], rest)

    def _aimed(self, at: slice) -> None:
        along = self._along[at]
        along -= self._omega * self._moved[at]
        along *= self._beta
        along += self._rest[at]


def _dot(a: Vector, b: Vector) -> float:
    return float(np.einsum("i,i", a, b))


def _norm(a: Vector) -> float:
    return float(np.abs(a).sum())
