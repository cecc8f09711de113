"""A treemap: areas that go with amounts, in whole units of a box; the dearest first.

The layout is that of Bruls, Huizing and van Wijk ("Squarified treemaps", 2000): rows are filled
along the shorter side for as long as that makes their rectangles squarer. It is computed in exact
rationals and rounded at the end, so the same amounts give the same drawing everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_Box = tuple[Fraction, Fraction, Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Square:
    """A rectangle of a treemap."""

    x: int
    y: int
    width: int
    height: int


def squares(amounts: Sequence[int], box: Square) -> tuple[Square, ...]:
    """Lay amounts out in a box, in their order. Raise ValueError for one that is not above 0."""
    if any(amount <= 0 for amount in amounts):
        raise ValueError("a treemap shows amounts above 0 only")
    if not amounts:
        return ()
    order = sorted(range(len(amounts)), key=lambda i: (-amounts[i], i))
    scale = Fraction(box.width * box.height, sum(amounts))
    areas = [amounts[i] * scale for i in order]
    rest: _Box = (Fraction(box.x), Fraction(box.y), Fraction(box.width), Fraction(box.height))
    laid: list[_Box] = []
    row: list[Fraction] = []
    for area in areas:
        side = min(rest[2], rest[3])
        if row and _worst([*row, area], side) > _worst(row, side):
            drawn, rest = _row(row, rest)
            laid += drawn
            row = []
        row.append(area)
    laid += _row(row, rest)[0]
    found = dict(zip(order, map(_rounded, laid), strict=True))
    return tuple(found[i] for i in range(len(amounts)))


def _worst(row: Sequence[Fraction], side: Fraction) -> Fraction:
    """Give the longest of the proportions of a row's rectangles."""
    total = sum(row)
    square = side * side
    return max(square * max(row) / (total * total), total * total / (square * min(row)))


def _row(row: Sequence[Fraction], rest: _Box) -> tuple[list[_Box], _Box]:
    """Lay a row along the shorter side of what is left; give that, and what is left then."""
    x, y, width, height = rest
    depth = sum(row) / min(width, height)
    laid: list[_Box] = []
    at = Fraction(0)
    for area in row:
        length = area / depth
        if width >= height:
            laid.append((x, y + at, depth, length))
        else:
            laid.append((x + at, y, length, depth))
        at += length
    left = (x + depth, y, width - depth, height)
    below = (x, y + depth, width, height - depth)
    return laid, (left if width >= height else below)


def _rounded(box: _Box) -> Square:
    x, y, width, height = box
    left, top = round(x), round(y)
    return Square(left, top, round(x + width) - left, round(y + height) - top)
