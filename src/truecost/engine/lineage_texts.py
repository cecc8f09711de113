"""The texts of a coded source by their codes: only the row groups that can have them are read.

Nothing is read twice: what was found is kept as long as the question takes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.kernel.findings import Finding, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from truecost.store.sources import CodedSource

_LEAST, _MOST = -(2**31), 2**31 - 1
#: So many row groups are kept as they were read.
_KEPT = 32
#: Numbers below this can be added up in 64 bits, for as many rows as codes can tell apart.
_ADDED_UP = 2**31


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts, each row a code: what is asked of texts is asked once per text."""

    codes: NDArray[np.int64]
    values: list[str]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Coded:
        """Take a column, coded already or not."""
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        whole = column.unify_dictionaries().combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            return cls(np.array([], np.int64), [])
        return cls(whole.indices.to_numpy().astype(np.int64), whole.dictionary.to_pylist())

    def flags(self, wanted: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Say of each text whether it is wanted."""
        return np.array([wanted(text) for text in self.values], np.bool_)

    def where(self, wanted: Callable[[str], bool]) -> NDArray[np.int64]:
        """Give the rows whose text is wanted."""
        if not self.values:
            return np.array([], np.int64)
        return np.flatnonzero(self.flags(wanted)[self.codes])

    def at(self, rows: NDArray[np.int64]) -> list[str]:
        """Give the texts of some rows."""
        return [self.values[code] for code in self.codes[rows].tolist()]

    def counted(self, rows: NDArray[np.int64]) -> list[tuple[str, int]]:
        """Give each text of some rows with how often it stands there."""
        found, counts = np.unique(self.codes[rows], return_counts=True)
        return [
            (self.values[code], count)
            for code, count in zip(found.tolist(), counts.tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the texts of a column say as numbers: whole ones, of which `scale` make one.

    Exact: numbers that might not add up within 64 bits are kept as Python's. `known` says of each
    text whether it is a number at all.
    """

    wholes: NDArray[Any]
    scale: int
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, values: Sequence[str]) -> Self:
        """Read each text once; the empty one is no number."""
        exact: list[int | Fraction] = [
            int(text) if text.isdecimal() else Fraction(text or 0) for text in values
        ]
        scale = math.lcm(*{number.denominator for number in exact})
        wholes = [int(number * scale) for number in exact]
        small = max(map(abs, wholes), default=0) < _ADDED_UP
        return cls(
            np.array(wholes, np.int64 if small else np.object_), scale,
            np.array([text != "" for text in values], np.bool_),
        )  # fmt: skip

    def total(self, codes: NDArray[np.int64]) -> Fraction | None:
        """Add up the numbers of some rows, exactly; None where one of them has none."""
        if not self.known[codes].all():
            return None
        return Fraction(int(self.wholes[codes].sum()), self.scale)


@dataclass(frozen=True, slots=True)
class _Group:
    """A row group: the first and last column that it can have texts of.

    Where that is one column, `low` and `high` are its least and largest code.
    """

    number: int
    rows: int
    first: str | None
    last: str | None
    low: int
    high: int

    @property
    def alone(self) -> bool:
        """Whether it has texts of one column only."""
        return self.first is not None and self.first == self.last

    @property
    def dense(self) -> bool:
        """Whether a text stands where its code says: a dictionary is sorted by code."""
        return self.alone and self.high - self.low + 1 == self.rows

    def has(self, column: str) -> bool:
        """Whether it can have texts of a column."""
        return self.first is None or self.last is None or self.first <= column <= self.last


class Texts:
    """A source's dictionary, open. Its methods raise StoreError where it can't be read."""

    def __init__(self, source: CodedSource) -> None:
        self._source = source
        self._known: dict[str, dict[int, str]] = defaultdict(dict)
        self._held: dict[int, pa.Table] = {}
        with readable(source):
            self._file = pq.ParquetFile(source.dictionary)
            self._groups = [_group(self._file, n) for n in range(self._file.num_row_groups)]

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()

    def code(self, column: str, value: str) -> int:
        """Give the code of a text, -1 where the column does not have it."""
        with readable(self._source):
            for group in self._groups:
                if not group.has(column):
                    continue
                part = self._part(group)
                same = pc.and_(pc.equal(part["column"], column), pc.equal(part["value"], value))
                for code in part.filter(same)["code"].to_pylist():
                    self._known[column][int(code)] = value
                    return int(code)
        return -1

    def of(self, column: str, codes: NDArray[np.int32]) -> pa.Array:
        """Give the text of each of some codes of a column."""
        wanted, inverse = np.unique(codes, return_inverse=True)
        known = self._known[column]
        missing = np.array([code for code in wanted.tolist() if code not in known], np.int32)
        with readable(self._source):
            if len(missing):
                known |= self._read(column, missing)
            values = pa.array([known[code] for code in wanted.tolist()], pa.string())
        return values.take(pa.array(inverse))

    def _read(self, column: str, codes: NDArray[np.int32]) -> dict[int, str]:
        found: dict[int, str] = {}
        for group in self._groups:
            if not group.has(column):
                continue
            here = codes[(codes >= group.low) & (codes <= group.high)] if group.alone else codes
            if not len(here):
                continue
            # one at a time: putting row groups together takes longer than reading them
            if group.dense:
                taken = self._part(group)["value"].take(pa.array(here - group.low))
                found |= zip(here.tolist(), taken.to_pylist(), strict=True)
                continue
            part = self._part(group)
            if not group.alone:
                part = part.filter(pc.equal(part["column"], column))
            at = np.flatnonzero(np.isin(part["code"].to_numpy(), here))
            taken = part.select(["code", "value"]).take(pa.array(at))
            found |= zip(taken["code"].to_pylist(), taken["value"].to_pylist(), strict=True)
        return found

    def _part(self, group: _Group) -> pa.Table:
        """Give a row group, of a dense one the texts alone; those of late are not read again."""
        held = self._held.pop(group.number, None)
        if held is None:
            names = ["value"] if group.dense else None
            held = self._file.read_row_group(group.number, names, use_threads=False)
        if len(self._held) >= _KEPT:
            self._held.pop(next(iter(self._held)))
        self._held[group.number] = held
        return held


def _group(file: pq.ParquetFile, number: int) -> _Group:
    """Give what a row group says of itself; it can have everything where it says nothing."""
    group = file.metadata.row_group(number)
    names, codes = group.column(0).statistics, group.column(1).statistics
    told = names is not None and names.has_min_max
    first, last = (names.min, names.max) if told else (None, None)
    ranged = codes is not None and codes.has_min_max
    low, high = (codes.min, codes.max) if ranged else (_LEAST, _MOST)
    return _Group(number, group.num_rows, first, last, low, high)


@contextmanager
def readable(source: CodedSource) -> Iterator[None]:
    """Raise StoreError where a source's files can't be read, or lack the text of a code."""
    try:
        yield
    except (OSError, pa.ArrowException, KeyError, IndexError) as error:
        what = f'the coded source "{source.name}" can\'t be read ({type(error).__name__})'
        hint = f"remove the folder {source.shown}; it is read again from its files"
        raise StoreError(Finding(None, what, hint)) from error
