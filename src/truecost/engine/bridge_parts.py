"""Why a share changed where several drivers decide on it, or one over a capacity."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.engine.lineage import Edge

#: Quantity, what it is a part of, and the share of the source's cost that it gets.
_Part = tuple[Fraction, Fraction, Fraction]


def in_parts(edges: Sequence[Edge]) -> bool:
    """Say whether shares of one target are split by several drivers, or over two totals."""
    measured = [edge for edge in edges if edge.driver]
    known = all(edge.quantity and edge.driver_total for edge in measured)
    return known and len({edge.target for edge in measured}) < len(measured)


def moved_in_parts(
    before: Sequence[Edge], after: Sequence[Edge], cost: Fraction
) -> tuple[int, int]:
    """Give what of a change is the reader's own use, and what others', part by part.

    `cost` is the source's before. A part that only one side has says nothing. What one driver
    splits over a capacity, which is the larger of its totals, and over use, is two parts.
    """
    own = others = Fraction(0)
    then, now = _parts(before), _parts(after)
    for key in then.keys() & now.keys():
        (q0, whole0, share0), (q1, whole1, _) = then[key], now[key]
        if not (q0 and whole0 and whole1):
            continue
        governed = cost * share0 * whole0 / q0
        capacity = key[1] > 0 or whole0 == whole1
        between = whole0 if capacity else whole0 + q1 - q0
        if between > 0:
            own += governed * (q1 / between - q0 / whole0)
            others += governed * (q1 / whole1 - q1 / between)
    return round(own), round(others)


def _parts(edges: Sequence[Edge]) -> Mapping[tuple[str, int], _Part]:
    """Give the parts by driver and by which of its totals it is, the smallest first."""
    groups: dict[tuple[str, Fraction], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.driver and edge.quantity and edge.driver_total:
            groups[edge.driver, Fraction(edge.driver_total)].append(edge)
    found: dict[tuple[str, int], _Part] = {}
    for driver, whole in sorted(groups):
        some = groups[driver, whole]
        quantity = sum((Fraction(edge.quantity) for edge in some), Fraction(0))
        share = sum((edge.share for edge in some), Fraction(0))
        number = sum(1 for name, _ in found if name == driver)
        found[driver, number] = quantity, whole, share
    return found
