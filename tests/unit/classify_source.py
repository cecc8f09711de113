"""Small coded sources for tests, written as the store lays them out."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from truecost.kernel.periods import ALWAYS, Period, Validity
from truecost.rules.predicate import parse_predicate
from truecost.store.sources import CodedSource, Statistics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from truecost.rules.predicate import Predicate

COLUMNS = ("account", "cost_centre", "vendor", "code")
JANUARY = Period.of(2022, 1)

Row = dict[str, Any]


def row(period: int = 0, amount: str = "1.00", **given: str) -> Row:
    """Make a ledger line: `period` counts months from January 2022."""
    standard = {"currency": "GBP", "quantity": "1", **dict.fromkeys(COLUMNS, "")}
    return {"period": JANUARY.index + period, "amount": amount, **standard, **given}


def coded(folder: Path, rows: Sequence[Row], *, precision: int = 18) -> CodedSource:
    """Write rows as a coded source; a row's `id` (default: its position) makes its hash."""
    folder.mkdir(parents=True, exist_ok=True)
    data: dict[str, pa.Array] = {
        "period": pa.array([row["period"] for row in rows], pa.int32()),
        "amount": pa.array([Decimal(row["amount"]) for row in rows], pa.decimal128(precision, 2)),
        "quantity": pa.array([Decimal(row["quantity"]) for row in rows], pa.decimal128(38, 1)),
        "row_hash": pa.array(
            [identity(row.get("id", number)) for number, row in enumerate(rows)], pa.binary(16)
        ),
        "ordinal": pa.array([0] * len(rows), pa.int32()),
    }
    entries: list[tuple[str, int, str]] = []
    for column in ("currency", *COLUMNS):
        values = sorted({row[column] for row in rows})
        codes = {value: code for code, value in enumerate(values)}
        data[column] = pa.array([codes[row[column]] for row in rows], pa.int32())
        entries += [(column, code, value) for value, code in codes.items()]
    schema = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])
    dictionary = pa.table(
        [[each[at] for each in sorted(entries)] for at in range(3)], schema=schema
    )
    source = CodedSource(
        "ledger", folder.name, folder, COLUMNS, (),
        Statistics(len(rows), len(rows), 0, 0, 0, 0, 0, {}, (), None, None),
    )  # fmt: skip
    pq.write_table(pa.table(data), source.rows)
    pq.write_table(dictionary, source.dictionary)
    return source


def identity(number: int) -> bytes:
    """Give the hash of the row with this id."""
    return hashlib.sha256(str(number).encode()).digest()[:16]


def rules(*written: str | tuple[str, Validity]) -> list[tuple[Predicate, Validity]]:
    """Read rules; one may come with its validity."""
    pairs = [(entry, ALWAYS) if isinstance(entry, str) else entry for entry in written]
    return [(parse_predicate(text, COLUMNS), validity) for text, validity in pairs]
