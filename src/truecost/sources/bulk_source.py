"""A source of large Parquet files, read in bulk and kept in the store.

Rows are known by their place: `row_hash` is the first 8 bytes of the file's SHA-256 and the number
of the row. What rests on what rows say can't be had then, and is refused.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.model.source_types import Deliveries
from truecost.sources import bulk_rows
from truecost.sources.apart import Readers
from truecost.sources.bulk import MODULE, BulkReader
from truecost.sources.bulk_spill import Spill
from truecost.sources.bulk_texts import Column, cleaned, read
from truecost.sources.coding import rejects_table
from truecost.sources.meaning import Meaning
from truecost.sources.streams import COLUMNAR
from truecost.store import content, parquet
from truecost.store.sources import WRITTEN, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from truecost.kernel.calendars import Calendar
    from truecost.model.source_types import Source
    from truecost.store.sources import LoadedFile

_PREFIX = 16
#: Files that are read at the same time, each by a process of its own.
_THREADS = 2
_WIDTHS = {"amount": (18, 38), "quantity": (38,)}


def refuse(source: Source, hashes: Mapping[str, str]) -> None:
    """Refuse what can't be had of rows that are known by their place. Raise SourceError."""
    faults = []
    if source.distinct:
        faults.append("distinct: yes  needs rows that are known by what they say")
    if source.focus and source.focus.deliveries is not Deliveries.ADD:
        faults.append("deliveries:  that replace others need rows known by what they say")
    if source.database:
        faults.append("the rows of a query have no place in a file")
    faults += [
        f"{name} is not Parquet: its rows are read one by one"
        for name in hashes
        if not name.lower().endswith(COLUMNAR)
    ]
    hint = "leave  identity: position  out, or what stands against it"
    if faults:
        raise SourceError([Finding(source.place, fault, hint) for fault in faults])
    first: dict[str, str] = {}
    for name, sha256 in hashes.items():
        known = first.setdefault(sha256[:_PREFIX], name)
        if known != name:
            what = f"the file is the same as {known}: its rows would count twice"
            raise SourceError(Finding(Place(name), what, "take one of them away"))


def fill(
    folder: Path,
    source: Source,
    columns: tuple[str, ...],
    currency: str,
    calendar: Calendar,
    files: Mapping[str, Path],
    hashes: Mapping[str, str],
    tell: Callable[[str, float], None],
) -> Written:
    """Read files (name → path) and write the tables of a coded source into a folder.

    Raise SourceError with everything that keeps a file from being read.
    """
    with Spill(folder) as spill:
        bulk = BulkReader(source, columns, currency, calendar, spill)
        loaded = _read(bulk, files, hashes, tell, 1 if source.focus else _THREADS)
        texts = _texts(bulk, source)
        ranks = bulk.figures.currencies(list(bulk.currencies))
        digits = {
            name: (bulk.figures.width(name, widths), bulk.figures.digits[name])
            for name, widths in _WIDTHS.items()
        }
        prefixes = [int(hashes[name][:_PREFIX], 16) for name in files]
        greatest = bulk.figures.greatest
        ready = bulk_rows.Ready(texts, bulk.dictionaries, ranks[1], prefixes, digits, greatest)
        rows = bulk_rows.write(spill, ready)
    tables = {
        "dictionary": _dictionary(texts, ranks[0]),
        "rejects": rejects_table(bulk.gathered),
    }
    written = {"rows": rows}
    for name, table in tables.items():
        parquet.write(table, folder / f"{name}.parquet", **WRITTEN[name])
        written[name] = {"sha256": content.hash_table(table), "rows": table.num_rows}
    statistics = bulk.figures.statistics(bulk.gathered, list(bulk.currencies), loaded)
    return Written(written, tuple(texts), tuple(loaded), statistics)


def _read(
    bulk: BulkReader,
    files: Mapping[str, Path],
    hashes: Mapping[str, str],
    tell: Callable[[str, float], None],
    threads: int,
) -> list[LoadedFile]:
    """Read files, so many at a time. Raise SourceError with what keeps any from being read."""
    waiting = iter(enumerate(files.items()))
    taking = Lock()
    loaded: dict[int, LoadedFile] = {}
    findings: dict[int, Sequence[Finding]] = {}

    def some() -> None:
        with Readers(MODULE) as readers:
            while True:
                with taking:
                    number, (name, path) = next(waiting, (-1, ("", None)))
                if path is None:
                    return
                share = partial(tell, name)
                try:
                    loaded[number] = bulk.read(readers, path, name, number, hashes[name], share)
                except SourceError as error:
                    findings[number] = error.findings

    threads = min(threads, len(files), os.cpu_count() or 1)
    with ThreadPoolExecutor(max(threads, 1), thread_name_prefix="reading") as pool:
        for done in [pool.submit(some) for _ in range(threads)]:
            done.result()
    if findings:
        raise SourceError([each for number in sorted(findings) for each in findings[number]])
    return [loaded[number] for number in sorted(loaded)]


def _texts(bulk: BulkReader, source: Source) -> dict[str, Column]:
    """Give the text columns, read and cleaned."""
    as_it_is = type(bulk.reader.meaning) is Meaning
    found = {}
    for name in bulk.gathered.columns:
        dictionary = bulk.dictionaries[name]
        if any(name not in segment.places for segment in bulk.spill.segments):
            dictionary.take(pa.array([""]))
        dictionary.settle()
        forms = bulk.reader.meaning.text(name)
        found[name] = Column(name, read(dictionary, forms, as_it_is=as_it_is))
    return cleaned(found, source.clean)


def _dictionary(texts: Mapping[str, Column], currencies: Sequence[str]) -> pa.Table:
    """Give the table of values, as `coding` does."""
    values = {name: column.values for name, column in texts.items()}
    values["currency"] = pa.array(currencies, pa.string())
    schema = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])
    return pa.concat_tables(
        pa.table(
            [
                pa.repeat(pa.scalar(name), len(values[name])),
                pa.array(np.arange(len(values[name])), pa.int32()),
                values[name],
            ],
            schema=schema,
        )
        for name in sorted(values)
    )
