"""Small drawings as SVG: months as columns, run, grow and transform as one bar.

The same shapes stand in a page, where its style sheet gives the colours, and in a PDF, where
`standalone` brings them along. Hatching tells the parts apart without colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.statements.charts import BAR, HEIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.statements.blocks import Bar
    from truecost.statements.charts import History

_STYLE = (
    "<style>.then{fill:#a9c4ce}.now,.run{fill:#0b5c74}rect.grow{fill:#b45309}"
    "rect.transform{fill:#6d3fa0}.hatch{fill:#fff;fill-opacity:.55}"
    ".ground{stroke:#bbb;fill:none}</style>"
)
# what `url(#grow)` and `url(#transform)` mean; a page has them once. Only the marks are repeated:
# a repeated ground would show its seams
PATTERNS = (
    '<defs><pattern id="grow" width="9" height="9" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="hatch" width="3" height="9"/></pattern>'
    '<pattern id="transform" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<circle class="hatch" cx="3.5" cy="3.5" r="1.5"/></pattern></defs>'
)
_THIN = 14


def months(history: History, *, standalone: bool = False) -> str:
    """Draw the totals of months; the last is marked."""
    drawn = "".join(
        f'<rect class="{"now" if block.now else "then"}" x="{block.x}" y="{block.y}"'
        f' width="{block.width}" height="{block.height}" rx="2"/>'
        for block in history.blocks
    )
    ground = f'<path class="ground" d="M0 {history.ground}.5H{WIDTH}"/>'
    return _svg(drawn + ground, WIDTH, HEIGHT + 2, standalone=standalone)


def whole(
    parts: Iterable[tuple[str, int, int]], *, standalone: bool = False, width: int = BAR
) -> str:
    """Draw one full bar of parts: name, begin and width in units of its whole width."""
    return _svg(_rects(parts, 20), width, 20, standalone=standalone)


def bar(drawn: Bar, *, standalone: bool = False) -> str:
    """Draw a bar among others of the same whole; parts below zero are not drawn."""
    parts = []
    begin = 0
    for name, amount in drawn.parts:
        end = begin + (BAR * max(0, amount) // drawn.whole if drawn.whole > 0 else 0)
        if end > begin:
            parts.append((name, begin, end - begin))
        begin = end
    # a pattern is stretched with its bar, so the box has about the proportions that it is shown in
    scaled = [(name, x * 220 // BAR, max(1, width * 220 // BAR)) for name, x, width in parts]
    return _svg(_rects(scaled, _THIN), 220, _THIN, standalone=standalone)


def _rects(parts: Iterable[tuple[str, int, int]], height: int) -> str:
    drawn = []
    for name, x, width in parts:
        place = f'x="{x}" width="{width}" height="{height}"'
        drawn.append(f'<rect class="{name}" {place}/>')
        if name != "run":
            drawn.append(f'<rect fill="url(#{name})" {place}/>')
    return "".join(drawn)


def _svg(drawn: str, width: int, height: int, *, standalone: bool) -> str:
    box = f'viewBox="0 0 {width} {height}" preserveAspectRatio="none"'
    if not standalone:
        return f'<svg {box} aria-hidden="true">{drawn}</svg>'
    size = f'width="{width}" height="{height}"'
    patterns = PATTERNS if "url(#" in drawn else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{_STYLE}{patterns}{drawn}</svg>'
