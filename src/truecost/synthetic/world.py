"""What everything else follows from: months, companies, units, services, dice."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.synthetic.catalogue import Service
    from truecost.synthetic.units import Unit

SEED = 20260401
FIRST = (2024, 4)
MONTHS = 24
LABEL = "Invented: a synthetic company, made by truecost init --example group"

_T = TypeVar("_T")


class Month(NamedTuple):
    """A month; `number` counts from the first of the world's, which is 0."""

    number: int
    year: int
    month: int

    @property
    def label(self) -> str:
        """As in 2024-04."""
        return f"{self.year}-{self.month:02}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return monthrange(self.year, self.month)[1]

    def day(self, day: int) -> str:
        """Give a day of it as in 2024-04-17; days after its last are its last."""
        return f"{self.label}-{min(day, self.days):02}"

    def later(self, months: int) -> Month:
        """Give the month that comes so many later, or earlier."""
        return month(self.number + months)


def month(number: int) -> Month:
    """Give a month by its number; those before the world's first are negative."""
    years, at = divmod(FIRST[1] - 1 + number, 12)
    return Month(number, FIRST[0] + years, at + 1)


class Company(NamedTuple):
    """A company with books of its own."""

    id: str
    name: str
    currency: str


COMPANIES = (
    Company("uk", "Larkwhistle plc", "GBP"),
    Company("de", "Larkwhistle Gartenmöbel GmbH", "EUR"),
    Company("us", "Larkwhistle Outdoor Inc.", "USD"),
)


@dataclass(frozen=True, slots=True)
class Dice:
    """Chance by name: the same seed and name give the same roll, whatever else is rolled."""

    seed: int

    def roll(self, low: int, high: int, *name: object) -> int:
        """Give a whole number from low to high, both included."""
        text = "|".join(map(str, (self.seed, *name)))
        number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
        return low + number % (high - low + 1)

    def one(self, of: Sequence[_T], *name: object) -> _T:
        """Choose one."""
        return of[self.roll(0, len(of) - 1, *name)]

    def about(self, amount: int, permille: int, *name: object) -> int:
        """Give an amount that is up to so many thousandths less or more."""
        return amount * (1000 + self.roll(-permille, permille, *name)) // 1000


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """The organisation, before anything happens in it."""

    dice: Dice
    months: tuple[Month, ...]
    units: tuple[Unit, ...]
    services: tuple[Service, ...]

    @property
    def departments(self) -> tuple[Unit, ...]:
        """Units that have no units of their own: those that are charged."""
        return tuple(unit for unit in self.units if unit.kind)


@lru_cache(maxsize=2)
def world(seed: int = SEED) -> World:
    """Make a world of a seed."""
    from truecost.synthetic import catalogue, units  # noqa: PLC0415  they know of worlds, too

    dice = Dice(seed)
    return World(
        dice,
        tuple(month(number) for number in range(MONTHS)),
        units.tree(),
        catalogue.services(),
    )


def major(minor: int) -> str:
    """Write minor units of two digits as an amount: 1234 is 12.34."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02}"
