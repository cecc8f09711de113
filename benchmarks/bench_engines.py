"""Engines: 120 rules over a load of eight text columns, in this process and in PostgreSQL.

The load has been sent to PostgreSQL before; what that takes stands by itself. The limit there is
adding up all codes. The CASE chain is how the rules would be written by hand in PostgreSQL, over
the columns as text. Whoever classifies must come to the same checksum over period, rule, lines and
amount: these rules are such as both read alike; docs/decisions/0032-engines.md tells of others.
Memory is that of the process, not of the server, which is started for the while.

    python benchmarks/bench_engines.py [--quick | --full] [--json]
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import sqlglot

from bench_classify import COLUMNS, checksum, decimals, rules
from harness import Work, main
from truecost.engine.classify import cells
from truecost.engine.dialects.choose import begun, opened_rows
from truecost.kernel.findings import Place
from truecost.kernel.periods import ALWAYS, Period
from truecost.model.engine import DuckdbEngine, PostgresqlEngine
from truecost.rules.predicate import parse_predicate
from truecost.store.sources import CodedSource, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.model.engine import Engine

ROWS = {"quick": 200_000, "usual": 5_000_000, "full": 20_000_000}
GROUP = 500_000
MONTHS = 24
SERVER = "TRUECOST_BENCH_SERVER"
ENGINE = PostgresqlEngine(Place("truecost.yaml"), f"${{{SERVER}}}", "bench")
CODED = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])


def values(column: str) -> list[str]:
    return [f"{column.upper()} {code:06}" for code in range(COLUMNS[column])]


def generate(folder: Path, rows: int) -> None:
    """Write a coded source, and send it to PostgreSQL, coded and as text."""
    random = np.random.default_rng(20_261_123)
    first = Period.of(2021, 1).index
    texts = {column: pa.array(values(column)) for column in COLUMNS}
    with ExitStack() as held:
        connection = held.enter_context(psycopg.connect(os.environ[SERVER]))
        said = ", ".join(f'{column} text COLLATE "C"' for column in COLUMNS)
        connection.execute(b"DROP TABLE IF EXISTS texts")
        made = f"CREATE TABLE texts (period integer, amount bigint, {said})"
        connection.execute(made.encode())
        copying = held.enter_context(connection.cursor().copy("COPY texts FROM STDIN (FORMAT csv)"))
        writer: pq.ParquetWriter | None = None
        for start in range(0, rows, GROUP):
            count = min(GROUP, rows - start)
            minor = random.integers(-1_000_00, 100_000_00, count)
            codes = {
                column: pa.array((random.zipf(1.2, count) % size).astype(np.int32))
                for column, size in COLUMNS.items()
            }
            period = random.integers(first, first + MONTHS, count, dtype=np.int32)
            data: dict[str, Any] = {
                "period": period,
                "currency": np.zeros(count, np.int32),
                "amount": decimals(minor),
                "quantity": decimals(np.full(count, 100)).cast(pa.decimal128(38, 2)),
                **codes,
                "row_hash": pa.array([random.bytes(16) for _ in range(count)], pa.binary(16)),
                "ordinal": np.zeros(count, np.int32),
            }
            table = pa.table(data)
            if writer is None:
                path = folder / "rows.parquet"
                writer = held.enter_context(
                    pq.ParquetWriter(path, table.schema, compression="zstd")
                )
            writer.write_table(table)
            plain = {column: texts[column].take(code) for column, code in codes.items()}
            sink = pa.BufferOutputStream()
            options = pv.WriteOptions(include_header=False, quoting_style="none")
            pv.write_csv(pa.table({"period": period, "amount": minor, **plain}), sink, options)
            copying.write(sink.getvalue().to_pybytes())
    entries = [("currency", 0, "GBP")]
    entries += [
        (column, code, value)
        for column in sorted(COLUMNS)
        for code, value in enumerate(values(column))
    ]
    dictionary = pa.table(list(map(list, zip(*entries, strict=True))), schema=CODED)
    pq.write_table(dictionary, folder / "dictionary.parquet")
    with psycopg.connect(os.environ[SERVER], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE texts")
    sent(folder)


def source(folder: Path) -> CodedSource:
    statistics = Statistics(0, 0, 0, 0, 0, 0, 0, {}, (), None, None)
    return CodedSource("bench", folder.name, folder, tuple(COLUMNS), (), statistics)


def sent(folder: Path) -> None:
    """Send the load, unless it is there."""
    with begun(ENGINE) as engine, opened_rows(source(folder), None, engine) as (found, _):
        if found.count() != pq.read_metadata(folder / "rows.parquet").num_rows:
            raise SystemExit("lines were lost on their way")


def sent_anew(folder: Path) -> None:
    with psycopg.connect(os.environ[SERVER]) as connection:
        connection.execute("DROP SCHEMA bench CASCADE")
    sent(folder)


def classified(folder: Path, choice: Engine) -> str:
    parsed = [(parse_predicate(rule, COLUMNS), ALWAYS) for rule in rules()]
    with begun(choice) as engine:
        table = cells(source(folder), {"rule": parsed}, engine=engine)
    return checksum(
        zip(
            *(table[name].to_pylist() for name in ("period", "rule", "lines", "amount")),
            strict=True,
        )
    )


def case_chain(folder: Path) -> str:  # noqa: ARG001  as the others
    whens = []
    for index, rule in enumerate(rules()):
        sql = sqlglot.transpile(parse_predicate(rule, COLUMNS).sql, "duckdb", "postgres")[0]
        whens.append(f"WHEN {sql} THEN {index}")
    query = (
        f"SELECT period, CASE {' '.join(whens)} ELSE -1 END, count(*), sum(amount) / 100.0"
        " FROM texts GROUP BY 1, 2"
    )
    with psycopg.connect(os.environ[SERVER]) as connection:
        return checksum(connection.execute(query.encode()).fetchall())


def scan(folder: Path) -> None:
    sums = ", ".join(f"sum(c{at})" for at in range(len(COLUMNS)))
    query = f'SELECT sum(period), sum(amount), {sums} FROM bench."rows_{folder.name}"'
    with psycopg.connect(os.environ[SERVER]) as connection:
        connection.execute(query.encode()).fetchall()


def works(size: str) -> Iterator[Work]:
    rows = ROWS[size]

    yield Work(
        f"{rows:,} lines by 120 rules",
        prepare=lambda folder: folder,
        files=lambda folder: generate(folder, rows),
        contenders={
            "PostgreSQL, sum of the codes": scan,
            "Truecost, PostgreSQL": lambda folder: classified(folder, ENGINE),
            "Truecost, DuckDB in process": lambda folder: classified(folder, DuckdbEngine()),
            "PostgreSQL, CASE chain over texts": case_chain,
            "Truecost, the load is sent": sent_anew,
        },
        agree=True,
    )


def run() -> None:
    """Race, with a server for all processes; the harness calls this file again for each."""
    if SERVER in os.environ:
        main(works)
        return
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.engines.postgresql_server import started  # noqa: PLC0415  a folder of tests

    with started() as address:
        os.environ[SERVER] = address
        main(works)


if __name__ == "__main__":
    run()
