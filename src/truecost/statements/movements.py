"""Why the cost of a node changed from one month to the next: what of it came from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements.flows import flows

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book

_TOLD = 2


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of one source, and how much more that is than before; minor units."""

    name: str
    change: int


def why(book: Book, node: str, period: Period, currency: str) -> tuple[Moved, ...]:
    """Give the sources whose part in a node's cost changed most since the month before."""
    if period - 1 not in book.periods:
        return ()
    found: dict[str, int] = {}
    names: dict[str, str] = {}
    for month, sign in ((period, 1), (period - 1, -1)):
        flow = flows(book, month, currency)
        names = {**flow.names, **names}
        for edge in flow.came.get(node, ()):
            found[edge.source] = found.get(edge.source, 0) + sign * edge.amount
    order = sorted((key for key in found if found[key]), key=lambda key: (-abs(found[key]), key))
    return tuple(Moved(names[key], found[key]) for key in order[:_TOLD])
