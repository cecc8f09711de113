"""Spark: what grows with lines, with distinct values, and with cost objects.

Each work is the same question put to DuckDB in process and to Spark in two threads of the same
machine; all must come to the same checksum over period, rules, lines and amount. To begin a session
counts: some seconds, whatever the size. What Java took, which the table has no column for, goes to
the terminal: its peak memory, and its seconds of processors together with those of this process.

    python benchmarks/bench_spark.py [--quick | --full] [--json]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from bench_classify import checksum, decimals
from harness import Work, main
from truecost.engine.classify import cells
from truecost.engine.dialects.choose import begun
from truecost.kernel.findings import Place
from truecost.kernel.periods import ALWAYS, Period
from truecost.model.engine import DuckdbEngine, SparkEngine
from truecost.rules.predicate import parse_predicate
from truecost.store.sources import CodedSource, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.model.engine import Engine

GROUP = 500_000
MONTHS = 12
TEXTS = ("account", "service", "region", "tags")
SPARK = SparkEngine(Place("truecost.yaml"), "local[2]", settings=(("spark.driver.memory", "4g"),))


@dataclass(frozen=True)
class Size:
    """So many lines, distinct sets of tags, and consumers, each recognised by a rule on tags."""

    rows: int
    tags: int = 50_000
    consumers: int = 100

    @property
    def name(self) -> str:
        return f"{self.rows:,} lines, {self.tags:,} tag sets, {self.consumers:,} consumers"

    @property
    def texts(self) -> dict[str, list[str]]:
        tags = [
            f'{{"owner":"t{n % 5000:04}","env":"{n % 7}","n":"{n:07}"}}' for n in range(self.tags)
        ]
        return {
            "currency": ["GBP"],
            "account": [f"ACCOUNT {n:04}" for n in range(200)],
            "service": [f"SERVICE {n:03}" for n in range(60)],
            "region": [f"REGION {n:02}" for n in range(20)],
            "tags": tags,
        }

    def rules(self) -> dict[str, list[Any]]:
        """Give 120 rules of one column and several, and one per consumer."""
        written = [f"account = 'ACCOUNT {n:04}' AND service LIKE '%{n % 10}'" for n in range(60)]
        written += [
            f"tags LIKE '%\"env\":\"{n % 7}\"%' AND region = 'REGION {n:02}'" for n in range(20)
        ]
        written += [f"service = 'SERVICE {n:03}'" for n in range(40)]
        owned = [f"tags LIKE '%\"t{n:04}\"%'" for n in range(self.consumers)]
        lists = {"account": written, "consumer": owned}
        return {
            name: [(parse_predicate(text, TEXTS), ALWAYS) for text in texts]
            for name, texts in lists.items()
        }


SIZES = {
    "quick": [Size(200_000)],
    "usual": [
        Size(1_000_000), Size(5_000_000), Size(20_000_000),
        Size(5_000_000, tags=1_000_000),
        Size(5_000_000, consumers=1_000),
    ],
}  # fmt: skip
SIZES["full"] = [*SIZES["usual"], Size(50_000_000)]


def generate(folder: Path, size: Size) -> None:
    """Write a coded source."""
    random = np.random.default_rng(20_261_123)
    first = Period.of(2024, 1).index
    texts = size.texts
    writer: pq.ParquetWriter | None = None
    for start in range(0, size.rows, GROUP):
        count = min(GROUP, size.rows - start)
        data: dict[str, Any] = {
            "period": np.sort(random.integers(first, first + MONTHS, count, dtype=np.int32)),
            "amount": decimals(random.integers(-1_000_00, 100_000_00, count)),
        }
        for column, values in texts.items():
            data[column] = random.integers(0, len(values), count, dtype=np.int32)
        table = pa.table(data)
        writer = writer or pq.ParquetWriter(
            folder / "rows.parquet", table.schema, compression="zstd"
        )
        writer.write_table(table, row_group_size=65_536)
    if writer is not None:
        writer.close()
    dictionary = {
        "column": [column for column, values in texts.items() for _ in values],
        "code": pa.array([n for values in texts.values() for n in range(len(values))], pa.int32()),
        "value": [value for values in texts.values() for value in values],
    }
    pq.write_table(pa.table(dictionary), folder / "dictionary.parquet")


def classified(folder: Path, size: Size, choice: Engine) -> str:
    nothing = Statistics(0, 0, 0, 0, 0, 0, 0, {}, (), None, None)
    source = CodedSource("bench", folder.name, folder, TEXTS, (), nothing)
    before = seconds()
    with begun(choice) as engine:
        table = cells(source, size.rules(), engine=engine)
    period, account, consumer, lines, amount = (
        table[name].to_pylist() for name in ("period", "account", "consumer", "lines", "amount")
    )
    rules = zip(account, consumer, strict=True)
    found = checksum(zip(period, rules, lines, amount, strict=True))
    told(size, choice, seconds() - before)
    return found


def java() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if each.name() == "java"]


def seconds() -> float:
    """Give the seconds of processors that this process and its Java have taken."""
    return sum(sum(each.cpu_times()[:2]) for each in (psutil.Process(), *java()))


def told(size: Size, choice: Engine, taken: float) -> None:
    engine = "Spark" if isinstance(choice, SparkEngine) else "DuckDB"
    peaks = [f", Java {peak(each) // 1024:,} MB" for each in java()]
    here = f"{peak(psutil.Process()) // 1024:,} MB"
    line = f"{size.name}: {engine} {taken:.1f} s of processors, {here}{''.join(peaks)}"
    print(line, file=sys.stderr)


def peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def works(size: str) -> Iterator[Work]:
    for of in SIZES[size]:
        yield Work(
            of.name,
            prepare=lambda folder: folder,
            files=partial(generate, size=of),
            contenders={
                "DuckDB in process": partial(classified, size=of, choice=DuckdbEngine()),
                "Spark, two threads": partial(classified, size=of, choice=SPARK),
            },
            agree=True,
        )


if __name__ == "__main__":
    main(works)
