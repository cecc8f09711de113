"""Large tables as CSV and Parquet, in parts: no table is in memory as a whole."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.http import StreamingHttpResponse
from pyarrow import parquet

from truecost.api.texts import CSV, JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["CSV", "JSON", "PARQUET", "Column", "streamed", "table"]
PARQUET = "application/vnd.apache.parquet"
_MANY = 10_000
_TYPES = {str: pa.string(), int: pa.int64()}
#: A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: text, or whole numbers."""

    name: str
    kind: type


def table(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], form: str, name: str
) -> StreamingHttpResponse:
    """Answer rows as a table, part by part."""
    schema = pa.schema([(each.name, _TYPES[each.kind]) for each in columns])
    return streamed(_batches(rows, schema), schema, form, name)


def streamed(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, form: str, name: str
) -> StreamingHttpResponse:
    """Answer batches of a table, one after the other."""
    write = _as_csv if form == CSV else _as_parquet
    kind = f"{CSV}; charset=utf-8; header=present" if form == CSV else form
    answer = StreamingHttpResponse(write(batches, schema), content_type=kind)
    ending = "csv" if form == CSV else "parquet"
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer


def _batches(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    part: list[Mapping[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _MANY:
            yield pa.RecordBatch.from_pylist(part, schema)
            part = []
    if part:
        yield pa.RecordBatch.from_pylist(part, schema)


def _as_csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """Write CSV: RFC 4180, texts that a spreadsheet would compute under an apostrophe."""
    held = io.StringIO()
    written = csv.writer(held)
    written.writerow(schema.names)
    yield _taken(held)
    for batch in batches:
        columns = [column.to_pylist() for column in batch.columns]
        written.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
        yield _taken(held)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _as_parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    sink = io.BytesIO()
    with parquet.ParquetWriter(_Sink(sink), schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield _drained(sink)
    yield _drained(sink)


class _Sink(io.RawIOBase):
    """A file that is written on and on, and of which what was given away is forgotten."""

    def __init__(self, held: io.BytesIO) -> None:
        super().__init__()
        self._held, self._place = held, 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, content: Any) -> int:
        count = self._held.write(bytes(content))
        self._place += count
        return count


def _taken(held: io.StringIO) -> bytes:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text.encode()


def _drained(held: io.BytesIO) -> bytes:
    content = held.getvalue()
    held.seek(0)
    held.truncate()
    return content
