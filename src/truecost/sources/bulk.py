"""Large Parquet files become a coded source: whole columns at a time, in little memory.

Only for sources that say `identity: position`. Values are read and cleaned by the code that reads
any file, but once per distinct text of a batch, or of the whole source; what can't be read goes,
row by row, the way of all files (`reading`), so that reasons are the same. Rows wait on the disk
(`bulk_spill`), and get their texts' codes once all texts are known (`bulk_rows`). Several threads
may read a file each: what they share is changed by one of them at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.sources import apart, bulk_batch
from truecost.sources.bulk_batch import Batch, Coded, Numbers
from truecost.sources.bulk_figures import Figures
from truecost.sources.bulk_spill import Spill, constant, narrow, taken
from truecost.sources.bulk_texts import Dictionary
from truecost.sources.delimited import Record
from truecost.sources.gathering import Gathered
from truecost.sources.header import find_header
from truecost.sources.reading import CHUNK, Reader
from truecost.store.sources import LoadedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from truecost.kernel.calendars import Calendar
    from truecost.model.source_types import Source
    from truecost.sources.header import Header

#: What reads files in a process apart.
MODULE = "truecost.sources.columnar_codes"
_NUMBERS = ("amount", "quantity")
_SHIFT = np.array("1970-01-01", "datetime64[D]")


class BulkReader:
    """Reads files into a spill, and what is known of their rows."""

    def __init__(
        self,
        source: Source,
        columns: tuple[str, ...],
        currency: str,
        calendar: Calendar,
        spill: Spill,
    ) -> None:
        self._source = source
        self._lock = Lock()
        self._calendar = calendar
        self.spill = spill
        self.gathered = Gathered(columns)
        self.reader = Reader(source, currency, self.gathered)
        self.dictionaries: dict[str, Dictionary] = defaultdict(Dictionary)
        self.currencies: dict[str, int] = {}
        self.figures = Figures()

    def read(
        self,
        readers: apart.Readers,
        path: Path,
        name: str,
        number: int,
        sha256: str,
        tell: Callable[[float], None],
    ) -> LoadedFile:
        """Read one file. Raise SourceError if it can't be read."""
        with readers.reading(str(path), name) as other:
            names, rows = other.next()
            header = find_header(iter([Record(0, "", names)]), self._source.layouts, name, "")
            with self._lock:
                header = self.reader.begin(header)
            if "debit" in header.positions:
                what = "with  identity: position  amounts stand in one column, not in two"
                raise SourceError(Finding(Place(name), what, "leave  identity:  out"))
            wanted = sorted(set(header.positions.values()))
            exact = [header.positions[each] for each in _NUMBERS if each in header.positions]
            other.tell([wanted, exact])
            seen: dict[str, Counter[str]] = defaultdict(Counter)
            reached = 0
            while (said := other.next()) and isinstance(said[0], int):
                batch = Batch(said[0], said[1], _table(other))
                with self._lock:
                    self._take(batch, header, number, reached, seen)
                    reached += batch.rows
                    tell(reached / max(rows, 1))
        with self._lock:
            self.reader.meaning.see(seen)
            notes = (*said, *self.reader.meaning.notes())
        return LoadedFile(name, sha256, reached, "parquet", header.layout, header.line, notes)

    def _take(
        self,
        batch: Batch,
        header: Header,
        file: int,
        before: int,
        seen: Mapping[str, Counter[str]],
    ) -> None:
        rows = batch.rows
        if not rows:
            return
        columns = {
            name: batch.column(header.positions[name])
            if name in header.positions
            else Coded.same("", rows)
            for name in ("date", "currency", *self.gathered.columns)
        }
        odd = {
            name: batch.odd(header.positions[name])
            if name in header.positions
            else Coded.same("", rows)
            for name in _NUMBERS
        }
        day, no_day = bulk_batch.days(columns["date"], self.reader.typed["date"])
        forms = self.reader.typed["currency"].column(columns["currency"].texts.to_pylist())
        found = {
            name: bulk_batch.numbers(
                odd[name],
                batch.exact(header.positions[name]) if name in header.positions else None,
                rows,
                self.reader.typed[name],
                flipped=name == "amount" and self._source.costs_are_negative,
            )
            for name in _NUMBERS
        }
        bad = found["amount"].bad | found["quantity"].bad
        if no_day.any():
            bad |= no_day[columns["date"].codes]
        if "" in forms:
            bad |= np.array([not form for form in forms], np.bool_)[columns["currency"].codes]
        bad[
            bulk_batch.contradicting(
                odd["amount"], self.reader.amounts, columns["currency"].codes, forms
            )
        ] = True
        if bad.any():
            self._refuse(batch, header, file, before, np.flatnonzero(bad))
        good = np.flatnonzero(~bad) if bad.any() else None
        periods = self._calendar.indexes(_SHIFT + day.astype("timedelta64[D]"))
        codes = np.array([self._currency(form) for form in forms], np.int16)
        kept: dict[str, NDArray[Any]] = {
            "period": _by_code(periods, columns["date"]),
            "day": columns["date"].codes,
            "currency": _by_code(codes, columns["currency"]),
            "line": np.arange(before + 1, before + rows + 1, dtype=np.int32),
        }
        if self._source.focus and (numbers := odd["amount"]) is not None:
            seen["amount"].update(_odd(numbers, good))
        self._keep(kept, found, columns, good, file, seen, day)

    def _keep(
        self,
        arrays: dict[str, NDArray[Any]],
        found: Mapping[str, Numbers],
        columns: Mapping[str, Coded],
        good: NDArray[np.int64] | None,
        file: int,
        seen: Mapping[str, Counter[str]],
        day: NDArray[np.int32],
    ) -> None:
        """Keep the good rows, by period. Days are codes of `day`."""
        if good is not None:
            arrays = {name: taken(array, good) for name, array in arrays.items()}
            found = {name: each.taken(good) for name, each in found.items()}
        if not len(arrays["period"]):
            return
        days = day[Coded(arrays["day"], columns["date"].texts).there()]
        self.figures.take(arrays["currency"], days, len(arrays["period"]), found)
        places = {}
        for name in self.gathered.columns:
            column = columns[name].used(good)
            if self._source.focus:
                seen[name].update(column.counts())
            places[name] = self.dictionaries[name].take(column.texts)
            arrays[name] = narrow(column.codes, len(column.texts))
        period = arrays.pop("period")
        first, last = int(period.min()), int(period.max())
        for month in [first] if first == last else np.unique(period).tolist():
            some, numbers = arrays, found
            if first != last:
                rows = np.flatnonzero(period == month)
                some = {name: taken(array, rows) for name, array in arrays.items()}
                numbers = {name: each.taken(rows) for name, each in found.items()}
            some = some | {name: each.whole for name, each in numbers.items()}
            wide = {name: each.wide for name, each in numbers.items()}
            self.spill.keep((month, file), some, day, places, wide)

    def _refuse(
        self,
        batch: Batch,
        header: Header,
        file: int,
        before: int,
        rows: NDArray[np.int64],
    ) -> None:
        """Put rows that can't be read through the ordinary way, which says why."""
        known = len(self.gathered.rejects) + self.gathered.blank
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            fields = [[""] * header.width for _ in some]
            for at in sorted(set(header.positions.values())):
                for field, text in zip(fields, batch.texts(at, some), strict=True):
                    field[at] = text
            lines = (before + some + 1).tolist()
            self.reader.take(
                [Record(line, "", field) for line, field in zip(lines, fields, strict=True)],
                header, file,
            )  # fmt: skip
        if len(self.gathered.rejects) + self.gathered.blank != known + len(rows):
            raise RuntimeError("rows that could not be read were read after all")

    def _currency(self, form: str) -> int:
        return self.currencies.setdefault(form, len(self.currencies)) if form else -1


def _by_code(values: NDArray[Any], column: Coded) -> NDArray[Any]:
    """Give what rows have by the codes of a column."""
    if (values == values[0]).all():
        return constant(int(values[0]), len(column.codes))
    found: NDArray[Any] = values[column.codes]
    return found


def _odd(column: Coded, rows: NDArray[np.int64] | None) -> Mapping[str, int]:
    """Give how many rows have each number that did not come as an integer."""
    codes = column.codes if rows is None else column.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.texts))
    return {text: rows for text, rows in bulk_batch.counted(column, counts).items() if rows}


def _table(other: apart.Apart) -> pa.RecordBatch:
    try:
        with pa.ipc.open_stream(other.output) as stream:
            found = stream.read_next_batch()
            with suppress(StopIteration):
                stream.read_next_batch()  # there is none; so its end is read too
            return found
    except (pa.ArrowException, OSError, StopIteration):
        other.died()
