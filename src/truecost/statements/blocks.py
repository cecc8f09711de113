"""A document as blocks, before anybody says whether it is paper, a workbook or a page.

Figures stay figures (`Money`, `Rate`, `Bar`), so that paper shows them by the locale and a workbook
holds them as numbers. Text is as sources gave it, but for what `safe.visible` takes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from truecost.kernel.periods import Period
    from truecost.statements.charts import History


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units of the document's currency; None is an empty cell. `sign` shows a plus."""

    minor: int | None
    sign: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit costs, in major units."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """Parts by class of a length of `whole`; minor units. The figures stand beside it."""

    parts: tuple[tuple[str, int], ...]
    whole: int


Cell = str | Money | Rate | Bar | None


class Slot(StrEnum):
    """What a column is for: it decides on width and alignment, and on the column of a workbook."""

    NAME = "name"
    USE = "use"
    EACH = "each"
    AMOUNT = "amount"
    CHANGE = "change"
    NOTE = "note"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class Row:
    """Cells that go with the columns; `small` explains the name, `tag` marks it."""

    cells: tuple[Cell, ...]
    small: str = ""
    tag: str = ""
    depth: int = 0
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `foot` is their total."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: Row | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Run, grow or transform."""

    name: str
    title: str
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, in this order.

    `bar` is the drawing of `parts`, in thousandths. Tables that are `beside` each other stand so
    where there is room. An `aside` is set apart from the bill.
    """

    title: str
    texts: tuple[str, ...] = ()
    bar: tuple[tuple[str, int, int], ...] = ()
    parts: tuple[Part, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    beside: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `date` is that of issue, or before it the last day of `period`.

    `mark` is printed on every page and is empty once the document is issued.
    """

    title: str
    path: tuple[str, ...]
    name: str
    what: str
    status: str
    mark: str
    organisation: str
    currency: str
    locale: str
    period: Period
    date: dt.date
    total: Money
    headline: tuple[str, ...]
    history: History | None
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    run_id: str
