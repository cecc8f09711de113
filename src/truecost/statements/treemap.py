"""The true cost of a month as areas: towers, and in them their services, drawn by `squares`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.model.types import Kind
from truecost.statements.squares import Square, squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.statements.summary import Cost

WIDTH, HEIGHT = 1000, 520
_HEAD, _LETTER, _TALL = 24, 9, 20
NOT_CHARGED, ELSEWHERE = "Not charged", "Without a tower"


@dataclass(frozen=True, slots=True)
class Tile:
    """A service in the drawing; `label` is what of its name has room, "" where nothing has."""

    node: str
    name: str
    amount: int
    square: Square
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """A tower with all its services, the dearest first; `square` None where it is not drawn.

    `total` is of all `costs`, also of those that are not above 0 and so have no tile. `shade` is
    one of a few patterns, so that neighbours are told apart.
    """

    name: str
    total: int
    costs: tuple[Cost, ...]
    square: Square | None
    label: str
    tiles: tuple[Tile, ...]
    shade: int


def treemap(book: Book, period: Period, costs: Sequence[Cost]) -> tuple[Group, ...]:
    """Group services and remainders by tower, and lay them out; their sum is that of the costs."""
    towers = {f"{Kind.SERVICE} {row['id']}": row["tower"] for row in book.rows("services", period)}
    found: dict[str, list[Cost]] = {}
    for cost in costs:
        tower = str(towers.get(cost.key) or "").partition(" / ")[0]
        name = (tower or ELSEWHERE) if cost.charged else NOT_CHARGED
        found.setdefault(name, []).append(cost)
    named = sorted(found, key=lambda name: (-_drawn(found[name]), name))
    drawn = [name for name in named if _drawn(found[name]) > 0]
    laid = squares([_drawn(found[name]) for name in drawn], Square(0, 0, WIDTH, HEIGHT))
    boxes = dict(zip(drawn, laid, strict=True))
    return tuple(
        _group(name, found[name], boxes.get(name), shade) for shade, name in enumerate(named)
    )


def _drawn(costs: Sequence[Cost]) -> int:
    return sum(max(0, cost.total) for cost in costs)


def _group(name: str, costs: Sequence[Cost], box: Square | None, shade: int) -> Group:
    total = sum(cost.total for cost in costs)
    tiles: list[Tile] = []
    label = ""
    if box is not None:
        head = _HEAD if box.height > 3 * _HEAD and box.width > 8 * _LETTER else 0
        label = _cut(name, box.width) if head else ""
        inner = Square(box.x, box.y + head, box.width, box.height - head)
        some = [cost for cost in costs if cost.total > 0]
        if inner.width > 0 and inner.height > 0:
            for cost, square in zip(some, squares([c.total for c in some], inner), strict=True):
                text = _cut(cost.name, square.width) if square.height >= _TALL else ""
                tiles.append(Tile(cost.key, cost.name, cost.total, square, text))
    return Group(name, total, tuple(costs), box, label, tuple(tiles), shade % 4)


def _cut(name: str, width: int) -> str:
    """Give as much of a name as has room; nothing where that says nothing."""
    room = (width - 10) // _LETTER
    if len(name) <= room:
        return name
    return f"{name[: room - 1].rstrip()}…" if room > 4 else ""  # noqa: PLR2004
