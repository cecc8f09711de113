"""Why a bill changed, as a chart: from the earlier total over the parts of the change to this one.

Each row has a bar of its own, so that the chart is its table and reads on a narrow screen too. All
bars have one scale. It does not begin at nothing, or changes of some percent could not be seen;
`begins` says at what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, _HEIGHT = 240, 16
_ROOM = 4  # so much of the scale, in parts of the way that the total goes, is left before it


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `x` on, `width` wide (of `WIDTH`): a "total", or what goes "up" or "down"."""

    kind: str
    x: int
    width: int


def bars(before: int, parts: Sequence[int]) -> tuple[tuple[Bar, ...], int]:
    """Lay out the earlier total, each part, and the total that they come to; minor units.

    The number is where the scale begins.
    """
    steps = [before]
    for part in parts:
        steps.append(steps[-1] + part)
    low, high = min(steps), max(steps)
    begins = low - max(1, (high - low) // _ROOM)
    if (begins >= 0 and begins * 2 < low) or low <= 0 <= high:
        begins = min(0, low)
    span = max(1, high - begins)

    def at(value: int) -> int:
        return WIDTH * (value - begins) // span

    def bar(kind: str, first: int, second: int) -> Bar:
        left, right = sorted((at(first), at(second)))
        return Bar(kind, min(left, WIDTH - 2), max(2, right - left))

    found = [bar("total", begins, before)]
    for part, start in zip(parts, steps, strict=False):
        found.append(bar("up" if part >= 0 else "down", start, start + part))
    found.append(bar("total", begins, steps[-1]))
    return tuple(found), begins


def drawn(bar: Bar) -> Markup:
    """Draw a bar as SVG; its row says in words what it is."""
    box = f'viewBox="0 0 {WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"'
    place = f'x="{bar.x}" width="{bar.width}" height="{_HEIGHT}"'
    hatch = f'<rect fill="url(#grow)" {place}/>' if bar.kind == "up" else ""
    return Markup(f'<svg {box}><rect class="{bar.kind}" {place}/>{hatch}</svg>')  # noqa: S704  whole numbers and words of ours
