"""What a load is like: which months it covers, and what changed since the one before.

Rows are told apart by what they say (`row_hash`) and their number among equals, so neither the
order of rows nor the names of files make a difference. Of the rows that went and those that came, a
pair that differs in its amount or quantity alone, or that carries the same document number, is one
row that was *corrected*. A document number counts where both loads have it on one row only: an
invoice of many charges does not tell them apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.periods import span
from truecost.store import arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from datetime import date

    from truecost.kernel.calendars import Calendar
    from truecost.kernel.periods import Period
    from truecost.store.sources import CodedSource

_KEYS = ["row_hash", "ordinal"]
_DOCUMENT = "document"
#: More changed rows than these are not paired: nobody corrects so many, they are other rows.
_PAIRED = 50_000
_ADD = Context(prec=100, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Coverage:
    """The months that a load has lines of, and those between them that it has none of."""

    months: tuple[Period, ...]
    gaps: tuple[Period, ...]


@dataclass(slots=True)
class Tally:
    """So many rows, and what they come to, in major units by currency."""

    rows: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, currency: str, amount: Decimal) -> None:
        """Count a row."""
        self.rows += 1
        self.amounts[currency] = _ADD.add(self.amounts.get(currency, Decimal(0)), amount)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a source since an earlier load.

    `corrected` comes to the difference that the corrections make. `renamed` are (before, now);
    `changed` files have their name but other bytes.
    """

    added: Tally
    removed: Tally
    corrected: Tally
    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]


def coverage(source: CodedSource, calendar: Calendar = CALENDAR_MONTHS) -> Coverage:
    """Say which periods a load covers."""
    if source.by_arrays:
        found = list({segment.period for segment in arrays.find(source.folder).segments})
    else:
        found = pc.unique(pq.read_table(source.rows, columns=["period"])["period"]).to_pylist()
    if not found:
        return Coverage((), ())
    months = [calendar.period(index) for index in sorted(found)]
    every = span(months[0], months[-1])
    return Coverage(tuple(months), tuple(month for month in every if month.index not in found))


def change(before: CodedSource, now: CodedSource) -> Change:
    """Compare a load with an earlier one of the same source."""
    removed, added = _changed(before, now)
    corrected = Tally()
    if max(len(removed), len(added)) <= _PAIRED:
        shared = [name for name in now.columns if name in before.columns]
        for same in (_same_but(shared, "nothing"), _same_but(shared, "amount")):
            removed, added, pairs = _paired(removed, added, same)
            for old, new in pairs:
                if (old.amount, old.quantity) != (new.amount, new.quantity):
                    corrected.add(new.currency, _ADD.subtract(new.amount, old.amount))
        removed, added, pairs = _paired(removed, added, _same_document(before, now))
        for old, new in pairs:
            corrected.add(new.currency, _ADD.subtract(new.amount, old.amount))
    return Change(_tally(added), _tally(removed), corrected, **_files(before, now))


def _files(before: CodedSource, now: CodedSource) -> dict[str, Any]:
    """Compare the files of two loads by their names and bytes."""
    was = {file.name: file.sha256 for file in before.files}
    are = {file.name: file.sha256 for file in now.files}
    gone = {name: digest for name, digest in was.items() if name not in are}
    came = {name: digest for name, digest in are.items() if name not in was}
    renamed: dict[str, str] = {}
    for name, digest in came.items():
        same = next((old for old, its in gone.items() if its == digest and old not in renamed), "")
        if same:
            renamed[same] = name
    return {
        "new": tuple(name for name in came if name not in renamed.values()),
        "gone": tuple(name for name in gone if name not in renamed),
        "changed": tuple(name for name in are if was.get(name, are[name]) != are[name]),
        "renamed": tuple(renamed.items()),
    }


@dataclass(frozen=True, slots=True)
class _Row:
    day: date
    currency: str
    amount: Decimal
    quantity: Decimal
    texts: Mapping[str, str]


def _changed(before: CodedSource, now: CodedSource) -> tuple[list[_Row], list[_Row]]:
    """Give the rows that only the earlier load has, and those that only the later one has."""
    keys = []
    for source in (before, now):
        table = pq.read_table(source.rows, columns=_KEYS)
        keys.append(table.append_column("at", pa.array(np.arange(table.num_rows))))
    return (
        list(_read(before, keys[0].join(keys[1], keys=_KEYS, join_type="left anti")["at"])),
        list(_read(now, keys[1].join(keys[0], keys=_KEYS, join_type="left anti")["at"])),
    )


def _read(source: CodedSource, rows: pa.ChunkedArray) -> Iterator[_Row]:
    """Give some rows of a load in words, in the order in which they are stored."""
    if not len(rows):
        return
    wanted = pc.take(rows, pc.sort_indices(rows))
    columns = ["currency", *source.columns]
    table = pq.read_table(source.rows, columns=["day", "amount", "quantity", *columns])
    texts = _texts(source)
    for row in table.take(wanted).to_pylist():
        words = {name: texts[name, row[name]] for name in columns}
        yield _Row(row["day"], words.pop("currency"), row["amount"], row["quantity"], words)


def _same_but(shared: list[str], what: str) -> Callable[[_Row], Hashable]:
    """Tell rows apart by all that both loads have, but for the amount and quantity if asked."""

    def key(row: _Row) -> Hashable:
        texts = tuple(row.texts[name] for name in shared)
        figures = (row.amount, row.quantity) if what == "nothing" else ()
        return (row.day, row.currency, *figures, *texts)

    return key


def _same_document(before: CodedSource, now: CodedSource) -> Callable[[_Row], Hashable]:
    """Tell rows apart by their document, where that is on one row of each load."""
    known = _single_documents(before) & _single_documents(now)

    def key(row: _Row) -> Hashable:
        document = row.texts.get(_DOCUMENT, "")
        return (row.currency, document) if document in known else None

    return key


def _single_documents(source: CodedSource) -> set[str]:
    """Give the document numbers that stand on exactly one row."""
    if _DOCUMENT not in source.columns:
        return set()
    counts = pq.read_table(source.rows, columns=[_DOCUMENT])[_DOCUMENT].value_counts().to_pylist()
    texts = _texts(source)
    single = {texts[_DOCUMENT, each["values"]] for each in counts if each["counts"] == 1}
    return single - {""}


def _texts(source: CodedSource) -> dict[tuple[str, int], str]:
    rows = pq.read_table(source.dictionary).to_pylist()
    return {(row["column"], row["code"]): row["value"] for row in rows}


def _paired(
    removed: list[_Row], added: list[_Row], key: Callable[[_Row], Hashable]
) -> tuple[list[_Row], list[_Row], list[tuple[_Row, _Row]]]:
    """Pair rows with the same key, as they stand; give those left over, and the pairs.

    A row without a key is paired with none.
    """
    waiting: dict[Hashable, list[_Row]] = defaultdict(list)
    for row in removed:
        waiting[key(row)].append(row)
    left, pairs = [], []
    for row in added:
        same = waiting[key(row)]
        if same and key(row) is not None:
            pairs.append((same.pop(0), row))
        else:
            left.append(row)
    return [row for rows in waiting.values() for row in rows], left, pairs


def _tally(rows: list[_Row]) -> Tally:
    tally = Tally()
    for row in rows:
        tally.add(row.currency, row.amount)
    return tally
