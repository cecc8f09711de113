"""Cells of an XLSX sheet that have no value to rely upon: errors, and formulas never computed.

calamine gives both as empty cells, so that an account that is `#REF!` would look as if nobody had
filled it in; they are found in the sheet's own XML.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL = re.compile(rb"<(?:\w+:)?c\b((?:[^>/]|/(?!>))*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_TYPE = re.compile(rb"""\bt=["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_ERROR = re.compile(rb"""\bt=["']e["']""")
_OPEN = re.compile(rb"<(?:\w+:)?c\b")
_BLOCK = 1 << 20
_NO_VALUE = "the formula has no stored value: open the file in a spreadsheet program and save it"


@dataclass(slots=True)
class Faults:
    """What is wrong with cells: row (from 1) → column (from 0) → reason."""

    by_row: dict[int, dict[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, sheet: str) -> Faults:
        """Find the faults of a sheet; none in formats other than XLSX."""
        made = cls()
        if not zipfile.is_zipfile(path):
            return made
        with zipfile.ZipFile(path) as packed:
            part = _part(packed, sheet)
            if part is None:
                return made
            with packed.open(part) as data:
                rest = b""
                while block := data.read(_BLOCK):
                    rest += block
                    last = max((match.start() for match in _OPEN.finditer(rest)), default=0)
                    made._scan(rest[:last])
                    rest = rest[last:]
                made._scan(rest)
        return made

    def _scan(self, xml: bytes) -> None:
        if not (_FORMULA.search(xml) or _ERROR.search(xml)):
            return
        for match in _CELL.finditer(xml):
            place = _PLACE.search(match[1])
            fault = _fault(match[1], match[2])
            if place and fault:
                row = self.by_row.setdefault(int(place[2]), {})
                row[_column(place[1])] = fault


def _fault(attributes: bytes, inside: bytes) -> str:
    value = _VALUE.search(inside)
    text = value[1].decode("utf-8", "replace").strip() if value else ""
    kind = _TYPE.search(attributes)
    if kind and kind[1] == b"e":
        return f'"{text or "#"}" is a spreadsheet\'s error'
    if _FORMULA.search(inside) and not text and not (kind and kind[1] == b"str"):
        return _NO_VALUE
    return ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _part(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """Give the name of a sheet's part."""
    try:
        book = ET.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314  read apart, limited
        targets = ET.fromstring(packed.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  as above
    except (KeyError, ET.ParseError):
        return None
    part_by_id = {each.get("Id"): each.get("Target", "") for each in targets}
    for each in _named(book, "sheet"):
        if each.get("name") == sheet:
            key = next((value for name, value in each.items() if name.endswith("}id")), None)
            target = part_by_id.get(key, "")
            full = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return full if full in packed.namelist() else None
    return None


def _named(tree: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in tree.iter() if each.tag.rpartition("}")[2] == name)
