"""The hash of what a table says, whatever wrote the file that holds it.

A Parquet file's bytes change with the library that writes it; what it says does not. The hash is
taken of the names, the types and the values, so it can be recomputed by any reader in any language:
`docs/reference/store.md` describes it byte by byte.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from truecost.kernel import digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

_DECIMAL_BYTES = 16
_DECIMAL_DIGITS = 38
_BLOCK = 1 << 16


def hash_table(table: pa.Table) -> str:
    """Give the SHA-256 of a table's content, in hex. Raise TypeError for types that are not kept.

    Kept are integers, booleans, dates, decimals of up to 38 digits, text and bytes; no floats.
    """
    columns = [
        [field.name, *_hash_column(table.column(index))] for index, field in enumerate(table.schema)
    ]
    return digest.of({"rows": table.num_rows, "columns": columns})


class GrowingHash:
    """The same hash of a table that comes in parts, of columns without nulls and texts."""

    def __init__(self, schema: pa.Schema, rows: int) -> None:
        self._rows = rows
        self._kinds = [(field.name, *_kind(field.type)) for field in schema]
        self._hashes = [hashlib.sha256() for _ in schema]
        for field, hashed in zip(schema, self._hashes, strict=True):
            _repeat(hashed, b"\1", rows)
            if pt.is_fixed_size_binary(field.type):
                width = field.type.byte_width
                _repeat(hashed, width.to_bytes(8, "little"), rows)
            elif not any(is_(field.type) for is_ in (pt.is_integer, pt.is_date32, pt.is_decimal)):
                raise TypeError(f"a column of type {field.type} can't be hashed in parts")

    def add(self, table: pa.Table, pool: Executor) -> None:
        """Take in the next rows, columns side by side."""
        list(pool.map(self._add, range(table.num_columns), table.columns))

    def _add(self, at: int, column: pa.ChunkedArray) -> None:
        for chunk in column.chunks:
            if pt.is_fixed_size_binary(column.type):
                self._hashes[at].update(_fixed(chunk, column.type.byte_width))
            else:
                *_, values = _pieces(chunk.cast(self._kinds[at][2]))
                self._hashes[at].update(values)

    def hexdigest(self) -> str:
        """Give the hash of what was taken in."""
        columns = [
            [name, kind, hashed.hexdigest()]
            for (name, kind, _), hashed in zip(self._kinds, self._hashes, strict=True)
        ]
        return digest.of({"rows": self._rows, "columns": columns})


def _repeat(hashed: hashlib._Hash, part: bytes, times: int) -> None:
    block = part * min(times, _BLOCK)
    for _ in range(times // _BLOCK):
        hashed.update(block)
    hashed.update(part * (times % _BLOCK))


def _hash_column(column: pa.ChunkedArray) -> tuple[str, str]:
    name, kind = _kind(column.type)
    hashed = hashlib.sha256()
    array = column.cast(kind).combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # how older versions give an empty column
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], kind)
    for piece in _pieces(array):
        hashed.update(piece)
    return name, hashed.hexdigest()


def _kind(kind: pa.DataType) -> tuple[str, pa.DataType]:
    """Give the name that is hashed, and the type in which values are read."""
    if pt.is_dictionary(kind):
        return _kind(kind.value_type)
    if pt.is_integer(kind) or pt.is_boolean(kind):
        return str(kind), kind
    if pt.is_date32(kind):
        return "date", kind
    if pt.is_decimal(kind) and kind.precision <= _DECIMAL_DIGITS:
        return f"decimal({kind.precision},{kind.scale})", pa.decimal128(kind.precision, kind.scale)
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind):
        return "text", pa.large_string()
    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind):
        return "bytes", pa.large_binary()
    raise TypeError(f"a stored table can't have a column of type {kind}")


def _pieces(array: pa.Array) -> Iterator[bytes]:
    """Give what is hashed: which values are there, then the values, empty where one is not."""
    yield pc.cast(array.is_valid(), pa.uint8()).to_numpy(zero_copy_only=False).tobytes()
    kind = array.type
    if pt.is_large_string(kind) or pt.is_large_binary(kind):
        array = pc.fill_null(array, "" if pt.is_large_string(kind) else b"")
        yield pc.binary_length(array).to_numpy(zero_copy_only=False).astype("<i8").tobytes()
        yield _bytes(array)
    elif pt.is_decimal(kind):
        yield _fixed(pc.fill_null(array, pa.scalar(0, kind)), _DECIMAL_BYTES)
    elif pt.is_boolean(kind):
        yield pc.cast(pc.fill_null(array, False), pa.uint8()).to_numpy().tobytes()  # noqa: FBT003 (Arrow's signature)
    else:
        whole = array.cast(pa.int32()) if pt.is_date32(kind) else array
        values = pc.fill_null(whole, 0).to_numpy(zero_copy_only=False)
        yield values.astype(values.dtype.newbyteorder("<")).tobytes()


def _bytes(array: pa.Array) -> bytes:
    """Give the bytes of all values, one after the other."""
    buffers = array.buffers()
    if buffers[2] is None:
        return b""
    offsets = np.frombuffer(buffers[1], dtype=np.int64)[
        array.offset : array.offset + len(array) + 1
    ]
    return bytes(memoryview(buffers[2])[offsets[0] : offsets[-1]]) if len(offsets) else b""


def _fixed(array: pa.Array, width: int) -> bytes:
    """Give the bytes of values that all have the same width."""
    start = array.offset * width
    return bytes(memoryview(array.buffers()[1])[start : start + len(array) * width])
