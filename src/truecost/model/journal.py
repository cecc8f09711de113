"""How what was charged is posted, as an analyst wrote it: schemes, accounts, cost centres."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from truecost.kernel.findings import Place

NUMBER = "TC-{period}"
#: What conditions of posting rules may name, besides `amount`.
COLUMNS = (
    "consumer", "parent", "service", "name", "tower", "kind", "item", "rate", "entity",
    "provider_entity",
)  # fmt: skip
#: What a column of an ERP's CSV may hold.
FIELDS = (
    "number", "transaction", "date", "period", "currency", "entity", "account", "cost_centre",
    "debit", "credit", "amount", "text", "consumer", "consumer_name", "counterparty", "tax_code",
    "role", "run",
)  # fmt: skip


class Scheme(StrEnum):
    """How a charge is posted."""

    SAME = "same account"
    PAIRED = "paired accounts"
    INTERCOMPANY = "intercompany"


class PostingDate(StrEnum):
    """On which day a period's journal is posted."""

    LAST = "last day of the period"
    NEXT = "first day after the period"


#: The accounts that each scheme needs.
ACCOUNTS: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.SAME: ("account",),
    Scheme.PAIRED: ("expense", "recovery"),
    Scheme.INTERCOMPANY: ("expense", "recovery", "receivable", "payable"),
}


@dataclass(frozen=True, slots=True)
class Seat:
    """Where something is posted; "" is unsaid."""

    entity: str = ""
    cost_centre: str = ""

    def over(self, other: Seat) -> Seat:
        """Give this seat, with what it leaves unsaid taken from another."""
        return Seat(self.entity or other.entity, self.cost_centre or other.cost_centre)


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax between companies; `rate` is a fraction of one."""

    code: str
    rate: Fraction
    output: str
    input: str


@dataclass(frozen=True, slots=True)
class PostingRule:
    """One rule; `accounts` holds those that its scheme needs, by what they are for."""

    place: Place = field(compare=False)
    name: str
    where: str
    scheme: Scheme
    accounts: Mapping[str, str]
    tax: Tax | None
    provider: Seat


@dataclass(frozen=True, slots=True)
class CsvForm:
    """The form of a CSV: (header, field) in order."""

    columns: tuple[tuple[str, str], ...] = tuple((name, name) for name in FIELDS)
    delimiter: str = ","
    decimal_comma: bool = False
    date: str = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class JournalModel:
    """All of `journal.yaml`. `entities` are names by id; none where there is one company."""

    place: Place = field(compare=False)
    number: str
    dated: PostingDate
    entities: Mapping[str, str]
    provider: Seat
    consumers: Mapping[str, Seat]
    rules: tuple[PostingRule, ...]
    csv: CsvForm
