"""Parquet files become records: batch by batch, values as text that means exactly the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pyarrow as pa

from truecost.sources import apart
from truecost.sources.delimited import Record
from truecost.sources.header import find_header
from truecost.sources.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from truecost.model.source_types import Source


@contextlib.contextmanager
def columnar(path: Path, name: str, source: Source) -> Iterator[Stream]:
    """Open a Parquet file; its rows are numbered from 1. Raise SourceError."""
    with apart.reading("truecost.sources.columnar_rows", [str(path)], name) as other:
        names, rows = other.next()
        header = find_header(iter([Record(0, "", names)]), source.layouts, name, "")
        wanted: Collection[int] = header.positions.values()
        reached = 0
        notes: list[str] = []

        def want(columns: Collection[int]) -> None:
            nonlocal wanted
            wanted = columns

        def records() -> Iterator[Record]:
            nonlocal reached
            chosen = sorted(set(wanted))
            other.tell(chosen)
            place = {column: number for number, column in enumerate(chosen)}
            for batch in _batches(other):
                columns = [column.to_pylist() for column in batch.columns]
                absent = [""] * batch.num_rows
                fields = (
                    columns[place[number]] if number in place else absent
                    for number in range(header.width)
                )
                for row in zip(*fields, strict=True):
                    reached += 1
                    yield Record(reached, "", list(row))
            notes.extend(other.next())

        yield Stream(
            name, "parquet", header, records(), lambda: reached / max(rows, 1), notes, want
        )


def _batches(other: apart.Apart) -> Iterator[pa.RecordBatch]:
    try:
        with pa.ipc.open_stream(other.output) as stream:
            yield from stream
    except (pa.ArrowException, OSError):
        other.died()
