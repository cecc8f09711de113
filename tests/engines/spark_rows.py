"""A coded source of any size, and rules of every kind over it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from truecost.kernel import digest
from truecost.kernel.periods import ALWAYS, Period
from truecost.rules.predicate import parse_predicate
from truecost.store.sources import CodedSource, Statistics

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from truecost.engine.classify_signatures import RuleLists

SIZES = {"currency": 1, "account": 40, "region": 30, "vendor": 5000}
COLUMNS = tuple(column for column in SIZES if column != "currency")
FIRST, MONTHS = Period.of(2024, 1), 12


def made(folder: Path, rows: int) -> CodedSource:
    """Write a coded source: 12 months, amounts of 14 digits, one text column of many values."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(20_261_123)
    cents = random.integers(-(10**13), 10**14, rows)
    data = {
        "period": pa.array(np.sort(FIRST.index + random.integers(0, MONTHS, rows)), pa.int32()),
        "amount": decimals(cents),
        "quantity": pa.array(np.ones(rows, np.int64)).cast(pa.decimal128(38, 0)),
        "row_hash": pa.array([number.to_bytes(16, "big") for number in range(rows)], pa.binary(16)),
        "ordinal": pa.array(np.zeros(rows, np.int32)),
    }
    entries: list[tuple[str, int, str]] = []
    for column, size in SIZES.items():
        data[column] = pa.array(random.integers(0, size, rows), pa.int32())
        entries += [(column, code, f"{column[0].upper()}{code:04}") for code in range(size)]
    if rows:
        entries[0] = ("currency", 0, "GBP")
    schema = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])
    dictionary = pa.table(list(map(list, zip(*sorted(entries), strict=True))), schema=schema)
    source = CodedSource(
        "ledger", folder.name, folder, COLUMNS, (),
        Statistics(rows, rows, 0, 0, 0, 0, 0, {}, (), None, None),
    )  # fmt: skip
    table = pa.table(data)
    pq.write_table(table, source.rows, row_group_size=20_000, store_decimal_as_integer=True)
    pq.write_table(dictionary, source.dictionary)
    tables = {"rows": {"sha256": digest.of_file(source.rows)}}
    (folder / "load.json").write_text(json.dumps({"tables": tables}), encoding="utf-8")
    return source


def decimals(units: NDArray[np.int64]) -> pa.Array:
    """Give whole numbers of hundredths as decimal(18,2)."""
    words = np.stack([units, units >> 63], axis=1)
    return pa.Array.from_buffers(
        pa.decimal128(18, 2), len(units), [None, pa.py_buffer(words.tobytes())]
    )


def rules() -> RuleLists:
    """Give lists of rules: of one column, of several, and by line."""
    account = [f"account = 'A{code:04}' AND region IN ('R0001', 'R{code:04}')" for code in range(9)]
    account += [f"vendor LIKE 'V{code:02}%'" for code in range(20)]
    account += ["amount > 500000000000 AND vendor LIKE '%7'", "account LIKE 'A003%'"]
    centre = [f"vendor LIKE '%{digit}' AND account >= 'A002'" for digit in range(10)]
    written = {"account": account, "centre": [*centre, "amount < 0"]}
    return {
        name: [(parse_predicate(text, COLUMNS), ALWAYS) for text in texts]
        for name, texts in written.items()
    }
