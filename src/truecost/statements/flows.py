"""Where the cost of a month comes from and goes, node by node: pools, objects, consumers.

Edges are amounts in minor units. What enters is as the ledger's cells have it, what consumers get
is settled (`lines`, `remainders`), to the unit. What one object passes on to another was never
rounded by the engine: it is what is left of its cost, split here by the run's own weights, exactly.
Where the two together differ by some units from a node's cost, which is rounded by itself, `Place`
says by how many.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine import capacity
from truecost.engine.cells import Outcome
from truecost.engine.graph import REMAINDER
from truecost.kernel.apportion import apportion
from truecost.model.types import Kind
from truecost.statements import capacities, figures, lines, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

POOL = "pool "
NO_POOL = f"{POOL}no pool"
#: The columns in which nodes stand, from where cost enters to where it ends.
LAYERS = ("pool", "tower", "service", "consumer")
_ENDS = (f"{Kind.CONSUMER} ", REMAINDER)


@dataclass(frozen=True, slots=True)
class Edge:
    """What flows from one node to another, and by which measure, where one alone decides."""

    source: str
    target: str
    amount: int
    how: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A node with all that enters and leaves it, the largest first.

    `amount` is its cost. `rounding` is that less what enters (0 for a pool), `left` that less what
    leaves (0 where cost ends).
    """

    id: str
    name: str
    layer: str
    amount: int
    came: tuple[Edge, ...]
    went: tuple[Edge, ...]
    rounding: int
    left: int


@dataclass(frozen=True, slots=True)
class Flows:
    """All edges of a month in one currency; names by node. `total` is the true cost."""

    edges: tuple[Edge, ...]
    names: Mapping[str, str]
    total: int
    came: Mapping[str, tuple[Edge, ...]]
    went: Mapping[str, tuple[Edge, ...]]
    costs: Mapping[str, int] = field(default_factory=dict)

    def place(self, node: str) -> Place | None:
        """Give a node, or None where nothing enters or leaves it."""
        if node not in self.came and node not in self.went:
            return None
        came, went = self.came.get(node, ()), self.went.get(node, ())
        amount = self.costs[node]
        entered = amount if node.startswith(POOL) else sum(edge.amount for edge in came)
        gone = amount if node.startswith(_ENDS) else sum(edge.amount for edge in went)
        name = self.names.get(node, node)
        return Place(node, name, layer(node), amount, came, went, amount - entered, amount - gone)

    def of_layer(self, wanted: str) -> tuple[tuple[str, int], ...]:
        """Give the nodes of a layer with their cost, the dearest first."""
        found = ((node, cost) for node, cost in self.costs.items() if layer(node) == wanted)
        return tuple(sorted(found, key=lambda each: (-each[1], each[0])))


def layer(node: str) -> str:
    """Say in which column a node stands: remainders as consumers, unused lines as services."""
    kind = node.partition(" ")[0]
    if node.startswith(_ENDS):
        return "consumer"
    return kind if kind in {"pool", Kind.TOWER} else "service"


def flows(book: Book, period: Period, currency: str) -> Flows:
    """Give the flows of a month, made once for each book. Raise UsageError for another month."""
    book.check_period(period)
    return book.once(("flows", period, currency), lambda: _flows(book, period, currency))


def _flows(book: Book, period: Period, currency: str) -> Flows:
    found: dict[tuple[str, str], int] = defaultdict(int)
    how: dict[tuple[str, str], str] = {}
    for source, target, amount in _entered(book, period, currency):
        found[source, target] += amount
    settled = _settled(book, period, currency)
    for key, amount in settled.items():
        found[key] += amount
    gross = lines.gross(book, period, currency)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in book.rows("flows", period, currency=currency):
        rows[row["source_object"]].append(row)
    for source, some in rows.items():
        how |= _measures(source, some)
        rest = gross.get(source, 0) - sum(settled.get((source, t), 0) for t in _targets(some))
        for target, amount in _passed_on(some, rest):
            found[source, target] += amount
    edges = tuple(
        Edge(source, target, amount, how.get((source, target), ""))
        for (source, target), amount in found.items()
        if amount
    )
    return _sorted(book, period, currency, edges, gross)


def _entered(book: Book, period: Period, currency: str) -> Iterable[tuple[str, str, int]]:
    """Give what the ledger brought in: cells, by pool and where they went."""
    for row in book.rows("cells", period, currency=currency):
        if row["outcome"] == Outcome.IGNORED:
            continue
        pool = f"{POOL}{row['pool']}" if row["pool"] else NO_POOL
        if row["outcome"] == Outcome.ALLOCATED:
            yield pool, row["object"], row["amount"]
        else:
            yield pool, f"{REMAINDER}{row['label'] or row['outcome']}", row["amount"]


def _settled(book: Book, period: Period, currency: str) -> dict[tuple[str, str], int]:
    """Give what objects charge consumers, or leave as remainders, as it was settled."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in book.rows("lines", period, currency=currency):
        if row["service"]:
            found[row["service"], f"{Kind.CONSUMER} {row['consumer']}"] += row["amount"]
    for row in book.rows("remainders", period, currency=currency):
        if row["object"]:
            found[row["object"], f"{REMAINDER}{row['name']}"] += row["amount"]
    return dict(found)


def _targets(rows: list[Row]) -> set[str]:
    return {row["target_object"] for row in rows}


def _passed_on(rows: list[Row], rest: int) -> list[tuple[str, int]]:
    """Split what is left of an object's cost among the objects that it goes to."""
    weights: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        if not row["target_object"].startswith(_ENDS) and Fraction(row["whole"]):
            weights[row["target_object"]] += Fraction(row["weight"]) / Fraction(row["whole"])
    if not any(weights.values()):
        return []
    return list(zip(weights, apportion(rest, list(weights.values())), strict=True))


def _measures(source: str, rows: list[Row]) -> dict[tuple[str, str], str]:
    """Say by how many of what each target is charged, where one measure alone decides."""
    by_target: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_target[row["target_object"]].append(row)
    said = {}
    for target, some in by_target.items():
        row = some[0]
        if len(some) == 1 and row["quantity"] and row["driver_total"]:
            total = words.counted(Decimal(row["driver_total"]), row["unit"])
            said[source, target] = f"{words.number(Decimal(row['quantity']))} of {total}"
        elif len(some) == 1 and not row["driver"] and Fraction(row["whole"]):
            share = Fraction(row["weight"]) / Fraction(row["whole"])
            said[source, target] = f"{words.percent(figures.share_percent(share))}, a fixed share"
        elif len({each["driver"] for each in some}) == 1 and row["driver"]:
            said[source, target] = f"by {row['driver']}"
    return said


def _sorted(
    book: Book, period: Period, currency: str, edges: tuple[Edge, ...], gross: Mapping[str, int]
) -> Flows:
    came: dict[str, list[Edge]] = defaultdict(list)
    went: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(edges, key=lambda edge: (-edge.amount, edge.source, edge.target)):
        went[edge.source].append(edge)
        came[edge.target].append(edge)
    costs = {
        node: sum(edge.amount for edge in went.get(node, came.get(node, ())))
        if node.startswith(POOL)
        else gross[node]
        if node in gross
        else _end(book, period, currency, node)
        for node in {**came, **went}
    }
    total = sum(edge.amount for edge in edges if edge.source.startswith(POOL))
    return Flows(
        edges,
        _names(book, period, {**came, **went}),
        total,
        {node: tuple(some) for node, some in came.items()},
        {node: tuple(some) for node, some in went.items()},
        costs,
    )


def _end(book: Book, period: Period, currency: str, node: str) -> int:
    """Give what a consumer's lines, or a remainder, come to."""

    def add_up() -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for row in book.rows("lines", period, currency=currency):
            found[f"{Kind.CONSUMER} {row['consumer']}"] += row["amount"]
        for row in book.rows("remainders", period, currency=currency):
            found[f"{REMAINDER}{row['name']}"] += row["amount"]
        return dict(found)

    return book.once(("ends", period, currency), add_up).get(node, 0)


def _names(book: Book, period: Period, nodes: Iterable[str]) -> dict[str, str]:
    services = {str(row["id"]): str(row["name"]) for row in book.rows("services", period)}
    tree = book.tree(period)
    found = {}
    for node in nodes:
        kind, _, name = node.partition(" ")
        if node.startswith(capacity.LINES):
            found[node] = capacities.line_name(node, services)
        elif kind == Kind.SERVICE:
            found[node] = services.get(name, name)
        elif kind == Kind.CONSUMER:
            known = tree.get(name)
            found[node] = known.name if known else name
        else:
            found[node] = name
    return found
