"""Small drawings as SVG: months as columns, run, grow and transform as parts of a bar.

The same shapes stand in a page, where its style sheet gives the colours, and in a PDF, where
`standalone` brings them along. Hatches and dots tell the parts apart without colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from truecost.statements.charts import BAR, HEIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.statements.blocks import Bar
    from truecost.statements.charts import History

    Parts = Iterable[tuple[str, int, int]]

_STYLE = (
    "<style>.then{fill:#a9c4ce}.now,.run{fill:#0b5c74}.grow{fill:#b45309}"
    ".transform{fill:#6d3fa0}.hatch{fill:#fff;fill-opacity:.55}"
    ".ground{stroke:#bbb;fill:none}</style>"
)
# What `url(#grow)` and `url(#transform)` mean; a page has them once. Only the marks are repeated:
# a repeated ground would show its seams.
_PATTERNS = (
    '<defs><pattern id="grow" width="9" height="9" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="hatch" width="3" height="9"/></pattern>'
    '<pattern id="transform" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<circle class="hatch" cx="3.5" cy="3.5" r="1.5"/></pattern></defs>'
)
PATTERNS = Markup('<svg class="quiet" aria-hidden="true">' + _PATTERNS + "</svg>")  # noqa: S704  ours
_THICK = 20
_SHORT, _THIN = 220, 14  # about the proportions in which the bar of a row is shown


def months(history: History, *, standalone: bool = False) -> Markup:
    """Draw the totals of months; the last is marked."""
    drawn = "".join(
        f'<rect class="{"now" if block.now else "then"}" x="{block.x}" y="{block.y}"'
        f' width="{block.width}" height="{block.height}" rx="2"/>'
        for block in history.blocks
    )
    ground = f'<path class="ground" d="M0 {history.ground}.5H{WIDTH}"/>'
    return _svg(drawn + ground, WIDTH, HEIGHT + 2, history.text, standalone=standalone)


def whole(parts: Parts, label: str = "", *, standalone: bool = False, width: int = BAR) -> Markup:
    """Draw one full bar of parts: name, begin and width in units of its whole width."""
    return _svg(_rects(parts, _THICK), width, _THICK, label, standalone=standalone)


def bar(drawn: Bar, *, standalone: bool = False) -> Markup:
    """Draw a bar among others of the same whole; parts below zero are not drawn."""
    parts = []
    begin = 0
    for name, amount in drawn.parts:
        end = begin + (_SHORT * max(0, amount) // drawn.whole if drawn.whole > 0 else 0)
        if amount > 0:
            # what is there is seen
            end = max(end, begin + 1)
            parts.append((name, begin, end - begin))
        begin = end
    return _svg(_rects(parts, _THIN), _SHORT, _THIN, "", standalone=standalone)


def _rects(parts: Parts, height: int) -> str:
    drawn = []
    for name, x, width in parts:
        place = f'x="{x}" width="{width}" height="{height}"'
        drawn.append(f'<rect class="{name}" {place}/>')
        if name != "run":
            drawn.append(f'<rect fill="url(#{name})" {place}/>')
    return "".join(drawn)


def _svg(drawn: str, width: int, height: int, label: str, *, standalone: bool) -> Markup:
    box = f'viewBox="0 0 {width} {height}" preserveAspectRatio="none"'
    if standalone:
        size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        patterns = _PATTERNS if "url(#" in drawn else ""
        text = f"<svg {size} {box}>{_STYLE}{patterns}{drawn}</svg>"
    else:
        said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
        text = f"<svg {box} {said}>{drawn}</svg>"
    return Markup(text)  # noqa: S704  made of whole numbers and our own names; the label is escaped
