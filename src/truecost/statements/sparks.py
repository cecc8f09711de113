"""A line over months, as small as a word: its points in whole units of a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

WIDTH, HEIGHT, _EDGE = 120, 28, 4


def points(values: Sequence[Decimal | int | None]) -> str:
    """Give the points of a polyline, `x,y x,y …`; "" for fewer than two values.

    The lowest value lies at the bottom, the highest at the top; a month without one is left out.
    """
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    if len(known) < 2:  # noqa: PLR2004  a line needs two
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    step, height = (WIDTH - 2 * _EDGE) / (len(values) - 1), HEIGHT - 2 * _EDGE

    def y(value: Decimal | int) -> int:
        if high == low:
            return HEIGHT // 2
        return HEIGHT - _EDGE - int(height * (value - low) / (high - low))

    return " ".join(f"{_EDGE + int(i * step)},{y(value)}" for i, value in known)
