"""Rows as plain arrays, in the order in which they were read: what reading a large bill leaves.

`rows.bin` holds arrays one after the other, `rows.json` says where each begins. Rows of one file
and one period that were read together are a *segment*. Its texts are numbers of its own, with an
array that gives the dictionary's code of each. Writing this costs little, and adding rows up by
their codes reads nothing else. `rows.parquet`, which all other questions read, is made of it by the
first of them (`write_rows`): always the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

import numpy as np
import pyarrow as pa

from truecost.kernel import digest
from truecost.kernel.findings import Finding, StoreError
from truecost.store import content, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BIN, JSON, ROWS = "rows.bin", "rows.json", "rows.parquet"
#: Digits after the point that numbers are kept with.
DECIMALS = 12
_THREADS = 2
_TRIES = 3
#: Columns of which hardly a value comes twice: smaller, and written in half the time, as they are.
_PLAIN = ("amount", "row_hash", "line")
#: An array: {"at": where it begins, "kind": its type, "of": where the array begins of
#: which it has places, and its length}, or what all rows have, {"all": value}, or numbers that
#: follow each other, {"from": the first}.
Part: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one file and one period that were read together.

    `parts` are `line`, `day`, and the numbers, which are whole, times 10¹²; those that need more
    than 64 bits stand in `wide`, by column and row. `codes` gives for each column of text, and for
    the currency, the array of its rows' own numbers and where the array of their codes begins, with
    its length; or the code that all rows have.
    """

    period: int
    file: int
    rows: int
    parts: Mapping[str, Part]
    wide: Mapping[str, Mapping[int, int]]
    codes: Mapping[str, tuple[Part, int, int] | int]


@dataclass(frozen=True, slots=True)
class Arrays:
    """The rows of a coded source, as they are kept.

    `columns` are text columns in order; `hashes` the first 8 bytes of each file's SHA-256; `digits`
    of numbers all digits and those after the point; `largest` the largest code of each column;
    `greatest` the largest number of each, without its sign, times 10¹².
    """

    folder: Path
    columns: tuple[str, ...]
    hashes: tuple[int, ...]
    digits: Mapping[str, tuple[int, int]]
    largest: Mapping[str, int]
    greatest: Mapping[str, int]
    segments: tuple[Segment, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(segment.rows for segment in self.segments)

    @property
    def schema(self) -> pa.Schema:
        """The columns of `rows.parquet`."""
        numbers = {name: pa.decimal128(*digits) for name, digits in self.digits.items()}
        kinds = {"period": pa.int32(), "day": pa.date32(), "currency": pa.int32(), **numbers}
        kinds |= dict.fromkeys(self.columns, pa.int32())
        kinds |= {"row_hash": pa.binary(16), "ordinal": pa.int32(), "file": pa.int32()}
        return pa.schema([*kinds.items(), ("line", pa.int32())])


class Reading:
    """Reads arrays; one for each thread, closed by whoever opened `file`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def part(self, part: Part, start: int, stop: int) -> NDArray[Any]:
        """Give what rows of a segment have, from `start` to before `stop`."""
        if "all" in part:
            return np.broadcast_to(np.int64(part["all"]), stop - start)
        if "from" in part:
            return np.arange(part["from"] + start, part["from"] + stop)
        kind = np.dtype(part["kind"])
        found = self._read(part["at"] + start * kind.itemsize, kind, stop - start)
        if "of" in part:
            at, count = part["of"]
            return self._read(at, np.dtype("<i4"), count).take(found)
        return found

    def codes(self, of: tuple[Part, int, int]) -> NDArray[np.int32]:
        """Give the codes by a segment's own numbers."""
        return self._read(of[1], np.dtype("<i4"), of[2])

    def _read(self, at: int, kind: np.dtype[Any], count: int) -> NDArray[Any]:
        found = np.empty(count, kind)
        self._file.seek(at)
        if count and self._file.readinto(found.data.cast("B")) != found.nbytes:  # type: ignore[attr-defined]
            raise OSError("the file is cut short")
        return found


def find(folder: Path) -> Arrays:
    """Give the rows that are kept in a folder. Raise OSError, ValueError or KeyError if damaged."""
    found = json.loads((folder / JSON).read_bytes())
    segments = (
        Segment(
            each["period"],
            each["file"],
            each["rows"],
            each["parts"],
            {
                name: {int(row): int(number) for row, number in wide.items()}
                for name, wide in each["wide"].items()
            },
            {
                name: of if isinstance(of, int) else (of[0], of[1], of[2])
                for name, of in each["codes"].items()
            },
        )
        for each in found["segments"]
    )
    return Arrays(
        folder,
        tuple(found["columns"]),
        tuple(int(each, 16) for each in found["hashes"]),
        {name: (width, digits) for name, (width, digits) in found["digits"].items()},
        found["largest"],
        {name: int(number) for name, number in found["greatest"].items()},
        tuple(segments),
    )


def as_json(arrays: Arrays) -> bytes:
    """Give `rows.json`. Numbers of any size stand as text."""
    segments = [
        {
            "period": each.period,
            "file": each.file,
            "rows": each.rows,
            "parts": dict(each.parts),
            "wide": {
                name: {str(row): str(number) for row, number in wide.items()}
                for name, wide in each.wide.items()
            },
            "codes": dict(each.codes),
        }
        for each in arrays.segments
    ]
    said = {
        "columns": arrays.columns,
        "hashes": [f"{each:016x}" for each in arrays.hashes],
        "digits": dict(arrays.digits),
        "largest": dict(arrays.largest),
        "greatest": {name: str(number) for name, number in arrays.greatest.items()},
        "segments": segments,
    }
    return f"{json.dumps(said, sort_keys=True)}\n".encode()


def write_rows(folder: Path, temporary: Path) -> None:
    """Make `rows.parquet` where it is not there yet; whoever else makes it makes the same.

    Raise StoreError where it can't be made.
    """
    path = folder / ROWS
    for left in reversed(range(_TRIES)):
        if path.exists():
            return
        written = temporary / uuid4().hex
        try:
            _write(find(folder), written)
            written.replace(path)
        except FileNotFoundError:  # swept by one who took the lock meanwhile
            if left:
                continue
            raise
        except (OSError, ValueError, KeyError, IndexError) as error:
            what = f"the table of the rows can't be made ({type(error).__name__})"
            hint = f"is there room on the disk, and may the store be written? Or remove {folder}"
            raise StoreError(Finding(None, what, f"{hint}; it is read again")) from error
        finally:
            with suppress(OSError):
                written.unlink()


def hash_of(arrays: str, segments: str) -> str:
    """Give the hash of rows by those of `rows.bin` and `rows.json`."""
    return digest.of({"arrays": arrays, "segments": segments})


def hash_files(folder: Path) -> str:
    """Give the hash of the rows that a folder has."""
    return hash_of(digest.of_file(folder / BIN), digest.of_file(folder / JSON))


def hashed(folder: Path) -> str:
    """Give the hash of what `rows.parquet` has to say."""
    arrays = find(folder)
    found = content.GrowingHash(arrays.schema, arrays.rows)
    with ThreadPoolExecutor(_THREADS) as pool:
        for table in _tables(arrays):
            found.add(table, pool)
    return found.hexdigest()


def _write(arrays: Arrays, path: Path) -> None:
    counts: Counter[int] = Counter()
    for segment in arrays.segments:
        counts[segment.period] += segment.rows
    ends = np.cumsum([counts[period] for period in sorted(counts)]).tolist()
    with parquet.writer(path, arrays.schema, plain=_PLAIN) as writer:
        for group in _groups(_tables(arrays), parquet.cuts(ends)[1:]):
            writer.write_table(group, parquet.PERIOD_GROUP)
        if not arrays.rows:
            writer.write_table(arrays.schema.empty_table())


def _groups(tables: Iterator[pa.Table], cuts: Sequence[int]) -> Iterator[pa.Table]:
    """Cut rows into row groups: where `cuts` say, and where one is full."""
    waiting: list[pa.Table] = []
    at, have = 0, 0
    ends = iter(cuts)
    end = next(ends, 0)
    for table in tables:
        rest = table
        while rest.num_rows:
            room = min(parquet.PERIOD_GROUP - have, end - at - have)
            part = rest.slice(0, room)
            rest = rest.slice(part.num_rows)
            waiting.append(part)
            have += part.num_rows
            if have == parquet.PERIOD_GROUP or at + have == end:
                yield pa.concat_tables(waiting).combine_chunks()
                at, have, waiting = at + have, 0, []
                end = next(ends, 0) if at == end else end


def _tables(arrays: Arrays) -> Iterator[pa.Table]:
    """Give the rows in their order: a table for each segment."""
    order = sorted(
        enumerate(arrays.segments),
        key=lambda each: (each[1].period, arrays.hashes[each[1].file], each[0]),
    )
    with (arrays.folder / BIN).open("rb", buffering=0) as file:
        reading = Reading(file)
        for _, segment in order:
            yield _table(arrays, segment, reading)


def _table(arrays: Arrays, segment: Segment, reading: Reading) -> pa.Table:
    """Give a segment's rows as they are stored."""
    rows = segment.rows
    parts = {name: reading.part(part, 0, rows) for name, part in segment.parts.items()}
    line = parts["line"].astype(np.int32)
    hashes = np.empty((rows, 2), ">u8")
    hashes[:, 0] = arrays.hashes[segment.file]
    hashes[:, 1] = line
    columns = {
        "period": pa.array(np.full(rows, segment.period, np.int32)),
        "day": pa.array(parts["day"].astype(np.int32), pa.int32()).cast(pa.date32()),
        "row_hash": pa.Array.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(hashes)]),
        "ordinal": pa.array(np.zeros(rows, np.int32)),
        "file": pa.array(np.full(rows, segment.file, np.int32)),
        "line": pa.array(line),
    }
    for name, digits in arrays.digits.items():
        columns[name] = _number(parts[name], segment.wide.get(name, {}), digits)
    for name, of in segment.codes.items():
        if isinstance(of, int):
            columns[name] = pa.array(np.full(rows, of, np.int32))
        else:
            columns[name] = pa.array(reading.codes(of).take(reading.part(of[0], 0, rows)))
    schema = arrays.schema
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _number(whole: NDArray[Any], wide: Mapping[int, int], digits: tuple[int, int]) -> pa.Array:
    """Give numbers with as many digits after the point as all need."""
    step = 10 ** (DECIMALS - digits[1])
    halves = np.empty((len(whole), 2), np.int64)
    halves[:, 0] = whole // step if step > 1 else whole
    halves[:, 1] = halves[:, 0] >> 63
    for row, number in wide.items():
        data = (number // step).to_bytes(16, "little", signed=True)
        halves[row] = np.frombuffer(data, "<i8")
    kind = pa.decimal128(*digits)
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(halves)])
