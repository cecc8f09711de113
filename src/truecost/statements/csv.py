"""A statement as CSV: one row per line, text that no spreadsheet reads as a formula.

Text is quoted and defused (`safe.defused`); figures are plain (`-1234.50`). Rows end in CR LF as
RFC 4180 has it; the encoding is UTF-8.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import figures, sentences
from truecost.statements.safe import defused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.statements.views import StatementView

Cell = str | int | Decimal | None

COLUMNS = (
    "statement", "period", "consumer", "consumer name", "kind", "object", "name", "use", "share %",
    "quantity", "driver total", "unit", "driver", "stands for", "unit cost", "run", "grow",
    "transform", "amount", "last period", "change", "what could be saved", "currency", "run id",
)  # fmt: skip


_UNBILLED = {"show": "shown", "central": "funded centrally"}


def amount(minor: int | None, currency: str) -> Decimal | None:
    """Give minor units as a figure of a cell."""
    return None if minor is None else money.to_major(minor, currency)


def written(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows: text quoted and defused, figures plain, None empty."""
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in (head, *rows))


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + defused(value).replace('"', '""') + '"'
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def statement_csv(view: StatementView) -> str:
    """Write a statement: its lines (kind "line"), why it changed, what was kept apart.

    The parts of the change are of kind "why it changed", what was kept apart of kind "kept apart".
    Where a line is charged at a rate, rows of kind "of which" say how its amount came about, and
    run, grow and transform are of its true cost; what is used and not billed is of kind "shown"
    or "funded centrally".
    """
    currency = view.currency
    common = (view.number or view.status, str(view.period), view.consumer, view.name)
    end = (currency, view.run_id)
    rows: list[tuple[Cell, ...]] = [
        (
            *common,
            "line",
            line.object,
            line.name,
            sentences.use(line, currency),
            None if line.use.share is None else figures.share_percent(line.use.share, 4),
            line.use.quantity,
            line.use.driver_total,
            line.use.unit,
            line.use.driver,
            line.use.stands_for,
            line.each,
            *(amount(part, currency) for part in line.classes),
            amount(line.amount, currency),
            amount(line.previous, currency),
            amount(line.change, currency),
            line.saving.text,
            *end,
        )
        for line in view.lines
    ]
    blank = len(COLUMNS) - len(common) - len(end)
    for reason in view.reasons:
        if reason.part:
            change: list[Cell] = [None] * blank
            change[0], change[1], change[2] = "why it changed", reason.part, reason.text
            change[COLUMNS.index("change") - len(common)] = amount(reason.amount, currency)
            rows.append((*common, *change, *end))
    at = {name: COLUMNS.index(name) - len(common) for name in COLUMNS}
    for line in view.lines:
        for part in line.charged.parts:
            of: list[Cell] = [None] * blank
            of[0], of[1], of[2], of[3] = "of which", line.object, part.rate or part.kind, part.item
            of[at["quantity"]], of[at["unit"]] = part.quantity, part.unit
            if part.price and not part.price.endswith("%"):
                of[at["unit cost"]] = Decimal(part.price)
            of[at["amount"]] = amount(part.amount, currency)
            rows.append((*common, *of, *end))
    for each in view.unbilled:
        shown: list[Cell] = [None] * blank
        shown[0], shown[1], shown[2] = _UNBILLED[each.treatment], each.object, each.name
        shown[3] = f"paid by {', '.join(each.funders)}" if each.funders else None
        shown[at["amount"]] = amount(each.amount, currency)
        rows.append((*common, *shown, *end))
    for apart in view.apart:
        cells: list[Cell] = [None] * blank
        cells[0], cells[2] = "kept apart", apart.name
        cells[COLUMNS.index("amount") - len(common)] = amount(apart.amount, currency)
        rows.append((*common, *cells, *end))
    return written(COLUMNS, rows)
