"""Whether the points of a file's amounts can be taken for what they are: decimal, or thousands'.

`1.234` is one and a bit where the point is decimal, and a thousand times as much where it parts
thousands. One amount that can only be decimal (`1.5`, `0.125`, `1234.125`) tells it of a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.kernel.money import digits
from truecost.sources.columns import SEPARATOR
from truecost.sources.values import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_THREE = 3
_GROUPS = ",' \u00a0\u202f\u2009\u2007\u2019"
_EITHER = re.compile(
    rf"(?<![0-9.])(?<![0-9][{_GROUPS}])[1-9][0-9]{{0,2}}\.[0-9]{{3}}(?![0-9])", re.ASCII
)


class Points:
    """Looks at the amounts of one file, until one of them tells."""

    def __init__(self) -> None:
        self._told = False
        self._first: tuple[int, str] | None = None

    def see(
        self,
        lines: Sequence[int],
        written: Sequence[str],
        forms: Sequence[str],
        currencies: Sequence[str],
    ) -> None:
        """Take rows: their lines, their amounts as written and as read, their currencies."""
        if self._told:
            return
        for line, text, form, currency in zip(lines, written, forms, currencies, strict=True):
            if "." not in text or not form or not currency or digits(currency) == _THREE:
                continue
            for side in text.split(SEPARATOR):
                if "." not in side:
                    continue
                if not _EITHER.search(side):
                    self._told = True
                    return
                self._first = self._first or (line, side)

    def fault(self, name: str) -> Finding | None:
        """Say that the file `name` can be read in two ways, if it can."""
        if self._told or self._first is None:
            return None
        line, text = self._first
        what = (
            f"{shown(text)} is one thousand and so on, or one and a bit: each amount of the file"
            " that has a point has three digits after it"
        )
        hint = (
            "write  decimal_comma: yes  if the point parts thousands,"
            " or  three_decimals: yes  if it does not"
        )
        return Finding(Place(name, line), what, hint)
