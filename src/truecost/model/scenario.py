"""A scenario: a small patch over a model, as frozen words.

What it says is applied to each month in which it holds: costs first, then rules, then quantities,
then who leaves, ends and merges; what is saved follows from all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.kernel.periods import ALWAYS, Period, Validity

if TYPE_CHECKING:
    from decimal import Decimal

    from truecost.kernel.findings import Place
    from truecost.model.types import Allocation, Class, CostObject, Target


class How(StrEnum):
    """What a change does to a figure."""

    ADD = "add"
    SCALE = "scale"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a figure: something is added, it is multiplied, or it is replaced by `by`."""

    how: How
    by: Decimal
    text: str = field(default="", compare=False)

    def quantity(self, before: Decimal) -> Fraction:
        """Give what a quantity becomes, exactly."""
        by = Fraction(self.by)
        if self.how is How.ADD:
            return Fraction(before) + by
        return Fraction(before) * by if self.how is How.SCALE else by

    def difference(self, before: int, unit: int) -> Fraction:
        """Give what is added to an amount in minor units; `unit` is a major unit in minor ones."""
        by = Fraction(self.by)
        if self.how is How.SCALE:
            return before * (by - 1)
        return by * unit if self.how is How.ADD else by * unit - before


@dataclass(frozen=True, slots=True)
class DriverChange:
    """A change of a driver's quantities: those of `target`, or, where it is None, of all."""

    place: Place = field(compare=False)
    driver: str
    target: Target | None
    change: Change
    valid: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class CostChange:
    """A change of the cost of a cost object or of a pool (exactly one of the two), per month.

    `cls` is the class of what is added; without it, as the cost before.
    """

    place: Place = field(compare=False)
    object: CostObject | None
    pool: str | None
    change: Change
    cls: Class | None = None
    valid: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class RateChange:
    """A change of the prices of a rate."""

    place: Place = field(compare=False)
    rate: str
    change: Change


@dataclass(frozen=True, slots=True)
class Leave:
    """Consumers (a leaf or a branch) that no longer use services: those named, or, for (), all.

    `altogether`: they are no longer there at all, and what is their own goes with them.
    """

    place: Place = field(compare=False)
    consumer: str
    services: tuple[str, ...] = ()
    altogether: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """A consumer that becomes a part of another: what it uses and owns is that one's."""

    place: Place = field(compare=False)
    consumer: str
    into: str


@dataclass(frozen=True, slots=True)
class End:
    """A service that is no longer given."""

    place: Place = field(compare=False)
    service: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a unit of a service costs a consumer outside, per month, in major units."""

    place: Place = field(compare=False)
    service: str
    consumer: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Scenario:
    """A patch over a workspace. `name` is that of its file; it holds in the months of `valid`."""

    place: Place = field(compare=False)
    name: str
    description: str
    owner: str
    valid: Validity
    drivers: tuple[DriverChange, ...] = ()
    costs: tuple[CostChange, ...] = ()
    rules: tuple[Allocation, ...] = ()
    leaves: tuple[Leave, ...] = ()
    merges: tuple[Merge, ...] = ()
    ends: tuple[End, ...] = ()
    offers: tuple[Offer, ...] = ()
    rates: tuple[RateChange, ...] = ()
    savings: bool = True

    @property
    def begins(self) -> Period | None:
        """The first month in which it holds, None where that is not said."""
        return self.valid.first
