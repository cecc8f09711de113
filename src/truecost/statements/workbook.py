"""A workbook: real numbers exact to the cent, text that stays text, the same bytes each time.

Only zlib, which packs the file, may differ from machine to machine; what is packed does not.

A number in a workbook is a double, of which a spreadsheet shows fifteen digits. Amounts that need
more are written as text, so every number here, read back and rounded to minor units, is the amount.
(The exact text for machines is in JSON and CSV.) Text is never a formula or an address, also not
after somebody edits the cell, and carries no invisible characters.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlsxwriter

from truecost.kernel import money
from truecost.statements import locale
from truecost.statements.safe import defused, visible

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from truecost.statements.blocks import Document

_DIGITS = 10**15  # a spreadsheet shows no more digits of a number than fifteen
_LONGEST = 32_767  # characters in a cell
_HEADING = 120  # characters of a name in a running foot, which holds 255 in all
_A4 = 9
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# as on the page: hatched and dotted, so that the parts differ without colour too
_CHART = (
    {"fill": {"color": "#0B5C74"}},
    {
        "pattern": {
            "pattern": "wide_upward_diagonal",
            "fg_color": "#B45309",
            "bg_color": "#E8C4A0",
        }
    },
    {"pattern": {"pattern": "dotted_grid", "fg_color": "#FFFFFF", "bg_color": "#6D3FA0"}},
)
# a figure ends where the text of the next column begins
INDENT: dict[str, Any] = {"align": "left", "indent": 1}
INK, SOFT, ACCENT, RULE, WASH = "#17202A", "#52606D", "#0B5C74", "#C3CCD4", "#EEF5F7"


class Workbook:
    """A workbook in memory, and how its cells look."""

    def __init__(self, document: Document) -> None:
        self._buffer = io.BytesIO()
        self.file = xlsxwriter.Workbook(self._buffer, _OPTIONS)
        self._document = document
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self.file.set_properties(
            {
                "title": visible(document.title),
                "author": visible(document.organisation),
                "comments": visible(document.status),
                "created": dt.datetime.combine(document.date, dt.time(), dt.UTC),
            }
        )

    def sheet(self, name: str, widths: tuple[int, ...], *, landscape: bool = True) -> Sheet:
        """Add a sheet that prints on A4, as wide as the page, with its number at the foot."""
        made = self.file.add_worksheet(name)
        for column, width in enumerate(widths):
            made.set_column(column, column, width)
        if landscape:
            made.set_landscape()
        made.set_paper(_A4)
        made.fit_to_pages(1, 0)
        made.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
        document = self._document
        left = f"{document.mark} {visible(document.name)}".strip()[:_HEADING].replace("&", "&&")
        # a digit after a font size would be read as part of it, hence the space
        made.set_footer(f"&L&8 {left}&C&8 {locale.month(document.period)}&R&8 &P / &N")
        return Sheet(self, made)

    def look(self, **how: Any) -> Format:
        """Give a format by its properties; the same properties give the same format."""
        key = tuple(sorted(how.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(
                {"font_size": 10, "font_color": INK, "valign": "top", **how}
            )
        return self._formats[key]

    def close(self) -> bytes:
        """Give the whole file."""
        self.file.close()
        return self._buffer.getvalue()

    def money_format(self, *, sign: bool = False) -> str:
        """Give the number format of money, with the currency where the locale puts it."""
        zero = locale.shown(0, self._document.currency)
        first = next(i for i, mark in enumerate(zero) if mark.isdigit())
        last = max(i for i, mark in enumerate(zero) if mark.isdigit())
        before, after = (f'"{part}"' if part else "" for part in (zero[:first], zero[last + 1 :]))
        figure = f"{before}{grouped(money.digits(self._document.currency))}{after}"
        return f"+{figure};-{figure};{figure}" if sign else f"{figure};-{figure}"


def grouped(digits: int) -> str:
    """Give the number format of a figure with so many digits after the point."""
    return "#,##0" + ("." + "0" * digits if digits else "")


class Sheet:
    """A sheet that is written to in its own terms; rows and columns count from 0."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.book = book
        self.sheet = sheet

    def text(self, row: int, column: int, text: str, to: int | None = None, **how: Any) -> None:
        """Write text, over the columns up to `to` where that is given."""
        shown = str(visible(text))[:_LONGEST]
        if defused(shown) != shown:
            how["quote_prefix"] = True
        look = self.book.look(**how)
        if to is None or to == column:
            self.sheet.write_string(row, column, shown, look)
            return
        # merge_range guesses at the kind of its value, so it gets none
        self.sheet.merge_range(row, column, row, to, "", look)
        self.sheet.write_string(row, column, shown, look)

    def money(self, row: int, column: int, minor: int, currency: str, **how: Any) -> None:
        """Write minor units as a number in major units, as text where that is not exact."""
        how = {"align": "right", **how}
        if abs(minor) >= _DIGITS:
            self.sheet.write_string(
                row, column, money.plain(minor, currency), self.book.look(**how)
            )
            return
        self.sheet.write_number(
            row, column, float(money.to_major(minor, currency)), self.book.look(**how)
        )

    def number(self, row: int, column: int, value: Decimal | int, **how: Any) -> None:
        """Write another figure as a number, or as text where a double would not hold it."""
        if Decimal(repr(float(value))) == value:
            self.sheet.write_number(row, column, float(value), self.book.look(**how))
        else:
            self.text(row, column, f"{value:f}", align="right")

    def bars(self, title: str, *, first: int, last: int, series: tuple[int, ...], at: int) -> None:
        """Draw stacked bars of rows: names in the first column, titles in row 0; from row `at`."""
        name = self.sheet.get_name()
        chart = self.book.file.add_chart({"type": "bar", "subtype": "stacked"})
        for column, fill in zip(series, _CHART, strict=True):
            chart.add_series(
                {
                    "name": [name, 0, column],
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, column, last, column],
                    "gap": 60,
                    **fill,
                }
            )
        chart.set_title({"name": str(visible(title)), "name_font": {"size": 12}, "overlay": False})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
        chart.set_size({"width": 900, "height": 140 + 26 * (last - first + 1)})
        self.sheet.insert_chart(
            at, 0, chart, {"description": str(visible(title)), "object_position": 1}
        )
