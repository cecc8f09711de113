"""`charging_costs.yaml` made into its frozen words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.model.charging_costs import ChargingCost, ChargingCosts
from truecost.model.entries import plain

if TYPE_CHECKING:
    from truecost.model.schema.charging_costs import ChargingCostsFile


def charging_costs_of(shape: ChargingCostsFile | None) -> ChargingCosts | None:
    """Make what is recorded of charging itself, None where nothing is."""
    if shape is None:
        return None
    entries = tuple(
        ChargingCost(
            each.place, each.period, plain(each.activity), each.hours, each.rate, each.disputes
        )
        for each in shape.entries
    )
    file = shape.file
    return ChargingCosts(
        shape.place, entries, plain(file) or None, file.place if file is not None else None
    )
