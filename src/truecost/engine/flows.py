"""Flows: the shares of a cost object that go to others, as integer weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from truecost.engine.capacity import Share
    from truecost.model.types import Allocation, CostObject


class Flow(NamedTuple):
    """A share of one cost object that goes to another: `weight` of the source's `whole`.

    `quantity` of `total` units of `driver` where a driver split it; `target` is a cost object's
    text, or a remainder's.
    """

    source: str
    target: str
    weight: int
    whole: int
    driver: str = ""
    quantity: Decimal | None = None
    total: Decimal | None = None
    unit: str = ""
    rule: str = ""


def merged(source: CostObject, rule: Allocation, shares: list[Share]) -> list[Flow]:
    """Bring the parts to one denominator and add up what goes to the same target."""
    common = math.lcm(*(part.share.denominator * part.spread.whole for part in shares))
    made: dict[str, dict[tuple[str, Decimal | None], Flow]] = {}
    place = str(rule.place)
    name = str(source)
    for part in shares:
        share, spread = part.share, part.spread
        whole_quantity = spread.total()
        unit = share.numerator * (common // (share.denominator * spread.whole))
        for target, weight in spread.weights.items():
            flow = Flow(
                name,
                target,
                weight * unit,
                0,
                spread.driver,
                spread.quantities.get(target),
                whole_quantity,
                spread.unit,
                place,
            )
            _add(made.setdefault(target, {}), flow, spread.of)
    flows = [flow for to_one in made.values() for flow in to_one.values()]
    whole = sum(flow.weight for flow in flows)
    shrink = math.gcd(whole, *(flow.weight for flow in flows))
    return [flow._replace(weight=flow.weight // shrink, whole=whole // shrink) for flow in flows]


def _add(made: dict[tuple[str, Decimal | None], Flow], flow: Flow, of: Decimal | None) -> None:
    """Add a flow to those that go to its target already.

    Flows by two drivers, or by one over a capacity (`of`) and over use, are told apart; a fixed
    share is told with any of them.
    """
    key = (flow.driver, of)
    if key not in made and made and not flow.driver:
        key = next(iter(made))
    before = made.get(key) or made.pop(("", None), None)
    if before is not None:
        flow = Flow(
            flow.source,
            flow.target,
            before.weight + flow.weight,
            0,
            flow.driver or before.driver,
            before.quantity if flow.quantity is None else flow.quantity,
            flow.total or before.total,
            flow.unit or before.unit,
            flow.rule,
        )
    made[key] = flow
