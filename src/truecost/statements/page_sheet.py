"""A document as a sheet that reads and prints like its page, with figures as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truecost.statements.blocks import Bar, Money, Rate, Slot
from truecost.statements.workbook import ACCENT, INDENT, RULE, SOFT, WASH, Sheet, Workbook, grouped

if TYPE_CHECKING:
    from truecost.statements.blocks import Cell, Document, Row, Section, Table

_COLUMN = {Slot.NAME: 0, Slot.USE: 1, Slot.EACH: 2, Slot.AMOUNT: 3, Slot.CHANGE: 4, Slot.NOTE: 5}
_WIDTHS = (38, 30, 13, 17, 17, 36)
_FIGURES = {Slot.EACH, Slot.AMOUNT, Slot.CHANGE}
_LAST = len(_WIDTHS) - 1
_NARROW = 3  # so many first columns a text takes beside figures
_LINE = 13.5  # points that a line of text takes


def document_sheet(book: Workbook, name: str, document: Document) -> None:
    """Add a sheet that reads like the document."""
    sheet = book.sheet(name, _WIDTHS, landscape=False)
    sheet.sheet.hide_gridlines(2)
    page = _Page(sheet, document.currency)
    page.line(" / ".join(document.path), font_color=SOFT)
    page.line(document.name, 24, font_size=18, bold=True)
    page.line(document.what, 16, font_size=12)
    if document.status:
        page.line(document.status, font_color="#9A4407", bold=True)
    sheet.sheet.set_row(page.row, 26)
    page.figure(0, document.total, font_size=18, bold=True, align="left")
    page.row += 1
    for text in document.headline:
        page.line(text)
    for section in document.sections:
        page.section(section)
    page.row += 1
    for text in document.closing:
        page.line(text, font_color=SOFT, font_size=8)


class _Page:
    """Writes blocks under each other; `row` is the next one."""

    def __init__(self, sheet: Sheet, currency: str) -> None:
        self.sheet = sheet
        self.currency = currency
        self.row = 0

    def line(self, text: str, height: float | None = None, **how: Any) -> None:
        """Write a line of text over the whole width, as high as it needs."""
        self.spread(text, 0, _LAST, height, **how)
        self.row += 1

    def spread(
        self, text: str, first: int, last: int, height: float | None = None, **how: Any
    ) -> None:
        """Write text over columns. A merged cell does not grow by itself: its lines are counted."""
        # a column's width is given in digits, and letters are narrower on the whole
        width = sum(_WIDTHS[first : last + 1]) * 115 // 100
        lines = -(-len(text) // width) or 1
        self.sheet.sheet.set_row(self.row, height or lines * _LINE)
        self.sheet.text(self.row, first, text, last, text_wrap=True, **how)

    def section(self, section: Section) -> None:
        self.row += 1
        if section.title:
            self.line(section.title, 18, font_size=12, bold=True, font_color=ACCENT)
        how: dict[str, Any] = {"bg_color": WASH} if section.aside else {"font_color": SOFT}
        for text in section.texts:
            self.line(text, **how)
        for part in section.parts:
            self.spread(f"{part.title}: {part.text}", 0, _NARROW - 1)
            self.figure(_COLUMN[Slot.AMOUNT], Money(part.amount))
            self.row += 1
        for number, table in enumerate(section.tables):
            if section.beside:
                self.row += number
                self.line(table.caption, bold=True)
            self.table(table)
        for text in section.bullets:
            self.line(f"• {text}")
        for text in section.after:
            self.line(text, font_color=SOFT)

    def table(self, table: Table) -> None:
        columns = self._columns(table)
        plain = Slot.USE not in columns
        for column in table.columns:
            if column.slot is Slot.BAR:
                continue
            at = columns[column.slot]
            last = _NARROW - 1 if plain and column.slot is Slot.NAME else at
            how: dict[str, Any] = {"align": "right"} if column.slot in _FIGURES else {}
            how |= INDENT if column.slot is Slot.NOTE else {}
            how |= {"font_color": SOFT, "bottom": 1, "bottom_color": RULE}
            self.sheet.text(self.row, at, column.title, last, **how)
        self.row += 1
        for row in table.rows:
            self._row(columns, row, plain=plain)
        if table.foot:
            self._row(columns, table.foot, plain=plain, top=1)

    def _columns(self, table: Table) -> dict[Slot, int]:
        """Give where each column of a table goes, in its order; changes alone stand as amounts."""
        columns = {column.slot: _COLUMN.get(column.slot, -1) for column in table.columns}
        if Slot.AMOUNT not in columns and Slot.CHANGE in columns:
            columns[Slot.CHANGE] = _COLUMN[Slot.AMOUNT]
        return columns

    def _row(self, columns: dict[Slot, int], row: Row, *, plain: bool, **how: Any) -> None:
        if row.strong:
            how["bold"] = True
        for (slot, column), cell in zip(columns.items(), row.cells, strict=True):
            if slot is Slot.NAME:
                self._name(row, str(cell), plain=plain, **how)
            elif slot is Slot.NOTE:
                self.figure(column, cell, **INDENT, **how)
            elif slot is not Slot.BAR:
                self.figure(column, cell, **how)
        self.row += 1

    def _name(self, row: Row, name: str, *, plain: bool, **how: Any) -> None:
        text = f"{name} ({row.tag})" if row.tag else name
        if row.depth:
            how["indent"] = row.depth
        if plain:
            self.spread(text, 0, _NARROW - 1, **how)
        else:
            self.sheet.text(self.row, 0, text, text_wrap=True, **how)

    def figure(self, column: int, cell: Cell, **how: Any) -> None:
        match cell:
            case Money(minor, sign):
                if minor is not None:
                    how = {"num_format": self.sheet.book.money_format(sign=sign), **how}
                    self.sheet.money(self.row, column, minor, self.currency, **how)
                    return
            case Rate(value):
                digits = max(0, -int(value.as_tuple().exponent))
                self.sheet.number(self.row, column, value, num_format=grouped(digits), **how)
                return
            case str():
                self.sheet.text(self.row, column, cell, text_wrap=True, **how)
                return
            case None | Bar():
                pass
        if how:
            self.sheet.text(self.row, column, "", **how)
