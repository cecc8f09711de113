"""What charging itself costs: hours and disputes, recorded month by month."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class ChargingCost:
    """Hours of an activity in a month at a loaded rate (major units an hour).

    `disputes` is how many disputes the hours went into; 0 where they went into something else.
    """

    place: Place = field(compare=False)
    period: Period
    activity: str
    hours: Decimal
    rate: Decimal
    disputes: int = 0

    @property
    def cost(self) -> Fraction:
        """What the hours cost, exactly, in major units."""
        return Fraction(self.hours) * Fraction(self.rate)


@dataclass(frozen=True, slots=True)
class ChargingCosts:
    """What `charging_costs.yaml` says: entries of its own, and a file with more of them."""

    place: Place = field(compare=False)
    entries: tuple[ChargingCost, ...] = ()
    file: str | None = None
    file_place: Place | None = field(default=None, compare=False)
