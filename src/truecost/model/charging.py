"""The words of charging: what becomes of a service's cost, rates, and when recovery is settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.kernel.days import EVERY_DAY, Days
from truecost.kernel.periods import ALWAYS, Validity

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

    from truecost.kernel.findings import Place
    from truecost.model.types import Target

#: In place of a driver's name: the consumer's own share of the service's cost, in major units.
TRUE_COST = "true cost"
#: In place of a funder's name: nobody is billed for it.
CENTRALLY = "central"


class Treatment(StrEnum):
    """What becomes of a service's cost once it is known who used it."""

    CHARGE = "charge"
    SHOW = "show"
    CENTRAL = "central"


@dataclass(frozen=True, slots=True)
class Charging:
    """How a service is treated from when to when; `funder` is a consumer that pays for all."""

    place: Place = field(compare=False)
    how: Treatment
    funder: str | None = None
    valid: Validity = ALWAYS


class Form(StrEnum):
    """How a quantity becomes an amount."""

    NONE = "none"
    UNIT = "price"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGES = "packages"
    PERCENTAGE = "percentage"


@dataclass(frozen=True, slots=True)
class Tier:
    """A range of the quantity, up to and with `up_to`; None is without end.

    Exactly one of `price` (major units for one) and `percent` (of a quantity that is an amount,
    as a fraction of one); `fee` falls due once when the tier is reached.
    """

    up_to: Decimal | None = None
    price: Decimal | None = None
    percent: Fraction | None = None
    fee: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a month of a rate was planned to be: quantity, cost, and how much of it is fixed."""

    quantity: Decimal
    cost: Decimal
    fixed: Fraction


@dataclass(frozen=True, slots=True)
class Rate:
    """What a service costs those whom `target` names, on the days on which it holds.

    `by` is the driver that measures; None is the one that splits the service's cost. A rate of one
    price has one tier; of packages, one tier whose price is that of a package of `package` units.
    `free` units cost nothing, `fee` falls due each period, `minimum` is the least in all.
    `agreed_price` is due for each unit of the driver `agreed_by`, used or not. With `instead_of`
    the rate goes before the one named, and `funder` (a consumer, or None: nobody) bears the
    difference. Numbers are exact, money is in major units.
    """

    place: Place = field(compare=False)
    name: str
    service: str
    target: Target
    form: Form
    tiers: tuple[Tier, ...] = ()
    by: str | None = None
    by_place: Place | None = field(default=None, compare=False)
    package: Decimal | None = None
    free: Decimal | None = None
    fee: Decimal | None = None
    minimum: Decimal | None = None
    agreed_by: str | None = None
    agreed_price: Decimal | None = None
    planned: Planned | None = None
    instead_of: str | None = None
    funder: str | None = None
    reason: str = ""
    days: Days = EVERY_DAY

    @property
    def valid(self) -> Validity:
        """The periods that have at least one of the rate's days."""
        return self.days.periods


class Settling(StrEnum):
    """When recovery is settled."""

    QUARTER = "quarter end"
    YEAR = "year end"


class Proportion(StrEnum):
    """By what a difference is shared among those who were charged."""

    CHARGED = "what was charged"
    COST = "true cost"


@dataclass(frozen=True, slots=True)
class TrueUp:
    """Recovery that is charged or given back at the end of a quarter or year.

    `services` is empty for all. It is settled whole where it is over `amount` (major units) or
    over `percent` (a fraction of one) of the cost.
    """

    place: Place = field(compare=False)
    services: tuple[str, ...]
    at: Settling
    amount: Decimal | None = None
    percent: Fraction | None = None
    proportion: Proportion = Proportion.CHARGED
    valid: Validity = ALWAYS

    @property
    def name(self) -> str:
        """What it is called where the model is told."""
        return f"{', '.join(self.services) or 'all services'} at {self.at}"
