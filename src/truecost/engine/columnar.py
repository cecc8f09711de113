"""Tables of a run laid out from columns: the same rows, in the same order, as `tables.table` gives.

Rows are sorted by all columns in the schema's order. Columns of codes and of whole numbers are
packed into one integer per row, as far as 62 bits reach, and sorted as that; only rows that are
equal in these are compared by the others, value by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from truecost.engine.tables import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from truecost.engine.codes import Codebook, Codes

    Whole: TypeAlias = NDArray[np.int64] | NDArray[np.int32]

_BITS = 62


class Coded(NamedTuple):
    """A column of texts as numbers of a codebook."""

    codes: Codes
    book: Codebook


def laid_out(name: str, columns: Sequence[Coded | Whole | pa.Array]) -> pa.Table:
    """Lay columns, in the schema's order, out as the table of that name, sorted.

    Arrow arrays hold texts that are mostly different. No value may be absent.
    """
    ranked = [each.book.ranks(each.codes) if isinstance(each, Coded) else each for each in columns]
    order = _order(ranked)
    arrays = [
        _array(column, order, field.type)
        for column, field in zip(ranked, SCHEMAS[name], strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMAS[name])


_Ranked: TypeAlias = "tuple[Codes, list[str]] | Whole | pa.Array"


def _array(column: _Ranked, order: NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    if isinstance(column, tuple):
        codes, texts = column
        return pa.array(texts, kind).take(pa.array(codes[order]))
    if isinstance(column, np.ndarray):
        return pa.array(column[order], kind)
    return column.take(pa.array(order))


def _order(columns: Sequence[_Ranked]) -> NDArray[np.int64]:
    """Give the places of the rows in their order (n)."""
    packed, taken = _packed(columns)
    order = np.argsort(packed)  # equal rows are looked at below
    in_order = packed[order]
    again = np.flatnonzero(in_order[1:] == in_order[:-1])
    if not len(again):
        return order
    equal = np.unique(np.concatenate([again, again + 1]))  # places in the order
    rows = order[equal]
    rest = [_values(column, rows) for column in columns[taken:]]
    keys = list(zip(in_order[equal].tolist(), *rest, strict=True))
    order[equal] = rows[sorted(range(len(keys)), key=keys.__getitem__)]
    return order


def _values(column: _Ranked, rows: NDArray[np.int64]) -> list[int] | list[str]:
    if isinstance(column, pa.Array):
        found: list[str] = column.take(pa.array(rows)).to_pylist()
        return found
    codes = column[0] if isinstance(column, tuple) else column
    return [int(value) for value in codes[rows].tolist()]


def _packed(columns: Sequence[_Ranked]) -> tuple[NDArray[np.int64], int]:
    """Pack the first columns into one integer per row; say how many they were."""
    packed: NDArray[np.int64] | None = None
    bits = 0
    for taken, column in enumerate(columns):
        if isinstance(column, pa.Array):
            return _given(packed, column), taken
        values = column[0] if isinstance(column, tuple) else column
        least = int(values.min()) if len(values) else 0
        width = (int(values.max()) - least).bit_length() if len(values) else 0
        if bits + width > _BITS:
            return _given(packed, values), taken
        shifted = values.astype(np.int64) - least
        packed = shifted if packed is None else (packed << width) | shifted
        bits += width
    return _given(packed, ()), len(columns)


def _given(packed: NDArray[np.int64] | None, column: Sequence[int] | Whole) -> NDArray[np.int64]:
    return np.zeros(len(column), np.int64) if packed is None else packed
