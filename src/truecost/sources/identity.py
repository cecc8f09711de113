"""Which rows are the same row.

Equal rows inside one file are real: two payments of the same amount on the same day. The same row
in two files is one row that an overlapping file brought again. So each row is numbered among its
equals in its file, and of the rows with the same content and number the first file's counts: over
all files together, as many as the file that has most of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.int64]"
_ROOM = 2**62


def content_keys(columns: Iterable[NDArray[np.int32]], rows: int) -> Ints:
    """Give rows the same integer where they have the same codes in all columns."""
    key = np.zeros(rows, np.int64)
    room = 1
    for codes in columns:
        size = int(codes.max(initial=0)) + 1
        if room * size >= _ROOM:
            found, key = np.unique(key, return_inverse=True)
            room = len(found)
        key = key * size + codes
        room *= size
    return key


def ordinals(*keys: NDArray[np.generic]) -> NDArray[np.int32]:
    """Give each row its number, from 0, among those with the same keys, as they stand."""
    rows = len(keys[0])
    order = np.lexsort(keys[::-1])
    begins = np.ones(rows, bool)
    begins[1:] = False
    for key in keys:
        inside = key[order]
        begins[1:] |= inside[1:] != inside[:-1]
    position = np.arange(rows)
    start = np.maximum.accumulate(np.where(begins, position, 0))
    numbers = np.empty(rows, np.int32)
    numbers[order] = position - start
    return numbers


def keepers(key: Ints, ordinal: NDArray[np.int32]) -> Ints:
    """Give for each row the first row with the same content and number: itself, if it is that."""
    rows = len(key)
    order = np.lexsort((ordinal, key))
    begins = np.ones(rows, bool)
    begins[1:] = (key[order][1:] != key[order][:-1]) | (ordinal[order][1:] != ordinal[order][:-1])
    first = np.empty(rows, np.int64)
    first[order] = order[np.maximum.accumulate(np.where(begins, np.arange(rows), 0))]
    return first
