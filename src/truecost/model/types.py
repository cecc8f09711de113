"""The words of a cost model, as frozen dataclasses.

Every entry carries `place`, the position where an analyst wrote it; places do not count when
entries are compared or hashed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from truecost.kernel.calendars import Calendar  # noqa: TC001 - runs are thawed by these types
from truecost.kernel.periods import ALWAYS, Period, Validity
from truecost.model.charging import TRUE_COST
from truecost.model.engine import DuckdbEngine, Engine
from truecost.model.money_types import Commitments, Currencies  # noqa: TC001 - as above
from truecost.model.source_types import Source  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from pathlib import Path

    from truecost.kernel.findings import Place
    from truecost.model.charging import Charging, Rate, TrueUp
    from truecost.model.charging_costs import ChargingCosts
    from truecost.model.journal import JournalModel
    from truecost.model.recognition import Recognition


#: Marks fields that models did not always have: left at their default, they count for nothing.
_LATER = {"later": True}


class Kind(StrEnum):
    """What a cost object is."""

    TOWER = "tower"
    SERVICE = "service"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True, order=True)
class CostObject:
    """Something that cost stands on: `tower Application / Licensing`, `service rosa`."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        """Give it as it is written in the model."""
        return self.kind + " " + self.id  # a format would ask the enumeration, slowly


class Class(StrEnum):
    """What a cost is for."""

    RUN = "run"
    GROW = "grow"
    TRANSFORM = "transform"


class BehaviourKind(StrEnum):
    """How a service's cost answers to less use."""

    FIXED = "fixed"
    VARIABLE = "variable"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Cost behaviour: what makes a cost avoidable, and from when. `step_size` is in units."""

    kind: BehaviourKind
    step_size: int | None = None
    notice_months: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the catalogue. `tower` is a taxonomy name such as `End User / Workspace`.

    `charging` says what becomes of its cost, and when; in other periods it is charged.
    """

    place: Place = field(compare=False)
    id: str
    name: str
    owner: str
    tower: str | None
    unit: str | None
    behaviour: Behaviour
    description: str = ""
    charging: tuple[Charging, ...] = field(default=(), metadata=_LATER)
    valid: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Consumer:
    """A business unit in the tree. `where` recognises the ledger lines that are its own."""

    place: Place = field(compare=False)
    id: str
    name: str
    parent: str | None
    where: str | None = None
    where_place: Place | None = field(default=None, compare=False)
    head: str = ""
    valid: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class MappingRule:
    """One rule of `accounts.yaml` or `cost_centres.yaml`; the first that matches a line wins.

    Exactly one outcome: `ignore` (a reason), `keep_apart` (the name of a remainder that is shown
    beside the bill of the line's own consumer), or the rest: `pool` (accounts), `to` (cost centres;
    in accounts it goes before the cost centre), `cls`. `own_consumer` means `to: own consumer`.
    `one_off` says that what it takes does not recur, `recognise` when it counts, and
    `depreciation_of` that it takes the ledger's own depreciation of these (other) assets.
    """

    place: Place = field(compare=False)
    name: str
    where: str
    where_place: Place = field(compare=False)
    pool: str | None = None
    to: CostObject | None = None
    own_consumer: bool = False
    cls: Class | None = None
    ignore: str | None = None
    keep_apart: str | None = None
    one_off: bool = False
    recognise: Recognition | None = field(default=None, metadata=_LATER)
    depreciation_of: str = field(default="", metadata=_LATER)
    valid: Validity = ALWAYS


class Missing(StrEnum):
    """What to do in a period for which a driver has no value at all."""

    STOP = "stop"
    PREVIOUS = "previous month"


@dataclass(frozen=True, slots=True)
class Driver:
    """Measured quantities by which a cost is shared: a file, or a measure over a source.

    A file has a row per period and target with the quantity in `column`, or with what an `equation`
    makes it of; rows of one target `add_up` where each is a transaction. With `rates`, a file of
    rates per person, grade or team, `column` holds hours and the value is money. A measure is an
    aggregate over a source's lines, per consumer, over the last `months` months up to the period.
    `stands_for` says what the quantity is a stand-in for; `shares_only` keeps the raw quantities
    from readers, who see shares.
    """

    place: Place = field(compare=False)
    name: str
    unit: str
    file: str | None = None
    column: str | None = None
    source: str | None = None
    measure: str | None = None
    measure_place: Place | None = field(default=None, compare=False)
    where: str | None = None
    where_place: Place | None = field(default=None, compare=False)
    months: int = 1
    stands_for: str = ""
    shares_only: bool = False
    when_missing: Missing = Missing.STOP
    valid: Validity = ALWAYS
    equation: str | None = field(default=None, metadata=_LATER)
    equation_place: Place | None = field(default=None, compare=False)
    add_up: bool = field(default=False, metadata=_LATER)
    rates: str | None = field(default=None, metadata=_LATER)


class Group(StrEnum):
    """Targets named together."""

    CONSUMERS = "consumers"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class Target:
    """Where (part of) a cost goes: one object, or a group; `within` narrows consumers to a branch.

    `services and consumers` is written as two groups.
    """

    place: Place = field(compare=False)
    objects: tuple[CostObject, ...] = ()
    groups: tuple[Group, ...] = ()
    within: str | None = None


class OverUse(StrEnum):
    """Who pays for use beyond a capacity: the users, or the owner of what is unused."""

    CHARGED = "charged"
    CAPPED = "capped"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a source can do in a period, in the unit of the driver that splits its cost.

    The practical capacity is a `figure`, or what `driver` says of the source itself, or, where the
    driver that splits is in money, the source's `own_cost`: what is not used of that is not
    absorbed. `fixed` of the
    cost is split over it (a fraction of one), the rest over what was used. The cost of what is not
    used goes to `unused_to`, a consumer, or is kept apart as `keep_apart`; `owner` answers for it.
    """

    place: Place = field(compare=False)
    figure: Decimal | None = None
    driver: str | None = None
    fixed: Fraction = Fraction(1)
    unused_to: CostObject | None = None
    keep_apart: str = ""
    owner: str = ""
    over_use: OverUse = OverUse.CHARGED
    own_cost: bool = field(default=False, metadata=_LATER)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of an allocation: a percentage of the whole, an amount per period, or the rest.

    Exactly one of `percent` (as a fraction of one), `amount` (major units), `rest`. A part that is
    `own` says itself how it is split, by `by` or `evenly`, and what other parts name is not taken
    out of it; other parts are split as their rule says.
    """

    target: Target
    percent: Fraction | None = None
    amount: Decimal | None = None
    rest: bool = False
    own: bool = field(default=False, metadata=_LATER)
    by: str | None = field(default=None, metadata=_LATER)
    by_place: Place | None = field(default=None, compare=False)
    evenly: bool = field(default=False, metadata=_LATER)
    capacity: Capacity | None = field(default=None, metadata=_LATER)


@dataclass(frozen=True, slots=True)
class Allocation:
    """How the cost of `sources` moves.

    `parts` are taken in order of kind: amounts first, then percentages of the whole, then the rest.
    A part whose target is more than one object is split by `by` (a driver) or `evenly`.
    """

    place: Place = field(compare=False)
    sources: tuple[CostObject, ...]
    parts: tuple[Part, ...]
    by: str | None = None
    by_place: Place | None = field(default=None, compare=False)
    evenly: bool = False
    unallocated: bool = False
    reason: str = ""
    valid: Validity = ALWAYS

    @property
    def drivers(self) -> tuple[str, ...]:
        """The names of all drivers that the rule needs, each once."""
        named = [self.by, *(part.by for part in self.parts)]
        named += [part.capacity.driver for part in self.parts if part.capacity]
        return tuple(dict.fromkeys(name for name in named if name))


class Between(StrEnum):
    """How services that consume each other are treated."""

    RECIPROCAL = "reciprocal"
    DIRECT = "direct"
    STEP_DOWN = "step-down"


@dataclass(frozen=True, kw_only=True)
class ModelContent:
    """What a cost model says, as a whole or in one period. Tuples keep the order of the files."""

    organisation: str
    currency: str
    fiscal_year: Calendar
    default_class: Class | None
    unallocated: bool
    about: str
    attribution: str
    locale: str
    sources: tuple[Source, ...]
    pools: tuple[str, ...]
    own_pools: frozenset[str]
    towers: tuple[str, ...]
    own_towers: frozenset[str]
    accounts: tuple[MappingRule, ...]
    cost_centres: tuple[MappingRule, ...]
    services: tuple[Service, ...]
    consumers: tuple[Consumer, ...]
    drivers: tuple[Driver, ...]
    allocations: tuple[Allocation, ...]
    between_services: Between
    step_order: tuple[str, ...]
    rates: tuple[Rate, ...] = ()
    true_ups: tuple[TrueUp, ...] = ()
    currencies: Currencies | None = None
    commitments: tuple[Commitments, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The fiscal calendar: what days, labels and indexes of periods mean here."""
        return self.fiscal_year

    @cached_property
    def used_drivers(self) -> frozenset[str]:
        """The names of the drivers that a rule splits by or a rate charges by."""
        return drivers_of(self.allocations, self.rates)


@dataclass(frozen=True, kw_only=True)
class Model(ModelContent):
    """A whole workspace, read and checked."""

    folder: Path = field(compare=False)
    first_period: Period | None
    last_period: Period | None
    rates_may_change: bool = False
    restates: bool = False
    engine: Engine = field(default=DuckdbEngine(), compare=False)
    journal: JournalModel | None = field(default=None, compare=False)
    charging_costs: ChargingCosts | None = field(default=None, compare=False)


def drivers_of(allocations: Iterable[Allocation], rates: Iterable[Rate]) -> frozenset[str]:
    """Give the names of the drivers that rules split by and rates charge by."""
    names: set[str | None] = {name for rule in allocations for name in rule.drivers}
    names |= {name for rate in rates for name in (rate.by, rate.agreed_by)}
    return frozenset(name for name in names if name and name != TRUE_COST)
