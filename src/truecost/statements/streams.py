"""A flow diagram (after Sankey): bars in columns, ribbons between them as wide as what flows.

Whole units of a view box; the same flows give the same drawing everywhere. What is small is
gathered in one bar of its column, whose amounts are the exact sums of what is in it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements.flows import LAYERS, Edge, layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.statements.flows import Flows, Place

WIDTH, HEIGHT = 1000, 560
OTHERS = "others "
_BAR, _GAP, _SIDE, _LETTER = 14, 8, 200, 7
_KEPT = 9
_PLURAL = {"pool": "pools", "tower": "towers", "service": "services", "consumer": "consumers"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A node; `id` begins with `OTHERS` where it stands for several. `text_x` is where its name is.

    `end` says that the name ends there, instead of beginning.
    """

    id: str
    name: str
    label: str
    amount: int
    x: int
    y: int
    height: int
    text_x: int
    end: bool


@dataclass(frozen=True, slots=True)
class Ribbon:
    """What flows between two bars, as the path of an outline."""

    source: str
    target: str
    amount: int
    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing; `edges` is what it shows as rows: all flows of its columns, gathered as drawn."""

    bars: tuple[Bar, ...]
    ribbons: tuple[Ribbon, ...]
    edges: tuple[tuple[str, str, int], ...]


def whole(flow: Flows) -> Picture:
    """Draw all columns. What objects of one column pass to each other is not drawn."""
    columns: list[list[str]] = []
    to: dict[str, str] = {}
    names = dict(flow.names)
    for name in LAYERS:
        nodes = flow.of_layer(name)
        kept, gathered = _gathered(nodes, f"{OTHERS}{name}", to)
        if gathered:
            kept.append(f"{OTHERS}{name}")
            names[kept[-1]] = f"{gathered} other {_PLURAL[name]}"
        columns.append(kept)
    edges = [edge for edge in flow.edges if layer(edge.source) != layer(edge.target)]
    return _picture(columns, _summed(edges, to), names)


def around(flow: Flows, place: Place) -> Picture:
    """Draw a node with what enters it and what leaves it."""
    names = dict(flow.names)
    columns: list[list[str]] = []
    found: dict[tuple[str, str], int] = {}
    for side, edges in enumerate((place.came, place.went)):
        to: dict[str, str] = {}
        ends = [(edge.target if side else edge.source, edge.amount) for edge in edges]
        key = f"{OTHERS}{'to' if side else 'from'}"
        kept, gathered = _gathered(ends, key, to)
        if gathered:
            kept.append(key)
            names[key] = f"{gathered} others"
        # a node that both takes and gives stands on both sides
        shown = [f"{'>' if side else '<'}{node}" for node in kept]
        names |= {f"{'>' if side else '<'}{node}": names[node] for node in kept}
        for edge in edges:
            end = edge.target if side else edge.source
            at = f"{'>' if side else '<'}{to.get(end, end)}"
            pair = (place.id, at) if side else (at, place.id)
            found[pair] = found.get(pair, 0) + edge.amount
        columns.append(shown)
    if not columns[0]:
        drawn = [[place.id], columns[1]]
    elif not columns[1]:
        drawn = [columns[0], [place.id]]
    else:
        drawn = [columns[0], [place.id], columns[1]]
    return _picture(drawn, found, names)


def _gathered(
    nodes: Sequence[tuple[str, int]], others: str, to: dict[str, str]
) -> tuple[list[str], int]:
    """Keep the first nodes, and say of the rest, if there are several, where they are gathered."""
    cut = _KEPT if len(nodes) > _KEPT + 1 else len(nodes)
    for node, _ in nodes[cut:]:
        to[node] = others
    return [node for node, _ in nodes[:cut]], len(nodes) - cut


def _summed(edges: Iterable[Edge], to: Mapping[str, str]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for edge in edges:
        found[to.get(edge.source, edge.source), to.get(edge.target, edge.target)] += edge.amount
    return dict(found)


def _picture(
    columns: Sequence[Sequence[str]], edges: Mapping[tuple[str, str], int], names: Mapping[str, str]
) -> Picture:
    ins: dict[str, int] = defaultdict(int)
    outs: dict[str, int] = defaultdict(int)
    for (source, target), amount in edges.items():
        outs[source] += max(0, amount)
        ins[target] += max(0, amount)
    sizes = {node: max(ins[node], outs[node]) for column in columns for node in column}
    most = max((sum(sizes[node] for node in column) for column in columns), default=0) or 1
    gaps = max((len(column) - 1 for column in columns), default=0)
    room = HEIGHT - gaps * _GAP
    bars: dict[str, Bar] = {}
    step = (WIDTH - 2 * _SIDE - _BAR) // max(1, len(columns) - 1)
    for i, column in enumerate(columns):
        x, y = _SIDE + i * step, 0
        last = i == len(columns) - 1
        for node in column:
            height = max(2, room * sizes[node] // most)
            end = i == 0
            letters = (_SIDE if end or last else step - _BAR) // _LETTER - 2
            name = names.get(node, node)
            label = name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
            text_x = x - 6 if end else x + _BAR + 6
            bars[node] = Bar(node, name, label, sizes[node], x, y, height, text_x, end)
            y += height + _GAP
    order = {node: (bar.x, bar.y) for node, bar in bars.items()}
    drawn = [key for key in edges if edges[key] > 0 and key[0] in bars and key[1] in bars]
    left = _stacked(sorted(drawn, key=lambda key: order[key[1]]), edges, 0, room, most)
    right = _stacked(sorted(drawn, key=lambda key: order[key[0]]), edges, 1, room, most)
    ribbons = tuple(
        Ribbon(*key, edges[key], _outline(bars[key[0]], bars[key[1]], left[key], right[key]))
        for key in sorted(drawn, key=lambda key: (-edges[key], key))
    )
    rows = tuple((*key, edges[key]) for key in sorted(edges, key=lambda key: (-edges[key], key)))
    return Picture(tuple(bars.values()), ribbons, rows)


def _stacked(
    keys: Sequence[tuple[str, str]],
    edges: Mapping[tuple[str, str], int],
    side: int,
    room: int,
    most: int,
) -> dict[tuple[str, str], tuple[int, int]]:
    """Give where each ribbon begins and ends on its bar, one below the other."""
    at: dict[str, int] = defaultdict(int)
    found = {}
    for key in keys:
        begin = at[key[side]]
        at[key[side]] = begin + edges[key]
        found[key] = (room * begin // most, max(1, -(-room * edges[key] // most)))
    return found


def _outline(source: Bar, target: Bar, left: tuple[int, int], right: tuple[int, int]) -> str:
    x, to = source.x + _BAR, target.x
    middle = (x + to) // 2
    y, end = source.y + left[0], target.y + right[0]
    return (
        f"M{x},{y}C{middle},{y} {middle},{end} {to},{end}v{right[1]}"
        f"C{middle},{end + right[1]} {middle},{y + left[1]} {x},{y + left[1]}z"
    )
