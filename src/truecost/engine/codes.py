"""Texts as integers: what is the same for many rows is held once, and rows hold its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Codes: TypeAlias = NDArray[np.int32]
    # int64, or objects holding Python ints where int64 would not do
    Integers: TypeAlias = NDArray[Any]

_INT64 = 1 << 63
_PACKED = 1 << 62
#: Up to so many times as many possible combinations as rows, each has a place of its own.
_DENSE = 8


class Codebook:
    """Numbers texts as they come; `texts[code]` is the text."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}
        self.codes(texts)

    def code(self, text: str) -> int:
        """Give the number of a text."""
        found = self._codes.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found

    def codes(self, texts: Iterable[str]) -> Codes:
        """Give the numbers of texts (n)."""
        return np.array([self.code(text) for text in texts], np.int32)

    def ranks(self, codes: Codes) -> tuple[Codes, list[str]]:
        """Give the same column in the order of its texts: codes (n) and texts, sorted.

        Texts are compared by their code points, as everywhere.
        """
        present = np.zeros(len(self.texts), np.bool_)
        present[codes] = True
        used = sorted(np.flatnonzero(present).tolist(), key=self.texts.__getitem__)
        rank = np.empty(len(self.texts), np.int32)
        rank[used] = np.arange(len(used), dtype=np.int32)
        return rank[codes], [self.texts[code] for code in used]


def integers(values: list[int], largest: int) -> Integers:
    """Give whole numbers as int64, or as Python ints where `largest` leaves its range."""
    return np.array(values, np.int64 if abs(largest) < _INT64 else object)


def joined(parts: list[Integers]) -> Integers:
    """Put arrays of whole numbers one after the other; Python ints where one has them."""
    if not parts:
        return np.empty(0, np.int64)
    if any(part.dtype == object for part in parts):
        return np.concatenate([part.astype(object) for part in parts])
    return np.concatenate(parts)


def grouped(*columns: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give one row of each combination of numbers (g), in their order; and each row's group (n)."""
    key = np.zeros(len(columns[0]), np.int64)
    size = 1
    for column in columns if len(key) else ():
        least = int(column.min())
        width = int(column.max()) - least + 1
        if size * width > _PACKED:
            found, key = np.unique(key, return_inverse=True)
            size = len(found)
        key = key * width + (column - least)
        size *= width
    if size > _DENSE * len(key):
        _, rows, of = np.unique(key, return_index=True, return_inverse=True)
        return rows, of
    place = np.full(size, -1)
    place[key] = np.arange(len(key))
    there = place >= 0
    return place[there], (np.cumsum(there) - 1)[key]


def added(amounts: NDArray[np.int64], of: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Add amounts (n) up by their group (groups)."""
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, of, amounts)
    return sums
