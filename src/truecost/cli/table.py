"""A table of true cost in the columns of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.cli.wording import wrapped
from truecost.kernel.money import shown
from truecost.statements.figures import whole_percents
from truecost.statements.lines import CLASSES
from truecost.statements.safe import visible
from truecost.statements.show import RowKind

if TYPE_CHECKING:
    from truecost.statements.show import ShowRow, ShowTable

_NARROW = 80
_LONGEST_LABEL = 48
#: What labels keep of a line, where any of them needs it.
_LABEL = 24
_SHORTEST_LABEL = 8


def drawn(table: ShowTable, width: int = _NARROW) -> str:
    """Draw a table, amounts aligned on the decimal point, in the currency of the head line.

    Where amounts by class leave too little room for labels, the total stands with percentages;
    columns that still leave too little follow in a further table.
    """
    columns = {
        head: [_money(row.amounts[place], table.currency) for row in table.rows]
        for place, head in enumerate(table.columns)
    }
    if table.derived:
        columns["gross"] = columns.pop(table.derived)
        if not any(columns["gross"]):
            del columns["gross"]
    longest = max((len(_label(row)) for row in table.rows), default=0) + 1
    room = max(width, _NARROW)
    if "gross" in columns and room - _taken(columns) < longest:
        del columns["gross"]
    if room - _taken(columns) < longest and set(CLASSES) <= set(columns):
        columns = {"total": columns["total"], **_percents(table)}
    first, last = table.periods[0], table.periods[-1]
    when = str(first) if first == last else f"{first} to {last}"
    what = "accounts of schedules" if table.by == "schedule" else f"true cost by {table.by}"
    head = f"{visible(table.organisation)}: {what}, {when}, {table.currency}"
    lines = wrapped(head)
    for some in _side_by_side(columns, room - min(longest, _LABEL)):
        label = max(min(room - _taken(some), longest, _LONGEST_LABEL), _SHORTEST_LABEL)
        lines += ["", *_block(table, some, label)]
    return "\n".join(lines)


def _side_by_side(columns: dict[str, list[str]], room: int) -> list[dict[str, list[str]]]:
    """Divide columns into those that fit beside each other in so many characters."""
    blocks: list[dict[str, list[str]]] = [{}]
    for head, texts in columns.items():
        if blocks[-1] and _taken({**blocks[-1], head: texts}) > room:
            blocks.append({})
        blocks[-1][head] = texts
    return blocks


def _block(table: ShowTable, columns: dict[str, list[str]], label: int) -> list[str]:
    """Draw some columns of a table, with the labels of its rows."""
    lines = [" " * label + _laid_out(columns, list(columns))]
    for number, row in enumerate(table.rows):
        if row.kind is RowKind.TOTAL:
            rules = ["─" * (_width(head, texts) - 2) for head, texts in columns.items()]
            lines.append(" " * label + _laid_out(columns, rules))
        amounts = _laid_out(columns, [texts[number] for texts in columns.values()])
        lines.append(f"{_fitted(_label(row), label)}{amounts}".rstrip())
    return lines


def _percents(table: ShowTable) -> dict[str, list[str]]:
    """Give what each class is of a row's total, in whole percent."""
    places = [table.columns.index(name) for name in CLASSES]
    rows = [whole_percents([row.amounts[place] or 0 for place in places]) for row in table.rows]
    return {
        name: [f"{row[place]} %" if row else "" for row in rows]
        for place, name in enumerate(CLASSES)
    }


def _money(amount: int | None, currency: str) -> str:
    return "" if amount is None else shown(amount, currency, symbol=False)


def _width(head: str, texts: list[str]) -> int:
    return max(len(head), *(len(text) for text in texts)) + 2


def _taken(columns: dict[str, list[str]]) -> int:
    return sum(_width(head, texts) for head, texts in columns.items())


def _laid_out(columns: dict[str, list[str]], texts: list[str]) -> str:
    widths = [_width(head, column) for head, column in columns.items()]
    return "".join(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))


def _label(row: ShowRow) -> str:
    mark = "+ " if row.kind is RowKind.REMAINDER else ""
    return f"{'  ' * row.depth}{mark}{visible(row.label)}"


def _fitted(text: str, width: int) -> str:
    """Cut a label to its column, with a sign that it was cut."""
    return f"{text:<{width}}" if len(text) < width else f"{text[: width - 2]}… "
