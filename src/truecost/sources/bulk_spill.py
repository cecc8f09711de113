"""Rows that were read and wait for the codes of their texts, on the disk and not in memory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one file and one period that were read together.

    `parts` says for each array where it begins and of what type it is; `places` the texts' places
    in their dictionaries; `wide` has numbers, by column and row, that need more than 64 bits.
    """

    period: int
    file: int
    rows: int
    parts: Mapping[str, tuple[int, str]]
    places: Mapping[str, int]
    wide: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


class Spill:
    """A file without a name, gone when it is closed."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed below
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
        arrays: Mapping[str, NDArray[Any]],
        places: Mapping[str, int],
        wide: Mapping[str, Mapping[int, int]],
    ) -> None:
        """Keep rows of a period and file: arrays of one length."""
        parts = {}
        rows = 0
        for name, array in arrays.items():
            parts[name] = (self._file.tell(), array.dtype.str)
            self._file.write(np.ascontiguousarray(array).data.cast("B"))
            rows = len(array)
        if rows:
            self.segments.append(Segment(*where, rows, parts, dict(places), dict(wide)))

    def array(self, segment: Segment, name: str) -> NDArray[Any]:
        """Read one array of a segment."""
        begin, kind = segment.parts[name]
        found = np.empty(segment.rows, kind)
        self._file.seek(begin)
        if self._file.readinto(found.data.cast("B")) != found.nbytes:
            raise OSError("what waited on the disk is gone")
        return found


def narrow(codes: NDArray[np.int32], size: int) -> NDArray[Any]:
    """Give codes in the smallest type that has room for so many."""
    return codes.astype(np.min_scalar_type(max(size - 1, 0)))
