"""The words of money: currencies and their rates, commitments of clouds and their savings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from truecost.kernel.findings import Place
    from truecost.model.types import CostObject


class Savings(StrEnum):
    """Whose is what the use of a commitment costs less than the same use without one."""

    USED = "to who used"
    SHARED = "shared"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Commitments:
    """What becomes of the savings of the commitments in a cloud bill, the source `source`.

    `compared_with` is the column of what use costs without a commitment. Charges that are alike in
    `shared_within` share; with `KEPT` the savings are a line of `kept_by`.
    """

    place: Place = field(compare=False)
    source: str
    savings: Savings = Savings.USED
    kept_by: CostObject | None = None
    compared_with: str = "ContractedCost"
    shared_within: tuple[str, ...] = ("service_name",)


class RateType(StrEnum):
    """Which rate of a period: the mean of its days, that of its last day, or the budget's."""

    AVERAGE = "average"
    CLOSING = "closing"
    BUDGET = "budget"


#: In place of a file of rates: those that the European Central Bank publishes.
ECB = "ECB"


@dataclass(frozen=True, slots=True)
class Currencies:
    """How cost in other currencies becomes cost in the workspace's.

    Statements are at `translate_at` rates, the books at `booked_at` rates; the difference is a
    named remainder, or goes to `difference_to`. `rates` is `ECB` or a file; `budget_rates` is a
    file, empty where `rates` has the budget's too. A rate counts for `last_known_days` after its
    day. `tokens` is a file of what virtual currencies are worth.
    """

    place: Place = field(compare=False)
    translate_at: RateType
    booked_at: RateType
    rates: str
    rates_place: Place = field(compare=False)
    budget_rates: str = ""
    last_known_days: int = 7
    difference_to: CostObject | None = None
    tokens: str = ""
