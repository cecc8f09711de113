"""Classify: 120 rules over rows of eight text columns, against DuckDB's plain scan of them.

Two contenders are limits: adding up all codes of the coded source, and adding up the lengths of the
same columns kept as text. The CASE chain is how the rules would be written by hand in DuckDB, over
the columns as text. Whoever classifies must come to the same checksum over period, rule, lines and
amount.

    python benchmarks/bench_classify.py [--quick | --full] [--json]
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness import Work, main
from truecost.engine.classify import cells
from truecost.engine.classify_session import opened
from truecost.kernel.periods import ALWAYS, Period
from truecost.rules.predicate import parse_predicate
from truecost.store.sources import CodedSource, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ROWS = {"quick": 200_000, "usual": 5_000_000, "full": 50_000_000}
GROUP = 500_000
MONTHS = 24
COLUMNS = {
    "account": 200, "cost_centre": 2_000, "entity": 40, "vendor": 50_000,
    "document": 500_000, "description": 20_000, "region": 20, "desk": 60,
}  # fmt: skip


def rules() -> list[str]:
    """Give 120 rules as an analyst writes them: one column, two, three; LIKE, IN, patterns."""
    account, centre, vendor = (
        f"{name.upper()} {{:06}}" for name in ("account", "cost_centre", "vendor")
    )
    return [
        *(f"account = '{account.format(7 * n)}'" for n in range(1, 26)),
        *(f"vendor LIKE 'VENDOR 0{n:03}%'" for n in range(20, 40)),
        *(f"regexp_matches(vendor, '(1{n}|7{n})$')" for n in range(15)),
        *(f"account = '{account.format(3 * n)}' AND cost_centre LIKE '%{n}'" for n in range(1, 26)),
        *(
            f"account IN ('{account.format(n)}', '{account.format(n + 90)}')"
            f" AND entity <> 'ENTITY 00000{n}'"
            for n in range(1, 10)
        ),
        *(f"cost_centre LIKE '%{n}0' AND region = 'REGION {n:06}'" for n in range(10)),
        *(f"description LIKE '%{n}{n}' AND account > '{account.format(150)}'" for n in range(10)),
        *(
            f"desk = 'DESK {n:06}' AND entity = 'ENTITY {n:06}'"
            f" AND NOT vendor = '{vendor.format(n)}'"
            for n in range(5)
        ),
        f"cost_centre = '{centre.format(1)}' OR desk IS NULL",
    ]


def generate(folder: Path, rows: int) -> None:
    """Write a coded source, and the same rows with texts in place of codes."""
    random = np.random.default_rng(20_221_123)
    texts = {
        column: pa.array([f"{column.upper()} {code:06}" for code in range(size)])
        for column, size in COLUMNS.items()
    }
    first = Period.of(2021, 1).index
    coded: pq.ParquetWriter | None = None
    decoded: pq.ParquetWriter | None = None
    for start in range(0, rows, GROUP):
        count = min(GROUP, rows - start)
        minor = random.integers(-1_000_00, 100_000_00, count)
        data: dict[str, Any] = {
            "period": pa.array(random.integers(first, first + MONTHS, count, dtype=np.int32)),
            "currency": pa.array(np.zeros(count, np.int32)),
            "amount": decimals(minor),
        }
        codes = {
            column: (random.zipf(1.2, count) % size).astype(np.int32)
            for column, size in COLUMNS.items()
        }
        table = pa.table(data | {column: pa.array(code) for column, code in codes.items()})
        plain = pa.table(
            data
            | {
                column: pa.DictionaryArray.from_arrays(pa.array(code), texts[column])
                for column, code in codes.items()
            }
        )
        coded = coded or pq.ParquetWriter(folder / "rows.parquet", table.schema, compression="zstd")
        decoded = decoded or pq.ParquetWriter(
            folder / "texts.parquet", plain.schema, compression="zstd"
        )
        coded.write_table(table)
        decoded.write_table(plain)
    for writer in (coded, decoded):
        if writer is not None:
            writer.close()
    entries = [{"column": "currency", "code": 0, "value": "GBP"}] + [
        {"column": column, "code": code, "value": value}
        for column in sorted(COLUMNS)
        for code, value in enumerate(texts[column].to_pylist())
    ]
    schema = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])
    pq.write_table(pa.Table.from_pylist(entries, schema=schema), folder / "dictionary.parquet")


def decimals(minor: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
    """Give minor units as decimal(18, 2), which Arrow holds in 16 bytes, low half first."""
    halves = np.column_stack([minor, minor >> 63])
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(minor), [None, pa.py_buffer(halves)])


def source(folder: Path) -> CodedSource:
    statistics_ = Statistics(0, 0, 0, 0, 0, 0, 0, {}, (), None, None)
    return CodedSource("bench", "bench", folder, tuple(COLUMNS), (), statistics_)


def checksum(found: Iterable[tuple[Any, ...]]) -> str:
    """Hash (period, rule, lines, amount)."""
    text = "\n".join(
        f"{period} {rule} {lines} {amount:.2f}" for period, rule, lines, amount in sorted(found)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def scan_codes(folder: Path) -> None:
    sums = ", ".join(f"sum({column})" for column in ("period", "currency", "amount", *COLUMNS))
    with opened(source(folder)) as connection:
        connection.execute(f"SELECT {sums} FROM ledger").fetchall()


def scan_texts(folder: Path) -> None:
    sums = ", ".join(f"sum(strlen({column}))" for column in COLUMNS)
    duckdb.execute(
        f"SELECT sum(period), sum(amount), {sums} FROM '{folder / 'texts.parquet'}'"
    ).fetchall()


def case_chain(folder: Path) -> str:
    whens = " ".join(
        f"WHEN {parse_predicate(rule, COLUMNS).sql} THEN {index}"
        for index, rule in enumerate(rules())
    )
    return checksum(
        duckdb.execute(
            f"SELECT period, CASE {whens} ELSE -1 END AS rule, count(*), sum(amount)"
            f" FROM '{folder / 'texts.parquet'}' GROUP BY ALL"
        ).fetchall()
    )


def ours(folder: Path) -> str:
    parsed = [(parse_predicate(rule, COLUMNS), ALWAYS) for rule in rules()]
    table = cells(source(folder), {"rule": parsed})
    return checksum(
        zip(
            *(table[name].to_pylist() for name in ("period", "rule", "lines", "amount")),
            strict=True,
        )
    )


def works(size: str) -> Iterator[Work]:
    rows = ROWS[size]
    yield Work(
        f"classify {rows:,} lines by 120 rules",
        prepare=lambda folder: folder,
        files=lambda folder: generate(folder, rows),
        contenders={
            "DuckDB, sum of the codes": scan_codes,
            "DuckDB, sum of the texts' lengths": scan_texts,
            "Truecost, cells": ours,
            "DuckDB, CASE chain over texts": case_chain,
        },
        agree=True,
    )


if __name__ == "__main__":
    main(works)
