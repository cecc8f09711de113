"""Rows of a coded source by their place in it: read column by column, only what is asked for.

Rows are sorted by period and cut where periods end, so that those of one period are read alone;
text is decoded only where its code is asked for. `#row` is a row's place, counted from 0.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.engine.classify_session import name, text
from truecost.kernel.findings import Finding, StoreError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    import duckdb
    from numpy.typing import NDArray

    from truecost.store.sources import CodedSource

_NUMBERS = ("amount", "quantity")
_PLACE = "file_row_number"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A ledger line as it was loaded; `amount` in major units, `texts` by column.

    `file` and `line` are where it stands; `identity` is its content's hash, with its number among
    equal lines where that is not 0.
    """

    source: str
    file: str
    line: int
    identity: str
    period: int
    day: date
    currency: str
    amount: Decimal
    texts: Mapping[str, str]


def choose(
    connection: duckdb.DuckDBPyConnection,
    source: CodedSource,
    columns: Collection[str],
    condition: str,
) -> pa.Table:
    """Give rows that meet a condition, SQL of our own making: `#row`, period, numbers, codes.

    `columns` are those whose codes are wanted; those that the source lacks are left out.
    """
    there = [name(column) for column in columns if column in source.columns]
    found: pa.Table = connection.sql(
        f'SELECT {_PLACE} AS "#row", {", ".join(("period", *_NUMBERS, *there))}'
        f" FROM {rows_of(source)} WHERE {condition}"
    ).to_arrow_table()
    return found


def largest(
    source: CodedSource,
    periods: Collection[int],
    currency: str,
    columns: Collection[str],
    count: int,
) -> pa.Table:
    """Give so many rows of the largest amounts of some periods, whatever their sign.

    Columns as `choose` gives them. Amounts are ranked as doubles.
    """
    there = [column for column in columns if column in source.columns]
    with _readable(source), pq.ParquetFile(source.rows) as file:
        ends = _ends(file)
        place = file.schema_arrow.get_field_index("period")
        code = _code(source, "currency", currency)
        parts = []
        for group in range(file.num_row_groups):
            range_ = _range(file, group, place)
            if not any(range_[0] <= period <= range_[1] for period in periods):
                continue
            part = file.read_row_group(group, ["period", "currency", *_NUMBERS, *there])
            own = np.isin(part["period"].to_numpy(), list(periods))
            own &= part["currency"].to_numpy() == code
            at = np.flatnonzero(own)
            part = part.drop_columns("currency").take(pa.array(at))
            parts.append(part.add_column(0, "#row", pa.array(at + ends[group], pa.int64())))
        if not parts:
            empty = file.read_row_groups([], ["period", *_NUMBERS, *there])
            parts = [empty.add_column(0, "#row", pa.array([], pa.int64()))]
    rows = pa.concat_tables(parts)
    if rows.num_rows <= count:
        return rows
    sizes = np.abs(pc.cast(rows["amount"], pa.float64()).to_numpy())
    return rows.take(pa.array(np.sort(np.argpartition(-sizes, count)[:count])))


def valued(source: CodedSource, chosen: pa.Table, columns: Collection[str]) -> pa.Table:
    """Put text in place of codes. A column that the source does not have is the empty text."""
    made = {each: chosen[each] for each in ("#row", "period", *_NUMBERS)}
    with _readable(source):
        for column in sorted(columns):
            if column in source.columns:
                codes = chosen[column].to_numpy()
                known, inverse = np.unique(codes, return_inverse=True)
                texts = _texts(source, column, known)
                values = pa.array([texts[one] for one in known.tolist()], pa.string())
                made[column] = values.take(pa.array(inverse))
            else:
                made[column] = pa.repeat(pa.scalar(""), chosen.num_rows)
    return pa.table(made)


def lines_at(source: CodedSource, places: Sequence[int]) -> dict[int, LedgerLine]:
    """Give the lines at some places of a source. Raise StoreError where it is damaged."""
    if not places:
        return {}
    fixed = ("period", "day", "amount", "file", "line", "row_hash", "ordinal")
    coded = ("currency", *source.columns)
    wanted = np.unique(np.array(places, np.int64))
    with _readable(source):
        with pq.ParquetFile(source.rows) as file:
            ends = _ends(file)
            groups = np.searchsorted(ends, wanted, "right") - 1
            table = pa.concat_tables(
                file.read_row_group(group, [*fixed, *coded]).take(
                    pa.array(wanted[groups == group] - ends[group])
                )
                for group in np.unique(groups).tolist()
            )
        texts = {
            column: _texts(source, column, np.unique(table[column].to_numpy())) for column in coded
        }
    made = {}
    rows = zip(*(table[column].to_pylist() for column in (*fixed, *coded)), strict=True)
    for at, row in zip(wanted.tolist(), rows, strict=True):
        period, day, amount, file_, line, row_hash, ordinal, *codes = row
        values = {column: texts[column][code] for column, code in zip(coded, codes, strict=True)}
        made[at] = LedgerLine(
            source.name, source.files[file_].name, line,
            bytes(row_hash).hex() + (f":{ordinal}" if ordinal else ""),
            period, day, values.pop("currency"), amount, values,
        )  # fmt: skip
    return made


def rows_of(source: CodedSource) -> str:
    """Give the SQL that reads a source's rows; `file_row_number` is a row's place."""
    return f"read_parquet({text(str(source.rows.resolve()))})"


def _ends(file: pq.ParquetFile) -> NDArray[np.int64]:
    """Give the place of the first row of each row group, and the number of all rows."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def _range(file: pq.ParquetFile, group: int, column: int) -> tuple[int, int]:
    """Give the least and the largest of a column of numbers in a row group, as far as is known."""
    found = file.metadata.row_group(group).column(column).statistics
    return (found.min, found.max) if found and found.has_min_max else (-(2**31), 2**31)


def _code(source: CodedSource, column: str, value: str) -> int:
    """Give the code of a text, -1 where the column does not have it."""
    with pq.ParquetFile(source.dictionary) as file:
        for group in _groups(file, column):
            part = file.read_row_group(group)
            same = pc.and_(pc.equal(part["column"], column), pc.equal(part["value"], value))
            for code in part.filter(same)["code"].to_pylist():
                return int(code)
    return -1


def _texts(source: CodedSource, column: str, codes: NDArray[np.int32]) -> dict[int, str]:
    """Give the text of some codes of a column, from the row groups that can have them."""
    found: dict[int, str] = {}
    with pq.ParquetFile(source.dictionary) as file:
        for group in _groups(file, column):
            names = file.metadata.row_group(group).column(0).statistics
            whole = names is not None and names.has_min_max and names.min == names.max
            low, high = _range(file, group, 1) if whole else (-(2**31), 2**31)
            here = codes[(codes >= low) & (codes <= high)]
            if not len(here):
                continue
            part = file.read_row_group(group, ["code", "value"] if whole else None)
            if not whole:
                part = part.filter(pc.equal(part["column"], column))
            held = part["code"].to_numpy()
            taken = part.take(pa.array(np.flatnonzero(np.isin(held, here))))
            found |= zip(taken["code"].to_pylist(), taken["value"].to_pylist(), strict=True)
    return found


def _groups(file: pq.ParquetFile, column: str) -> Iterator[int]:
    """Give the row groups of a dictionary that can have texts of a column."""
    for group in range(file.num_row_groups):
        names = file.metadata.row_group(group).column(0).statistics
        if names is None or not names.has_min_max or names.min <= column <= names.max:
            yield group


@contextmanager
def _readable(source: CodedSource) -> Iterator[None]:
    """Raise StoreError where a source's files can't be read, or lack the text of a code."""
    try:
        yield
    except (OSError, pa.ArrowException, KeyError, IndexError) as error:
        what = f'the coded source "{source.name}" can\'t be read ({type(error).__name__})'
        hint = f"remove the folder {source.folder.name} from the store; it is read again"
        raise StoreError(Finding(None, what, hint)) from error
