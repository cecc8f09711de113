"""A table of true cost in the columns of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.money import shown
from truecost.statements.safe import visible
from truecost.statements.show import RowKind

if TYPE_CHECKING:
    from truecost.statements.show import ShowRow, ShowTable

_NARROW = 80
_SHORTEST_LABEL = 22


def drawn(table: ShowTable, width: int = _NARROW) -> str:
    """Draw a table; the column that only explains is left out where there is no room for it.

    Amounts are in the currency of the head line, aligned on the decimal point.
    """
    room = max(width, _NARROW)
    columns = list(range(len(table.columns)))
    cells = [_cells(row, table.currency) for row in table.rows]
    widths = [
        _width(table.columns[c] if c != _derived(table) else "gross", cells, c) for c in columns
    ]
    if table.derived and room - sum(widths) < _SHORTEST_LABEL:
        columns.remove(_derived(table))
    label = min(
        room - sum(widths[c] for c in columns),
        max((len(_label(row)) for row in table.rows), default=0) + 1,
    )
    first, last = table.periods[0], table.periods[-1]
    when = str(first) if first == last else f"{first} to {last}"
    lines = [f"{table.organisation}: true cost by {table.by}, {when}, {table.currency}", ""]
    heads = ["gross" if c == _derived(table) else table.columns[c] for c in columns]
    lines.append(
        " " * label
        + "".join(f"{head:>{widths[c]}}" for c, head in zip(columns, heads, strict=True))
    )
    for row, texts in zip(table.rows, cells, strict=True):
        if row.kind is RowKind.TOTAL:
            rules = "".join(f"{'─' * (widths[c] - 2):>{widths[c]}}" for c in columns)
            lines.append(" " * label + rules)
        amounts = "".join(f"{texts[c]:>{widths[c]}}" for c in columns)
        lines.append(f"{_fitted(_label(row), label)}{amounts}".rstrip())
    return "\n".join(lines)


def _derived(table: ShowTable) -> int:
    return table.columns.index(table.derived) if table.derived else -1


def _cells(row: ShowRow, currency: str) -> list[str]:
    return [
        "" if amount is None else shown(amount, currency, symbol=False) for amount in row.amounts
    ]


def _width(head: str, cells: list[list[str]], column: int) -> int:
    return max(len(head), *(len(row[column]) for row in cells)) + 2


def _label(row: ShowRow) -> str:
    mark = "+ " if row.kind is RowKind.REMAINDER else ""
    return f"{'  ' * row.depth}{mark}{visible(row.label)}"


def _fitted(text: str, width: int) -> str:
    """Cut a label to its column, with a sign that it was cut."""
    return f"{text:<{width}}" if len(text) < width else f"{text[: width - 2]}… "
