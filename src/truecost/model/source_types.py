"""The words of a source: where its lines are, how they are read, cleaned and held back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.model.recognition import Register  # noqa: TC001 - as in types

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from truecost.kernel.findings import Place


#: What rows are known by: what they say, or where they stand.
CONTENT, POSITION = IDENTITIES = ("content", "position")
#: Marks fields that models did not always have: left at their default, they count for nothing.
_LATER = {"later": True}


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a file means what. A trailing `?` in the text makes a column optional.

    `columns` maps our name (date, amount, account, cost_centre, entity, vendor, document,
    description, currency, quantity, or a name of the analyst's own) to (header, optional). `hint`
    says what to do where a file does not fit, if that is not to add another layout.
    """

    place: Place = field(compare=False)
    columns: Mapping[str, tuple[str, bool]]
    hint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """How one text column is cleaned, or a new one made: an expression, or values replaced whole.

    Cleanings run in the order written; each sees what those before it made.
    """

    place: Place = field(compare=False)
    column: str
    expression: str | None = None
    replacements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rejects:
    """How lines that can't be read are treated: None stops the build.

    `hold_up_to` (major units) lets lines be held back, named in the reconciliation, while the sum
    of their absolute amounts stays within it; `unreadable` of them may have no readable amount.
    """

    hold_up_to: Decimal | None = None
    unreadable: int = 0


class Deliveries(StrEnum):
    """What a later delivery of a cloud bill does to the earlier ones of the same billing period."""

    ADD = "add"
    BY_FILE = "replace by file"
    BY_FOLDER = "replace by folder"


@dataclass(frozen=True, slots=True)
class Focus:
    """What the model chooses of a cloud bill in FOCUS.

    `cost` and `quantity` are columns of the specification; `quantity` may be empty: then each
    charge counts one. `period` is `charge` or `billing`. `tags` are (name, keys): the column
    `tag_<name>` has the first of the keys that a charge has. `columns` are (own name, header) of
    further columns that conditions may use. `invoices` is a file of what each invoice comes to.
    """

    cost: str
    period: str
    quantity: str = ""
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    deliveries: Deliveries = Deliveries.ADD
    invoices: str = ""
    invoices_place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Database:
    """A query in place of files. `kind` is postgresql or sqlite.

    `address` is a URL, in which `${NAME}` stands for an environment variable, or a file.
    """

    place: Place = field(compare=False)
    kind: str
    address: str
    query: str


@dataclass(frozen=True, slots=True)
class Source:
    """A ledger: which files, how they are read, cleaned, and what they are based on.

    `files` are patterns; `sheet` is that of a workbook, empty for the first that fits. Without a
    `delimiter` it is found by the header. With `focus` it is a cloud bill in FOCUS. With `database`
    it has no files. A `register` has what the ledger does not have; `beside_ledger` says why it may
    also have what began since the ledger does. `identity` says what its rows are known by.
    """

    place: Place = field(compare=False)
    name: str
    files: tuple[str, ...]
    files_place: Place = field(compare=False)
    layouts: tuple[Layout, ...]
    basis: str = ""
    basis_note: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str = ""
    decimal_comma: bool = False
    three_decimals: bool = False
    costs_are_negative: bool = False
    date_order: str = "year month day"
    currency: str | None = None
    clean: tuple[Cleaning, ...] = ()
    distinct: bool = False
    rejects: Rejects = Rejects()
    focus: Focus | None = None
    database: Database | None = None
    register: Register | None = field(default=None, metadata=_LATER)
    beside_ledger: str = field(default="", metadata=_LATER)
    identity: str = field(default=CONTENT, metadata=_LATER)
