"""The process that reads a workbook: `python -m truecost.sources.workbook_rows MEMORY FILE SHEET`.

It writes lines of JSON: `["sheet", name, height, other sheets]`, then its first rows as
`[[row, cells], …]`; asked for the `rest`, each row that is not blank as `[row, cells, {column:
fault}]`, and `["end", {rounded, merged}]`; asked for the `next`, the next sheet.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import python_calamine

from truecost.sources import apart
from truecost.sources.doubles import shortest
from truecost.sources.header import TITLES
from truecost.sources.workbook_faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of a cell; spreadsheet programs allow 32,767.
_LONGEST = 1 << 20
_ERROR = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|Err:[0-9]{3}")


class _Cells:
    """Cells as text; counts the numbers that were rounded."""

    def __init__(self) -> None:
        self.rounded = 0

    def text(self, cell: Any) -> str:
        if isinstance(cell, str):
            if len(cell) > _LONGEST:
                raise ValueError("a cell is too long")
            return cell
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, float):
            text, rounded = shortest(cell)
            self.rounded += rounded
            return text
        if isinstance(cell, dt.datetime):
            return (cell.date() if cell.time() == dt.time() else cell).isoformat()
        if isinstance(cell, dt.date | dt.time):
            return cell.isoformat()
        return str(cell)


def main(memory: int, path: str, wanted: str) -> None:
    """Read a workbook, as asked."""
    apart.limit_memory(memory)
    try:
        _read(path, wanted)
    except python_calamine.PasswordError:
        apart.refuse("the workbook is protected by a password", "save it without")
    except (python_calamine.CalamineError, OSError, ValueError, KeyError):
        what = "this is no workbook, or it is cut short or damaged"
        apart.refuse(what, "open it and save it again, or save its table as CSV UTF-8")
    sys.stdout.buffer.flush()


def _read(path: str, wanted: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123  by what it holds, not by its suffix
        book = python_calamine.load_workbook(file)
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
        ]
        if wanted and wanted not in names:
            apart.say(["missing", names])
            return
        for number, name in enumerate(names):
            if wanted in {"", name}:
                later = names[number + 1 :] if not wanted else [n for n in names if n != name]
                if _sheet(book.get_sheet_by_name(name), path, later):
                    return
    apart.say(["none"])


def _sheet(sheet: python_calamine.CalamineSheet, path: str, later: list[str]) -> bool:
    """Offer a sheet; say whether its rows were asked for."""
    start = sheet.start or (0, 0)
    cells = _Cells()

    def rows() -> Iterator[tuple[int, list[str]]]:
        before = [""] * start[1]
        for number, row in enumerate(sheet.iter_rows() if sheet.start else (), 1):
            yield number, [*before, *map(cells.text, row)]

    told = rows()
    head = [(number, row) for number, row in islice(told, start[0] + TITLES) if any(row)]
    apart.say(["sheet", sheet.name, (sheet.end or (0, 0))[0] + 1, later])
    apart.say(head)
    sys.stdout.buffer.flush()
    if sys.stdin.buffer.readline().strip() != b'"rest"':
        return False
    faults = Faults.of(path, sheet.name)
    for group in (head, told):
        for number, row in group:
            found = faults.by_row.get(number, {})
            found |= {
                column: f'"{cell}" is a spreadsheet\'s error'
                for column, cell in enumerate(row)
                if cell[:1] in {"#", "E"} and _ERROR.fullmatch(cell)
            }
            if found or any(row):
                absent = [""] * (max(found, default=0) + 1 - len(row))
                apart.say([number, [*row, *absent], found])
    merged = [(first[0] + 1, last[0] + 1) for first, last in sheet.merged_cell_ranges or ()]
    apart.say(["end", {"rounded": cells.rounded, "merged": merged}])
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
