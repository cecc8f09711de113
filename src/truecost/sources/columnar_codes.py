"""The process that reads Parquet in bulk: `python -m truecost.sources.columnar_codes MEMORY FILE`.

Without a file it reads those that it is told, each in a process forked off. It speaks as
`columnar_rows` does, but gives each column as codes of its distinct texts, so that each is looked
at once for many rows, and numbers as integers. It takes a line of JSON with the columns that are
wanted and those of them that are numbers.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # reserves no more than it uses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecost.sources import apart
from truecost.sources.columnar_rows import LONGEST, Column, main
from truecost.sources.values import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

#: Rows taken at a time.
ROWS = 1 << 20
_FINEST = pa.decimal128(38, DECIMALS)
#: Decimals of at most so many digits and their shortest binary numbers are one to one.
_SURE = 10.0**15
_ROOM = 9.0e18
_LARGEST = 2**63 - 1


def _codes(file: pq.ParquetFile, asked: list[list[int]], path: str) -> Sequence[Column]:
    """Write the wanted columns as codes of texts, and numbers as integers beside them."""
    schema = file.schema_arrow
    wanted, numbers = asked
    columns = {number: Column(schema.field(number)) for number in wanted}
    exact = [number for number in numbers if is_number(schema.field(number).type)]
    texts = [
        column.name
        for column, field in zip(columns.values(), map(schema.field, wanted), strict=True)
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]
    chosen = list(dict.fromkeys(column.name for column in columns.values()))
    with pq.ParquetFile(path, memory_map=True, read_dictionary=texts) as coded:
        for batch in coded.iter_batches(ROWS, columns=chosen, use_threads=False):
            made: dict[str, pa.Array] = {}
            kinds: dict[str, dict[str, str]] = {}
            for number, column in columns.items():
                array = batch.column(column.name)
                if number not in exact:
                    made[str(number)] = _coded(column, array, None)
                    continue
                found, odd = scaled(array)
                name = f"{number} exact"
                made[name], kinds[name] = pa.array(found), {"type": str(array.type)}
                if odd.any():
                    array = pc.if_else(pa.array(odd), array, pa.scalar(None, array.type))
                    made[str(number)] = _coded(column, array, pa.array(odd))
                else:
                    column.seen(array)
            _write(batch.num_rows, made, kinds)
    return list(columns.values())


def _write(rows: int, made: Mapping[str, pa.Array], kinds: Mapping[str, Mapping[str, str]]) -> None:
    """Write how many rows there are, what all of them have in a column; then the other columns."""
    same = {
        name: array.dictionary[0].as_py()
        for name, array in made.items()
        if name not in kinds and not array.null_count and len(array.dictionary) == 1
    }
    apart.say([rows, same])
    others = {
        name: array if name in kinds else _narrowed(array)
        for name, array in made.items()
        if name not in same
    }
    schema = pa.schema(
        [pa.field(name, array.type, metadata=kinds.get(name)) for name, array in others.items()]
    )
    with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
        stream.write_batch(pa.record_batch([*others.values()], schema=schema))


def _narrowed(array: pa.DictionaryArray) -> pa.DictionaryArray:
    """Give codes in the smallest type that has room for them, where each row has one."""
    if array.null_count:
        return array
    kind = np.min_scalar_type(max(len(array.dictionary) - 1, 0))
    codes = array.indices.to_numpy().astype(kind)
    return pa.DictionaryArray.from_arrays(pa.array(codes), array.dictionary, safe=False)


def is_number(kind: pa.DataType) -> bool:
    """Say whether values of a type are numbers that may become integers."""
    types = pa.types
    return bool(
        types.is_float64(kind) or types.is_decimal128(kind) or types.is_signed_integer(kind)
    )


def _coded(column: Column, array: pa.Array, odd: pa.Array | None) -> pa.Array:
    """Give a column's distinct texts and their codes; null where a number is exact."""
    column.seen(array)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    codes = array.indices.cast(pa.int32())
    times: list[int] = []
    if column.is_binary:
        known = codes.drop_null().to_numpy()
        times = np.bincount(known, minlength=len(array.dictionary)).tolist()
    texts = column.distinct(array.dictionary, times)
    if codes.null_count and odd is None:
        codes = pc.fill_null(codes, len(texts))
        texts = pa.concat_arrays([texts.cast(pa.string()), pa.array([""])])
    elif odd is not None and codes.null_count:
        empty = pc.and_(odd, codes.is_null())
        codes = pc.if_else(empty, pa.scalar(len(texts), pa.int32()), codes)
        texts = pa.concat_arrays([texts.cast(pa.string()), pa.array([""])])
    if (pc.max(pc.binary_length(texts)).as_py() or 0) > LONGEST:
        raise MemoryError
    return pa.DictionaryArray.from_arrays(codes, texts.cast(pa.string()))


def scaled(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give numbers without their point, with twelve decimals, and which are too odd for that.

    A binary number becomes the shortest decimal that is read as the same number (`doubles`): where
    a decimal of at most fifteen digits is, it is the only one.
    """
    if pa.types.is_decimal128(array.type) and not array.null_count:
        plain = _of_decimals(array)
        if plain is not None:
            return plain, np.broadcast_to(np.False_, len(plain))
    null = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_float64(array.type):
        values = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False)
        return _of_doubles(values, null)
    try:
        wide = array.cast(_FINEST)
    except pa.ArrowInvalid:
        return np.zeros(len(array), np.int64), np.ones(len(array), np.bool_)
    filled = pc.fill_null(wide, pa.scalar(0, _FINEST))
    halves = np.frombuffer(filled.buffers()[1], np.int64).reshape(-1, 2)
    halves = halves[filled.offset : filled.offset + len(filled)]
    found = halves[:, 0].copy()
    odd = null | (halves[:, 1] != found >> 63)
    found[odd] = 0
    return found, odd


def _of_decimals(array: pa.Array) -> NDArray[np.int64] | None:
    """Give decimals with twelve places, without their point; None where one has no room."""
    if not 0 <= array.type.scale <= DECIMALS or not len(array):
        return None
    halves = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset :][: 2 * len(array)]
    low, high = halves[::2], halves[1::2]
    step = 10 ** (DECIMALS - array.type.scale)
    most = _LARGEST // step
    if (high != low >> 63).any() or int(low.max()) > most or int(low.min()) < -most:
        return None
    found: NDArray[np.int64] = low * step
    return found


def _of_doubles(
    values: NDArray[np.float64], null: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    found = np.zeros(len(values), np.int64)
    odd = ~null
    for digits in range(DECIMALS, -1, -2):
        places = np.flatnonzero(odd)
        if not len(places):
            break
        some = values[places] if len(places) < len(values) else values
        power = 10.0**digits
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.rint(some * power)
            sure = (np.abs(whole) < _SURE) & (whole / power == some)
            sure &= np.abs(some) * 10.0**DECIMALS < _ROOM
        hit = places[sure]
        found[hit] = whole[sure].astype(np.int64) * 10 ** (DECIMALS - digits)
        odd[hit] = False
    return found, odd | null


if __name__ == "__main__":
    _memory, *_paths = sys.argv[1:]
    if _paths:
        main(int(_memory), _paths[0], _codes)
    else:
        apart.serve(lambda path: main(int(_memory), path, _codes))
