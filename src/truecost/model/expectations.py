"""What an organisation expects of its own model: the tests of `tests/*.yaml`, as frozen words.

Three kinds, told apart by what is given:

* `CostTest`: these costs and quantities come to these bills; only allocation rules are asked;
* `LineTest`: these ledger lines become this; only mapping rules are asked;
* `RunTest`: the latest run holds these figures.

Neither of the first two reads data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from fractions import Fraction

    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Period
    from truecost.model.source_types import Source
    from truecost.model.types import Class, CostObject


@dataclass(frozen=True, slots=True)
class Given:
    """A cost that is given: minor units that enter `object`, by class."""

    object: CostObject
    amounts: Mapping[Class, int]


@dataclass(frozen=True, slots=True)
class Expected:
    """What `object` must come to, in minor units; None means all other consumers together.

    `line` is the part of a bill that comes from this cost object: its text, "" for cost that lands
    on the consumer directly, None for the whole bill.
    """

    place: Place
    object: CostObject | None
    amount: int
    line: str | None = None


@dataclass(frozen=True, slots=True)
class CostTest:
    """Costs and driver quantities, and what they must come to.

    `remainders` are the named remainders that must be left, exactly these, in minor units. With
    `error` the model must refuse, with words that contain it; then nothing else is expected.
    """

    place: Place
    name: str
    period: Period
    currency: str
    costs: tuple[Given, ...]
    drivers: Mapping[str, Mapping[CostObject, Decimal]]
    expected: tuple[Expected, ...]
    remainders: tuple[tuple[Place, str, int], ...] = ()
    error: str | None = None
    error_place: Place | None = None


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A ledger line as the source's files have it, before cleaning: text columns by name."""

    place: Place
    texts: Mapping[str, str]
    amount: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Becomes:
    """One thing that lines must become: `word` is pool, to, class, consumer, keep_apart, ignore."""

    place: Place
    word: str
    value: str


@dataclass(frozen=True, slots=True)
class LineTest:
    """Ledger lines, and what each of them must become."""

    place: Place
    name: str
    period: Period
    source: Source
    lines: tuple[GivenLine, ...]
    becomes: tuple[Becomes, ...]


class FigureKind(StrEnum):
    """What a figure of a run is about."""

    LEDGER = "ledger"
    STATEMENTS = "statements"
    UNALLOCATED = "unallocated"
    EVERY_BILL = "every bill"
    CONSUMER = "consumer"
    SERVICE = "service"
    TOWER = "tower"
    POOL = "pool"
    CLASS = "class"
    REMAINDER = "remainder"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a run; `name` is empty where the kind says it all."""

    kind: FigureKind
    name: str = ""

    def __str__(self) -> str:
        """Give it as it is written: `service rosa`."""
        return f"{self.kind} {self.name}".rstrip()


class Relation(StrEnum):
    """How a figure must lie."""

    EXACTLY = "exactly"
    LESS = "less than"
    MORE = "more than"
    BETWEEN = "between"
    MOVES = "moves by less than"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a figure. A bound is an amount in major units, or a share of the ledger.

    `MOVES`: `bounds` holds the share of the figure before by which it may change; a second bound,
    an amount, is what it may change by in any case.
    """

    text: str
    relation: Relation
    bounds: tuple[Decimal | Fraction, ...]


class Every(StrEnum):
    """Spans that follow each other through a run."""

    MONTH = "each month"
    YEAR = "each year"


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year by its usual name: `2021-22`, or `2022` where it is a calendar year."""

    label: str

    def __str__(self) -> str:
        """Give it as it is written: `year 2021-22`."""
        return f"year {self.label}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something may move in `span`: bills of `consumers`, or anything where none is named."""

    place: Place
    span: Period | Year
    because: str
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTest:
    """Claims about figures of the latest run, in one month or year, or in each of them."""

    place: Place
    name: str
    span: Period | Year | Every
    currency: str
    claims: tuple[tuple[Place, Figure, Claim], ...]
    causes: tuple[Cause, ...] = ()


Test = CostTest | LineTest | RunTest
