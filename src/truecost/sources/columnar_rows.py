"""The process that reads Parquet: `python -m truecost.sources.columnar_rows MEMORY FILE`.

It writes a line of JSON `[names of columns, rows]`, takes one with the numbers of the columns that
are wanted, and gives these as an Arrow stream of text; then a line of JSON with what is to be said.
"""

from __future__ import annotations

import json
import os
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # reserves no more than it uses

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.sources import apart
from truecost.sources.doubles import shortest
from truecost.sources.values import DECIMALS
from truecost.store.arrow import without_pandas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Rows taken at a time, and how many a file may have for each of its bytes.
_ROWS = 20_000
#: Bytes of text that so many rows may come to, and one value.
_LARGEST, LONGEST = 256 << 20, 1 << 20
_ROWS_PER_BYTE = 200
_DENSE = 10_000_000
#: More decimals than amounts have, or an exponent.
_LONG = rf"e|\.[0-9]{{{DECIMALS + 1},}}"
_MIDNIGHT = r"[ T]00:00:00(\.0+)?Z?$"
_NOT_READ = "this is no Parquet file, or it is cut short or damaged"


def main(
    memory: int, path: str, give: Callable[[pq.ParquetFile, Any, str], Sequence[Column]]
) -> None:
    """Read a Parquet file: offer it, take what is asked, `give` it, and say what its columns note.

    `give` takes the file, what was asked, and the path, and gives the columns that it wrote.
    """
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    without_pandas()
    apart.limit_memory(memory)
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            rows = file.metadata.num_rows
            if rows > max(_DENSE, _ROWS_PER_BYTE * os.path.getsize(path)):  # noqa: PTH202  start-up counts
                what = f"the file claims {rows:,} rows, more than it can hold"
                apart.refuse(what, "ask for it again")
                return
            apart.say([file.schema_arrow.names, rows])
            sys.stdout.buffer.flush()
            columns = give(file, json.loads(sys.stdin.buffer.readline()), path)
            apart.say([note for column in columns for note in column.notes()])
            sys.stdout.buffer.flush()
    except (pa.ArrowException, OSError, ValueError, KeyError):
        apart.refuse(_NOT_READ, "ask for the file again")


def _texts(file: pq.ParquetFile, wanted: Sequence[int], _path: str) -> Sequence[Column]:
    """Write the wanted columns as text."""
    schema = file.schema_arrow
    fields = [schema.field(number) for number in wanted]
    columns = [Column(field) for field in fields]
    texts = pa.schema([(str(number), pa.string()) for number in wanted])
    place = {name: number for number, name in enumerate(dict.fromkeys(schema.names))}
    chosen = sorted({field.name for field in fields}, key=lambda name: place[name])
    with pa.ipc.new_stream(sys.stdout.buffer, texts) as stream:
        for batch in file.iter_batches(_ROWS, columns=chosen, use_threads=False):
            arrays = [column.text(batch.column(column.name)) for column in columns]
            longest = max(
                (pc.max(pc.binary_length(array)).as_py() or 0 for array in arrays), default=0
            )
            if longest > LONGEST or sum(array.nbytes for array in arrays) > _LARGEST:
                raise MemoryError
            if arrays:
                stream.write_batch(pa.record_batch(arrays, schema=texts))
    return columns


class Column:
    """A column as text, and what is to be said of it."""

    def __init__(self, field: pa.Field) -> None:
        self.name = field.name
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        self._type = kind
        self._rounded = 0
        self._times: dict[str, int] = {}
        self._has = False

    @property
    def is_binary(self) -> bool:
        """Say whether the values are binary numbers."""
        return bool(pa.types.is_floating(self._type))

    def text(self, array: pa.Array) -> pa.Array:
        """Give the values as text; what is not there is empty."""
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        self.seen(array)
        return pc.fill_null(self._texts(array), "")

    def distinct(self, array: pa.Array, times: Sequence[int]) -> pa.Array:
        """Give the values as text, of which each stands for so many rows."""
        if self.is_binary:
            texts = pc.cast(array, pa.string())
            places = pc.indices_nonzero(pc.match_substring_regex(texts, _LONG)).to_pylist()
            self._times = {texts[place].as_py(): times[place] for place in places}
        return self.text(array)

    def seen(self, array: pa.Array) -> None:
        """Take note of values whose text is not asked."""
        self._has = self._has or array.null_count < len(array)

    def _texts(self, array: pa.Array) -> pa.Array:
        kind = self._type
        if pa.types.is_floating(kind):
            wide = array if kind == pa.float64() else _widened(array)
            return _each(pc.cast(wide, pa.string()), _LONG, self._shortened)
        if pa.types.is_decimal(kind):
            return _each(pc.cast(array, pa.string()), "E", lambda text: f"{Decimal(text):f}")
        if pa.types.is_timestamp(kind):
            plain = pc.cast(array, pa.timestamp(kind.unit))
            return pc.replace_substring_regex(pc.cast(plain, pa.string()), _MIDNIGHT, "")
        if _castable(kind):
            return pc.cast(array, pa.string())
        return pa.array(map(_spelt, array.to_pylist()), pa.string())

    def _shortened(self, text: str) -> str:
        short, rounded = shortest(float(text))
        self._rounded += rounded * self._times.get(text, 1)
        return short

    def notes(self) -> list[str]:
        """Say how values were read that are not text, exact numbers or dates."""
        if not self._has:
            return []
        if pa.types.is_floating(self._type):
            note = f"{self.name}: binary numbers, read by their shortest decimals"
            rounded = f"; rounded at the twelfth decimal: {self._rounded:,}"
            return [note + (rounded if self._rounded else "")]
        if pa.types.is_timestamp(self._type) and self._type.tz:
            return [f"{self.name}: times in a time zone; their date is the one in UTC"]
        return []


def _castable(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_integer(kind)
        or types.is_boolean(kind)
        or types.is_date(kind)
        or types.is_time(kind)
        or types.is_null(kind)
    )


def _widened(array: pa.Array) -> pa.Array:
    """Give small floats as the doubles that are written the same."""
    return pc.cast(pc.cast(array.cast(pa.float32()), pa.string()), pa.float64())


def _each(texts: pa.Array, pattern: str, change: Callable[[str], str]) -> pa.Array:
    """Change the texts that match a pattern."""
    hits = pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)
    if not pc.any(hits).as_py():
        return texts
    return pc.replace_with_mask(texts, hits, _changed(texts.filter(hits).to_pylist(), change))


def _changed(texts: Sequence[str], change: Callable[[str], str]) -> pa.Array:
    return pa.array(map(change, texts), pa.string())


def _spelt(value: Any) -> str | None:
    """Write a value that has parts as JSON, and bytes that are text as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, list | dict):
        return json.dumps(_plain(value), ensure_ascii=False, default=_spelt)
    return str(value)


def _plain(value: Any) -> Any:
    """Give a map, which comes as pairs, as an object."""
    if isinstance(value, list) and value and all(isinstance(e, tuple) for e in value):
        return {str(key): _plain(inner) for key, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], _texts)
