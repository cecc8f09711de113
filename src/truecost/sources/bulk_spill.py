"""Rows that were read go to the disk as arrays at once; the codes of their texts follow.

What comes of it are the files that `store.arrays` reads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from truecost.store import arrays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from truecost.store.arrays import Part


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one file and one period that were read together.

    `parts` are their arrays; `places` the texts' places in their dictionaries; `wide` has numbers,
    by column and row, that need more than 64 bits.
    """

    period: int
    file: int
    rows: int
    parts: Mapping[str, Part]
    places: Mapping[str, int]
    wide: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


class Spill:
    """The file of arrays while it is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = (folder / arrays.BIN).open("xb", buffering=0)
        self._hashed = hashlib.sha256()
        self._size = 0
        self.segments: list[Segment] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close it."""
        self._file.close()

    def keep(
        self,
        where: tuple[int, int],
        rows: Mapping[str, NDArray[Any]],
        day: NDArray[np.int32],
        places: Mapping[str, int],
        wide: Mapping[str, Mapping[int, int]],
    ) -> None:
        """Keep rows of a period and file: arrays of one length, of which there is one at least.

        `day` gives days by the codes that rows have of them.
        """
        parts = {name: self._part(name, array) for name, array in rows.items()}
        of = parts["day"]
        if "all" in of:
            parts["day"] = {"all": int(day[of["all"]])}
        else:
            parts["day"] = {**of, "of": [self.write(day.astype("<i4", copy=False)), len(day)]}
        count = len(rows["line"])
        self.segments.append(Segment(*where, count, parts, dict(places), dict(wide)))

    def write(self, array: NDArray[Any]) -> int:
        """Write an array; give where it begins."""
        at = self._size
        data = np.ascontiguousarray(array).data.cast("B")
        while data:
            written = self._file.write(data) or 0
            self._hashed.update(data[:written])
            data = data[written:]
            self._size += written
        return at

    def sha256(self) -> str:
        """Give the hash of all that was written."""
        return self._hashed.hexdigest()

    def _part(self, name: str, array: NDArray[Any]) -> Part:
        first = int(array[0])
        if is_constant(array):
            return {"all": first}
        if name == "line" and int(array[-1]) - first == len(array) - 1:  # lines only ascend
            return {"from": first}
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        return {"at": self.write(array), "kind": array.dtype.str}


def constant(value: int, rows: int) -> NDArray[np.int64]:
    """Give an array of one value, which takes no room."""
    return np.broadcast_to(np.int64(value), rows)


def is_constant(array: NDArray[Any]) -> bool:
    """Say whether an array was made by `constant`, or has one value."""
    return array.strides == (0,) or len(array) == 1


def taken(array: NDArray[Any], places: NDArray[np.generic]) -> NDArray[Any]:
    """Give what rows have, chosen by a mask or by their places; what is constant stays so."""
    if array.strides != (0,):
        found: NDArray[Any] = array[places]
        return found
    rows = np.count_nonzero(places) if places.dtype == np.bool_ else len(places)
    return np.broadcast_to(array[:1], int(rows))


def narrow(codes: NDArray[Any], size: int) -> NDArray[Any]:
    """Give codes in the smallest type that has room for so many."""
    kind = np.min_scalar_type(max(size - 1, 0))
    return codes if codes.dtype == kind or is_constant(codes) else codes.astype(kind)
