"""Rows that are kept as arrays: added up from these, without the table that is made of them."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from truecost.engine.classify_session import damaged, view
from truecost.engine.classify_signatures import PERIOD
from truecost.engine.dialects.arrays import Adder
from truecost.engine.dialects.duckdb import WORD, DuckdbRows
from truecost.store import arrays
from truecost.store.arrays import DECIMALS, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb
    import pyarrow as pa
    from numpy.typing import NDArray

    from truecost.engine.dialects.arrays import Batch
    from truecost.engine.dialects.rows import Kept, Span
    from truecost.engine.plan import Plan
    from truecost.store.arrays import Arrays, Segment
    from truecost.store.sources import CodedSource

_CURRENCY, _AMOUNT = "currency", "amount"
#: Rows that are in a thread's hands at a time: what is made of them stays in the cache.
_BATCH = 1 << 15


class ArrayRows(DuckdbRows):
    """Rows of a source that is kept by arrays. What these can't answer is asked of the table."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, source: CodedSource, threads: int | None = None
    ) -> None:
        super().__init__(connection, source, threads)
        self._of = source
        self._viewed = False

    @cached_property
    def _kept(self) -> Arrays:
        try:
            return arrays.find(self._of.folder)
        except (OSError, ValueError, KeyError) as error:
            raise damaged(self._of, error) from error

    @cached_property
    def _types(self) -> Mapping[str, str]:
        kinds = {field.name: str(field.type) for field in self._kept.schema}
        numbers = {
            name: f"DECIMAL({width},{digits})"
            for name, (width, digits) in self._kept.digits.items()
        }
        return kinds | numbers

    def count(self, periods: Span | None = None) -> int:
        """Give how many rows there are."""
        return sum(segment.rows for segment in self._segments(periods))

    def span(self) -> tuple[int, int] | None:
        """Give the first and the last period, None without rows."""
        periods = {segment.period for segment in self._kept.segments}
        return (min(periods), max(periods)) if periods else None

    def largest(self, column: str) -> int:
        """Give the largest code of a column that rows have, -1 without rows."""
        return self._kept.largest[column]

    def greatest(self, column: str) -> int:
        """Give the largest "amount" or "quantity", either sign, without its point; 0 if none."""
        finer = DECIMALS - self._kept.digits[column][1]
        return int(self._kept.greatest[column] // 10**finer)

    def distinct(
        self, parts: Mapping[str, NDArray[np.int64]], most: int, periods: Span | None = None
    ) -> NDArray[np.int64] | None:
        """Give the distinct sums of parts over rows, ascending; None where more than `most`."""
        try:
            return self._distinct(parts, most, periods)
        except (OSError, IndexError, ValueError, KeyError) as error:
            raise damaged(self._of, error) from error

    def _distinct(
        self, parts: Mapping[str, NDArray[np.int64]], most: int, periods: Span | None
    ) -> NDArray[np.int64] | None:
        first = (self.span() or (0, 0))[0]
        found: NDArray[np.int64] = np.zeros(0, np.int64)
        for segment in self._segments(periods):
            for batch in self._read(segment, [column for column in parts if column != PERIOD]):
                keys = np.zeros(len(batch[_AMOUNT]), np.int64)
                for column, part in parts.items():
                    if column == PERIOD:
                        keys += part[segment.period - first]
                    else:
                        keys += part.take(batch[column]) if column in batch else part[0]
                found = np.union1d(found, keys)
                if len(found) > most:
                    return None
        return found

    def cells(self, plan: Plan, periods: Span | None, kept: Kept) -> pa.Table:
        """Add up rows that are alike (see `Rows`)."""
        span = self.span()
        width, digits = self.digits(_AMOUNT)
        if kept or width > WORD or span is None or not Adder.suits(plan):
            return super().cells(plan, periods, kept)
        adder = Adder(plan, span, self.largest(_CURRENCY) + 1)
        columns = [lookup.column for lookup in plan.lookups]
        wide = any(_AMOUNT in segment.wide for segment in self._kept.segments)
        step = 10 ** (DECIMALS - digits) if wide else 1
        reads = [partial(self._read, segment, columns, step) for segment in self._segments(periods)]
        try:
            adder.add(reads, self._threads)
        except (OSError, IndexError, ValueError, KeyError) as error:
            raise damaged(self._of, error) from error
        return adder.table(digits, finer=0 if wide else DECIMALS - digits)

    def lines(self, plan: Plan, fetched: Mapping[str, str], periods: Span | None = None) -> str:
        """Prepare what `DuckdbRows.lines` does, and the table of the rows."""
        if not self._viewed:
            view(self._connection, "ledger", self._of.rows)
            self._viewed = True
        return super().lines(plan, fetched, periods)

    def _segments(self, periods: Span | None) -> list[Segment]:
        return [
            segment
            for segment in self._kept.segments
            if not periods or periods[0].index <= segment.period <= periods[1].index
        ]

    def _read(self, segment: Segment, columns: Sequence[str], step: int = 1) -> Iterator[Batch]:
        """Give a segment's rows, some at a time, with amounts in units of so many 10⁻¹²."""
        wanted = [name for name in {_CURRENCY, *columns} if name in segment.codes]
        with (self._kept.folder / arrays.BIN).open("rb", buffering=0) as file:
            reading = Reading(file)
            give: dict[str, Callable[[int, int], NDArray[Any]]] = {
                PERIOD: partial(_same, segment.period),
                _AMOUNT: partial(_amounts, reading, segment, step),
            }
            for name in wanted:
                of = segment.codes[name]
                if isinstance(of, int):
                    give[name] = partial(_same, of)
                else:
                    give[name] = partial(_coded, reading, of[0], reading.codes(of))
            for start in range(0, segment.rows, _BATCH):
                stop = min(start + _BATCH, segment.rows)
                yield {name: read(start, stop) for name, read in give.items()}


def _same(value: int, start: int, stop: int) -> NDArray[np.int64]:
    return np.full(stop - start, value)


def _amounts(
    reading: Reading, segment: Segment, step: int, start: int, stop: int
) -> NDArray[np.int64]:
    found: NDArray[np.int64] = reading.part(segment.parts[_AMOUNT], start, stop)
    if step > 1:
        found = found // step
        for row, amount in segment.wide.get(_AMOUNT, {}).items():
            if start <= row < stop:
                found[row - start] = amount // step
    return found


def _coded(
    reading: Reading, part: arrays.Part, codes: NDArray[np.int32], start: int, stop: int
) -> NDArray[np.int32]:
    return codes.take(reading.part(part, start, stop))
