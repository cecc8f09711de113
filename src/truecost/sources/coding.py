"""Gathered rows become the tables of a coded source, and the figures of what was read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.sources.cleaning import Texts, clean
from truecost.sources.gathering import EXACT
from truecost.sources.identity import content_keys, keepers, ordinals
from truecost.sources.values import plain
from truecost.store.sources import Overlap, Statistics, Totals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.kernel.calendars import Calendar
    from truecost.model.source_types import Source
    from truecost.sources.gathering import Gathered
    from truecost.sources.identity import Ints
    from truecost.store.sources import LoadedFile

_EPOCH_DAY = date(1970, 1, 1)
_SMALL = 18
_LARGE = 38
_SUM = pa.decimal256(76, 12)
_ADD = Context(prec=100, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Coded:
    """The tables of a coded source by name, its text columns in order, and its figures."""

    tables: Mapping[str, pa.Table]
    columns: tuple[str, ...]
    statistics: Statistics


def code(
    gathered: Gathered,
    source: Source,
    files: Sequence[LoadedFile],
    replaced: NDArray[np.bool_] | None = None,
    calendar: Calendar = CALENDAR_MONTHS,
) -> Coded:
    """Clean, find rows that are there twice, number them, and sort.

    `replaced` says which rows, as gathered, a later file stands in for; they count as repeated.
    `calendar` gives the period of each day.
    """
    table = gathered.table()
    texts = {name: _texts(table[name]) for name in ("currency", *gathered.columns)}
    currency = texts.pop("currency")
    texts = clean(texts, source.clean, table.num_rows)
    file = table["file"].to_numpy()
    key = content_keys(
        (
            table["day"].cast(pa.int32()).to_numpy() - _days(table)[0],
            *(_codes(table[name]) for name in ("amount", "quantity")),
            *(column.codes for column in (currency, *texts.values())),
        ),
        table.num_rows,
    )
    if replaced is not None:  # equal to no row, so that they never stand in for one that counts
        key = np.where(replaced, -1 - np.arange(table.num_rows), key)
    within = ordinals(key, file)
    first = keepers(key, within)
    kept = first == np.arange(len(first))
    if source.distinct:
        kept &= within == 0
    if replaced is not None:
        kept &= ~replaced
    statistics = _statistics(gathered, table, currency, kept, files)
    names = [loaded.name for loaded in files]
    texts = {"currency": currency, **texts}
    texts = {name: column.taken(kept) for name, column in texts.items()}
    return Coded(
        {
            "rows": _rows(table.filter(pa.array(kept)), texts, calendar),
            "dictionary": _dictionary(texts),
            "rejects": rejects_table(gathered),
        },
        tuple(name for name in texts if name != "currency"),
        replace(
            statistics,
            equal=int(np.count_nonzero(within if source.distinct else within[kept])),
            overlaps=_overlaps(file, first, names),
        ),
    )


def _texts(column: pa.ChunkedArray) -> Texts:
    array = _whole(column)
    return Texts(array.indices.to_numpy(), tuple(array.dictionary.to_pylist()))


def _codes(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Give equal values the same code."""
    codes: NDArray[np.int32] = _whole(column).dictionary_encode().indices.to_numpy()
    return codes


def _whole(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    if not isinstance(array, pa.ChunkedArray):
        return array
    return array.chunk(0) if array.num_chunks else pa.array([], array.type)


def _rows(table: pa.Table, texts: Mapping[str, Texts], calendar: Calendar) -> pa.Table:
    halves = _halves(table["row_hash"])
    ordinal = ordinals(*halves)
    day = table["day"]
    periods = calendar.indexes(day.to_numpy().astype("datetime64[D]"))
    # by period first, so that one period can be read without the others
    order = pa.array(np.lexsort((ordinal, halves[1], halves[0], periods)))
    columns = {
        "period": pa.array(periods, pa.int32()),
        "day": day,
        "currency": pa.array(texts["currency"].codes, pa.int32()),
        "amount": _smallest(table["amount"], (_SMALL, _LARGE)),
        "quantity": _smallest(table["quantity"], (_LARGE,)),
        **{
            name: pa.array(column.codes, pa.int32())
            for name, column in texts.items()
            if name != "currency"
        },
        "row_hash": table["row_hash"],
        "ordinal": pa.array(ordinal, pa.int32()),
        "file": table["file"],
        "line": table["line"],
    }
    return pa.table(columns).take(order)


def _halves(hashes: pa.ChunkedArray) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Give hashes as two integers that sort as their bytes do."""
    data = b"".join(hashes.to_pylist())
    halves = np.frombuffer(data, ">u8").reshape(-1, 2).astype(np.uint64)
    return halves[:, 0], halves[:, 1]


def _smallest(column: pa.ChunkedArray, widths: Sequence[int]) -> pa.ChunkedArray:
    """Give decimals in the smallest scale that holds all, and the first width that does."""
    for scale in range(EXACT.scale + 1):
        for width in widths:
            if width > scale:
                try:
                    return column.cast(pa.decimal128(width, scale))
                except pa.ArrowInvalid:
                    continue
    raise AssertionError("what was read into a decimal does not fit it")


def _dictionary(texts: Mapping[str, Texts]) -> pa.Table:
    schema = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])
    parts = [
        pa.table(
            [
                pa.repeat(pa.scalar(name), len(column.values)),
                pa.array(np.arange(len(column.values)), pa.int32()),
                pa.array(column.values, pa.string()),
            ],
            schema=schema,
        )
        for name, column in sorted(texts.items())
    ]
    return pa.concat_tables(parts)


def rejects_table(gathered: Gathered) -> pa.Table:
    """Give the rows that can't be read, by file and line."""
    rejects = sorted(gathered.rejects, key=lambda reject: (reject.file, reject.line))
    amounts = [Decimal(reject.amount) if reject.amount else None for reject in rejects]
    return pa.table(
        {
            "file": pa.array([reject.file for reject in rejects], pa.int32()),
            "line": pa.array([reject.line for reject in rejects], pa.int32()),
            "reason": pa.array([reject.reason for reject in rejects], pa.string()),
            "amount": pa.array(amounts, EXACT),
            "currency": pa.array([reject.currency for reject in rejects], pa.string()),
            "text": pa.array([reject.text for reject in rejects], pa.string()),
        }
    )


def _statistics(
    gathered: Gathered,
    table: pa.Table,
    currency: Texts,
    kept: NDArray[np.bool_],
    files: Sequence[LoadedFile],
) -> Statistics:
    loaded = int(np.count_nonzero(kept))
    days = [_EPOCH_DAY + timedelta(days=day) for day in _days(table)] if len(kept) else []
    return Statistics(
        rows=sum(read.rows for read in files),
        loaded=loaded,
        rejected=len(gathered.rejects),
        repeated=len(kept) - loaded,
        blank=gathered.blank,
        equal=0,
        unreadable=sum(not reject.amount for reject in gathered.rejects),
        totals=_totals(gathered, table["amount"], currency, kept),
        overlaps=(),
        first_day=days[0] if days else None,
        last_day=days[1] if days else None,
    )


def _days(table: pa.Table) -> tuple[int, int]:
    found = pc.min_max(table["day"].cast(pa.int32()))
    return (found["min"].as_py() or 0, found["max"].as_py() or 0)


def _totals(
    gathered: Gathered, amounts: pa.ChunkedArray, currency: Texts, kept: NDArray[np.bool_]
) -> dict[str, Totals]:
    rejected: dict[str, Decimal] = {}
    for reject in gathered.rejects:
        if reject.amount:
            before = rejected.get(reject.currency, Decimal(0))
            rejected[reject.currency] = _ADD.add(before, Decimal(reject.amount))
    totals = {}
    for name in sorted({*currency.values, *rejected}):
        own = np.zeros(len(kept), bool)
        if name in currency.values:
            own = currency.codes == currency.values.index(name)
        loaded = _sum(amounts, own & kept)
        repeated = _sum(amounts, own & ~kept)
        held = rejected.get(name, Decimal(0))
        came_in = _ADD.add(_ADD.add(loaded, held), repeated)
        totals[name] = Totals(came_in, loaded, held, repeated)
    return totals


def _sum(amounts: pa.ChunkedArray, rows: NDArray[np.bool_]) -> Decimal:
    found = pc.sum(amounts.filter(pa.array(rows)).cast(_SUM)).as_py()
    return Decimal(plain(found)) if found is not None else Decimal(0)


def _overlaps(file: NDArray[np.int32], first: Ints, names: Sequence[str]) -> tuple[Overlap, ...]:
    elsewhere = file != file[first]
    pairs = Counter(zip(file[elsewhere].tolist(), file[first][elsewhere].tolist(), strict=True))
    return tuple(
        Overlap(names[here], names[there], rows) for (here, there), rows in sorted(pairs.items())
    )
