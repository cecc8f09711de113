"""Rows of a coded source by their place in it: only what is asked for is read.

A row's place is counted from 0. Only row groups are read that can have what is asked, and of these
only the columns; text is looked up for the codes of rows that are given. No database is started: a
ledger is asked for a few rows.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Context
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from truecost.engine.lineage_texts import Texts, readable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from types import TracebackType

    from numpy.typing import NDArray

    from truecost.store.sources import CodedSource

#: More digits than any amount has.
_WIDE = Context(prec=100)
#: To read so many row groups, waking other threads takes longer than they save.
_FEW_GROUPS = 2
#: So many lines are kept.
_KEPT = 10_000
_HASH = 16
_WORD = 64
_FIXED = ("period", "day", "amount", "file", "line", "row_hash", "ordinal")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A ledger line as it was loaded; `amount` in major units, `texts` by column.

    `file` and `line` are where it stands; `identity` is its content's hash, with its number among
    equal lines where that is not 0.
    """

    source: str
    file: str
    line: int
    identity: str
    period: int
    day: date
    currency: str
    amount: Decimal
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of rows without their sign: `sizes` in units of 10**-scale of a major unit.

    They are 64-bit integers where all fit, Python's where not; `periods` are those of the rows.
    """

    places: NDArray[np.int64]
    periods: NDArray[np.int32]
    sizes: NDArray[Any]
    scale: int

    def largest(self, count: int) -> NDArray[np.int64]:
        """Give which are the largest, that first; of equal ones the first in the source."""
        sizes = self.sizes
        if len(sizes) > count:
            least = np.partition(sizes, len(sizes) - count)[len(sizes) - count]
            more = np.flatnonzero(sizes > least)
            equal = np.flatnonzero(sizes == least)[: count - len(more)]
            chosen = np.sort(np.concatenate([more, equal]))
        else:
            chosen = np.arange(len(sizes))
        return chosen[np.argsort(-sizes[chosen], kind="stable")]


class Ledger:
    """The rows and texts of a coded source, open; a context. Raises StoreError where damaged."""

    def __init__(self, source: CodedSource) -> None:
        self.source = source
        self._known: dict[int, LedgerLine] = {}
        self._groups: dict[int, dict[str, pa.ChunkedArray]] = {}
        self._stack = ExitStack()
        with readable(source), self._stack:
            self._file = self._stack.enter_context(pq.ParquetFile(source.rows))
            schema = self._file.schema_arrow
            self._columns = {name: number for number, name in enumerate(schema.names)}
            self._scale = schema.field("amount").type.scale
            counts = [self._file.metadata.row_group(n).num_rows for n in self._numbers]
            self._starts = [0, *np.cumsum(counts).tolist()]
            self.texts = self._stack.enter_context(Texts(source))
            self._stack = self._stack.pop_all()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close its files."""
        self._stack.close()

    @property
    def _numbers(self) -> range:
        return range(self._file.num_row_groups)

    def sizes(self, periods: Collection[int], currency: str) -> Sizes:
        """Give the amounts of all rows of some periods and a currency."""
        wanted = sorted(periods)
        code = self.texts.code("currency", currency)
        groups = [
            n for n, (low, high) in self._ranges("period")
            if any(low <= period <= high for period in wanted)
        ]  # fmt: skip
        found = self._read(groups, ("period", "currency", "amount"))
        of, held = (found[name].to_numpy() for name in ("period", "currency"))
        rows = np.flatnonzero(np.isin(of, wanted) & (held == code))
        spans = [np.arange(self._starts[n], self._starts[n + 1]) for n in groups]
        places = np.concatenate([np.array([], np.int64), *spans])
        sizes = np.abs(_wholes(found["amount"]))
        return Sizes(places[rows], of[rows], sizes[rows], self._scale)

    def at(self, places: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """Give columns of the rows at some places, in their order."""
        by_group: dict[int, list[int]] = {}
        for number, place in enumerate(places):
            by_group.setdefault(bisect_right(self._starts, place) - 1, []).append(number)
        parts = []
        for group, numbers in by_group.items():
            within = [places[number] - self._starts[group] for number in numbers]
            parts.append(self._group(group, columns).take(pa.array(within, pa.int64())))
        order = np.argsort([number for numbers in by_group.values() for number in numbers])
        return pa.concat_tables(parts or [self._read([], columns)]).take(pa.array(order))

    def _group(self, group: int, columns: Sequence[str]) -> pa.Table:
        """Give columns of a row group; those of the last few groups are not read again."""
        held = self._groups.pop(group, {})
        if missing := [column for column in columns if column not in held]:
            read = self._read([group], missing)
            held |= {column: read[column] for column in missing}
        if len(self._groups) >= _FEW_GROUPS:
            self._groups.pop(next(iter(self._groups)))
        self._groups[group] = held
        return pa.table({column: held[column] for column in columns})

    def expect(self, places: Sequence[int]) -> None:
        """Read what lines about these places are told from, where few row groups have them."""
        groups = {bisect_right(self._starts, place) - 1 for place in places}
        if len(groups) <= _FEW_GROUPS:
            for group in sorted(groups):
                self._group(group, self._told)

    @property
    def _told(self) -> tuple[str, ...]:
        return (*_FIXED, "currency", *self.source.columns)

    def lines(self, places: Sequence[int]) -> dict[int, LedgerLine]:
        """Give the lines at some places; what was told before is not read again."""
        known = {place: self._known[place] for place in places if place in self._known}
        known |= self._lines([place for place in places if place not in known])
        if len(self._known) + len(known) > _KEPT:
            self._known.clear()
        self._known |= known
        return known

    def _lines(self, places: Sequence[int]) -> dict[int, LedgerLine]:
        if not places:
            return {}
        source = self.source
        coded = ("currency", *source.columns)
        found = self.at(places, self._told)
        columns = [found[column].to_pylist() for column in _FIXED]
        columns += [self.texts.of(column, found[column].to_numpy()).to_pylist() for column in coded]
        made = {}
        for at, period, day, amount, file, line, row_hash, ordinal, currency, *values in zip(
            places, *columns, strict=True
        ):
            made[at] = LedgerLine(
                source.name, source.files[file].name, line,
                row_hash.hex() + (f":{ordinal}" if ordinal else ""),
                period, day, currency, amount, dict(zip(source.columns, values, strict=True)),
            )  # fmt: skip
        return made

    def standing(self, files: Collection[int], line: int) -> list[int]:
        """Give the places of the rows that stand at a line of one of some files."""
        ranges = dict(self._ranges("file"))
        groups = [
            n for n, (low, high) in self._ranges("line")
            if low <= line <= high and any(ranges[n][0] <= each <= ranges[n][1] for each in files)
        ]  # fmt: skip
        found = []
        for group in groups:
            rows = self._read([group], ("file", "line"))
            same = (rows["line"].to_numpy() == line) & np.isin(rows["file"].to_numpy(), [*files])
            found += (np.flatnonzero(same) + self._starts[group]).tolist()
        return found

    def hashed(self, low: bytes, high: bytes, ordinal: int | None) -> list[int]:
        """Give the places of the rows whose hash lies between two, both included."""
        ends = [np.frombuffer(end[:8], ">u8")[0] for end in (low, high)]
        found = []
        for group in self._numbers:
            hashes = self._read([group], ("row_hash",))["row_hash"].combine_chunks()
            first = np.frombuffer(_bytes(hashes), ">u8")[::2]
            near = np.flatnonzero((first >= ends[0]) & (first <= ends[1])).tolist()
            found += [
                self._starts[group] + row for row in near if low <= hashes[row].as_py() <= high
            ]
        if ordinal is None or not found:
            return found
        numbers = self.at(found, ("ordinal",))["ordinal"].to_pylist()
        return [place for place, number in zip(found, numbers, strict=True) if number == ordinal]

    def _ranges(self, column: str) -> Iterator[tuple[int, tuple[float, float]]]:
        """Give the least and the greatest value of a column in each row group, as far as known."""
        with readable(self.source):
            place = self._columns[column]
            for number in self._numbers:
                found = self._file.metadata.row_group(number).column(place).statistics
                told = found is not None and found.has_min_max
                yield number, (found.min, found.max) if told else (-np.inf, np.inf)

    def _read(self, groups: Sequence[int], columns: Sequence[str]) -> pa.Table:
        with readable(self.source):
            return self._file.read_row_groups(
                [*groups], columns=[*columns], use_threads=len(groups) > _FEW_GROUPS
            )


def _wholes(column: pa.ChunkedArray) -> NDArray[Any]:
    """Give decimals in units of their last digit: in 64 bits where all of them fit."""
    parts = []
    for chunk in column.chunks:
        words = np.frombuffer(chunk.buffers()[1], np.int64)
        words = words[2 * chunk.offset : 2 * (chunk.offset + len(chunk))]
        low, high = words[::2], words[1::2]
        if not np.array_equal(high, low >> (_WORD - 1)) or (low == np.iinfo(np.int64).min).any():
            scale = column.type.scale
            return np.array([int(_WIDE.scaleb(n, scale)) for n in column.to_pylist()], np.object_)
        parts.append(low)
    return np.concatenate([np.array([], np.int64), *parts])


def _bytes(hashes: pa.Array) -> memoryview:
    """Give the bytes of fixed-size binaries one after the other."""
    whole = memoryview(hashes.buffers()[1] or b"")
    return whole[_HASH * hashes.offset : _HASH * (hashes.offset + len(hashes))]
