"""What has been read so far: good rows column by column, rejects, counts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from truecost.sources.columns import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: What amounts and quantities are read into, before the smallest scale is chosen.
EXACT = pa.decimal128(38, 12)
HASH = pa.binary(16)
_CODED = pa.dictionary(pa.int32(), pa.string())
_HASH_BYTES = 16
_CUT = 500


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that can't be read, or not whole. `amount` is a canonical form, or empty."""

    file: int
    line: int
    reason: str
    amount: str
    currency: str
    text: str


@dataclass(slots=True)
class Gathered:
    """Rows of several files, in the order in which they were read.

    `forms` of a row are the canonical forms of its columns: date, amount, currency, quantity, and
    the text columns.
    """

    columns: tuple[str, ...]
    blank: int = 0
    rejects: list[Reject] = field(default_factory=list)
    _batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, file: int, lines: Sequence[int], forms: Mapping[str, Sequence[str]]) -> None:
        """Take good rows, whose forms of date, amount, currency and quantity are not empty."""
        columns = {
            "file": pa.repeat(pa.scalar(file, pa.int32()), len(lines)),
            "line": pa.array(lines, pa.int32()),
            "row_hash": pa.array(row_hashes(forms), HASH),
            "day": pc.cast(pa.array(forms["date"], pa.string()), pa.date32()),
            "amount": pc.cast(pa.array(forms["amount"], pa.string()), EXACT),
            "quantity": pc.cast(pa.array(forms["quantity"], pa.string()), EXACT),
            **{name: _coded(forms[name]) for name in ("currency", *self.columns)},
        }
        self._batches.append(pa.RecordBatch.from_pydict(columns))

    def grow(self, columns: Iterable[str]) -> None:
        """Add columns of text; rows taken before have nothing in them."""
        self.columns = tuple(dict.fromkeys((*self.columns, *columns)))

    def reject(
        self, file: int, line: int, reason: str, text: str, amount: str = "", currency: str = ""
    ) -> None:
        """Keep a record that can't be taken."""
        text = text.rstrip("\r\n")[:_CUT]
        self.rejects.append(Reject(file, line, reason, amount, currency, text))

    def table(self) -> pa.Table:
        """Give all rows; text columns are dictionaries of their values."""
        schema = pa.schema(
            [
                ("file", pa.int32()),
                ("line", pa.int32()),
                ("row_hash", HASH),
                ("day", pa.date32()),
                ("amount", EXACT),
                ("quantity", EXACT),
                *((name, _CODED) for name in ("currency", *self.columns)),
            ]
        )
        batches = [_widened(batch, schema) for batch in self._batches]
        return pa.Table.from_batches(batches, schema).unify_dictionaries().combine_chunks()


def row_hashes(forms: Mapping[str, Sequence[str]]) -> list[bytes]:
    """Hash what rows say: 16 bytes of the SHA-256 of `name=form` of all that is not empty.

    Each is ended by U+001F, and they stand in the order of their names. A quantity of one counts
    as empty, since it is what rows without a quantity have.
    """
    pieces = []
    for name in sorted(forms):
        empty = "1" if name == "quantity" else ""
        pieces.append(
            [f"{name}={form}{SEPARATOR}" if form and form != empty else "" for form in forms[name]]
        )
    sha256 = hashlib.sha256
    return [
        sha256("".join(row).encode()).digest()[:_HASH_BYTES] for row in zip(*pieces, strict=True)
    ]


def _widened(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch with all columns; those that it lacks are empty."""
    if batch.num_columns == len(schema):
        return batch
    have = set(batch.schema.names)
    arrays = [
        batch[name] if name in have else _coded([""] * batch.num_rows) for name in schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _coded(forms: Sequence[str]) -> pa.DictionaryArray:
    return pa.array(forms, pa.string()).dictionary_encode()
