"""Lines that came after their period was closed, placed in the open one.

A closed period keeps the lines that it was closed with. What its ledger has today beyond them came
late: it is placed in the open period, once; what the ledger has no more is taken back there, with
the opposite sign. So over all periods the amounts are those of the ledger as it is now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.store.sources import load_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource, LoadedFile

#: The text column of a placed line: the index of the period that it is for; taken back or not.
LATE_FOR = "late_for"
BACK = ", taken back"
_FIXED = ("period", "day", "amount", "quantity", "row_hash", "ordinal", "file", "line")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class LateLines:
    """Lines of one closed period: `came` ones and `gone` ones, and what they come to together.

    `amounts` are major units by currency. `period` is an index.
    """

    source: str
    period: int
    came: int
    gone: int
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Placed:
    """A source with closed periods as they were closed, and the lines that came later."""

    source: CodedSource
    late: tuple[LateLines, ...]


def place_late(
    store: Store, current: CodedSource, closed: Mapping[int, CodedSource], into: int | None
) -> Placed:
    """Give a source's lines as closings have them, with late lines in the period `into`.

    `closed` has the source that each closed period was closed with. Without `into` late lines are
    counted and left out.
    """
    if all(source.load_id == current.load_id for source in closed.values()):
        return Placed(current, ())
    if all(_same(current, source, period) for period, source in closed.items()):
        return Placed(current, ())
    files: dict[LoadedFile, int] = {}
    now = _decoded(current, files)
    known = {source.load_id: _decoded(source, files) for source in closed.values()}
    stood = {period: _of(known[source.load_id], period) for period, source in closed.items()}
    parts = [now.filter(pc.invert(pc.is_in(now["period"], pa.array(sorted(closed), pa.int32()))))]
    parts += stood.values()
    late: list[LateLines] = []
    moved: list[pa.Table] = []
    for period in sorted(closed):
        came, gone = _difference(_of(now, period), _known(stood, period))
        if came.num_rows or gone.num_rows:
            both = [_for(came, period), _for(gone, period, back=True)]
            moved += both
            amounts = _sums(both)
            late.append(LateLines(current.name, period, came.num_rows, gone.num_rows, amounts))
    if into is not None:
        moved = [_in(part, into) for part in moved]
        parts += moved
    recipe = {
        "late": _VERSION,
        "current": current.load_id,
        "closed": {str(period): source.load_id for period, source in sorted(closed.items())},
        "into": into,
    }
    columns = tuple(dict.fromkeys([*current.columns, *_more(closed.values()), LATE_FOR]))
    return Placed(_saved(store, current, tuple(files), columns, recipe, parts), tuple(late))


def _same(current: CodedSource, closed: CodedSource, period: int) -> bool:
    """Say whether both have the same lines in a period, and nothing was placed there."""
    if LATE_FOR in closed.columns:
        return False
    keys = ["row_hash", "ordinal"]
    only = [("period", "=", period)]
    one, other = (
        pq.read_table(each.rows, columns=keys, filters=only) for each in (current, closed)
    )
    return bool(one.equals(other))


def _decoded(source: CodedSource, files: dict[LoadedFile, int]) -> pa.Table:
    """Read a source's lines with the text in place of codes, `late_for` always among it.

    Their files are numbered as in `files`, which grows by those that are new.
    """
    numbers = np.array([files.setdefault(file, len(files)) for file in source.files], np.int32)
    rows = pq.read_table(source.rows)
    dictionary = pq.read_table(source.dictionary)
    texts: dict[str, list[str]] = defaultdict(list)
    for column, value in zip(
        dictionary["column"].to_pylist(), dictionary["value"].to_pylist(), strict=True
    ):
        texts[column].append(value)  # sorted by code, and codes are ranks
    made = {}
    for name in rows.column_names:
        if name == "file":
            made[name] = pa.array(numbers[rows[name].to_numpy()])
        elif name in _FIXED:
            made[name] = rows[name].combine_chunks()
        else:
            codes = rows[name].combine_chunks()
            made[name] = pa.DictionaryArray.from_arrays(codes, pa.array(texts[name], pa.string()))
    if LATE_FOR not in made:
        made[LATE_FOR] = pa.array([""] * rows.num_rows, pa.string()).dictionary_encode()
    return pa.table(made)


def _of(rows: pa.Table, period: int) -> pa.Table:
    return rows.filter(pc.equal(rows["period"], period))


def _known(stood: Mapping[int, pa.Table], period: int) -> list[tuple[pa.Table, int]]:
    """Give what closings know of a period: its own lines, and what was placed for it elsewhere."""
    name = str(period)
    own = stood[period]
    parts = [(own.filter(pc.equal(_text(own), "")), 1)]
    for rows in stood.values():
        parts.append((rows.filter(pc.equal(_text(rows), name)), 1))
        parts.append((rows.filter(pc.equal(_text(rows), f"{name}{BACK}")), -1))
    return parts


def _text(rows: pa.Table) -> pa.ChunkedArray:
    return rows[LATE_FOR].cast(pa.string())


def _difference(now: pa.Table, known: Sequence[tuple[pa.Table, int]]) -> tuple[pa.Table, pa.Table]:
    """Give the lines that came, and those that went, equal lines counted."""
    counts: Counter[bytes] = Counter()
    for rows, sign in known:
        for key in rows["row_hash"].to_pylist():
            counts[key] += sign
    came = _beyond(now, counts)
    left = Counter({key: count for key, count in counts.items() if count > 0})
    left.subtract(now["row_hash"].to_pylist())
    whole = pa.concat_tables([rows for rows, sign in known if sign > 0], promote_options="default")
    gone = _some(whole, left)
    return came, gone


def _beyond(rows: pa.Table, known: Counter[bytes]) -> pa.Table:
    """Give the lines of which there are more than are known."""
    seen: Counter[bytes] = Counter()
    keep = []
    for number, key in enumerate(rows["row_hash"].to_pylist()):
        seen[key] += 1
        if seen[key] > known[key]:
            keep.append(number)
    return rows.take(pa.array(keep, pa.int64()))


def _some(rows: pa.Table, wanted: Counter[bytes]) -> pa.Table:
    """Give as many lines of each kind as are wanted, where that is more than none."""
    left = Counter(wanted)
    keep = []
    for number, key in enumerate(rows["row_hash"].to_pylist()):
        if left[key] > 0:
            left[key] -= 1
            keep.append(number)
    return rows.take(pa.array(keep, pa.int64()))


def _for(rows: pa.Table, period: int, *, back: bool = False) -> pa.Table:
    """Mark lines as late for a period; with `back`, turn them round."""
    said = f"{period}{BACK if back else ''}"
    marked = pa.array([said] * rows.num_rows, pa.string()).dictionary_encode()
    rows = rows.set_column(rows.column_names.index(LATE_FOR), LATE_FOR, marked)
    for name in ("amount", "quantity") if back else ():
        kind = rows[name].type
        turned = pc.negate(rows[name]).cast(kind)
        rows = rows.set_column(rows.column_names.index(name), name, turned)
    return rows


def _in(rows: pa.Table, period: int) -> pa.Table:
    placed = pa.array(np.full(rows.num_rows, period, np.int32))
    return rows.set_column(rows.column_names.index("period"), "period", placed)


def _sums(parts: Iterable[pa.Table]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for rows in parts:
        for currency, amount in zip(
            rows["currency"].to_pylist(), rows["amount"].to_pylist(), strict=True
        ):
            sums[currency] += amount
    return dict(sums)


def _more(sources: Iterable[CodedSource]) -> Iterator[str]:
    for source in sources:
        yield from source.columns


def _saved(
    store: Store,
    current: CodedSource,
    files: tuple[LoadedFile, ...],
    columns: tuple[str, ...],
    recipe: Mapping[str, object],
    parts: Sequence[pa.Table],
) -> CodedSource:
    """Code lines anew and keep them as a source of their own, named by what they come from."""
    named = load_id(recipe, {})
    known = store.source(named)
    if known is not None:
        return known
    rows = pa.concat_tables(parts, promote_options="permissive")
    order = [("period", "ascending"), ("row_hash", "ascending"), ("ordinal", "ascending")]
    rows = rows.sort_by(order)
    made: dict[str, pa.Array] = {}
    dictionary = []
    for name in ("period", "day", "currency", "amount", "quantity", *columns, *_FIXED[4:]):
        if name in _FIXED:
            made[name] = rows[name]
            continue
        texts = pc.fill_null(rows[name].cast(pa.string()), "")
        values = sorted(set(texts.to_pylist()))
        codes = pc.index_in(texts, pa.array(values, pa.string())).cast(pa.int32())
        made[name] = codes
        dictionary += [(name, code, value) for code, value in enumerate(values)]
    dictionary.sort()
    tables = {
        "rows": pa.table(made),
        "dictionary": pa.table(
            {
                "column": pa.array([row[0] for row in dictionary], pa.string()),
                "code": pa.array([row[1] for row in dictionary], pa.int32()),
                "value": pa.array([row[2] for row in dictionary], pa.string()),
            }
        ),
        "rejects": pq.read_table(current.rejects),
    }
    said = current.statistics
    more = rows.num_rows - said.loaded
    statistics = replace(said, rows=said.rows + more, loaded=said.loaded + more)
    return store.save_source(
        named, tables, name=current.name, columns=columns, files=files, statistics=statistics
    )
