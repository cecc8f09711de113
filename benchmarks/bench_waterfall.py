"""The waterfall: a million ledger lines through pools, towers and services to departments.

A workspace with 30 pools, 60 towers, 500 services and 1,000 departments; its ledger is there as a
coded source, so that what is timed is what a build does after ingest: classify, add up to cells,
allocate, settle to the cent, charge, lay out the run's tables and prove them (`rehearse`). Pools
are run, grow or transform. Towers pass cost to services by drivers, one service in ten to others,
all to departments.

`typical`: each service is used by about 100 departments, and ten services share a driver.
`own drivers`: the same, but each service has quantities of its own.
`worst`: every department uses every service.

The limit is DuckDB's scan of the coded rows, added up by account and cost centre.

    python benchmarks/bench_waterfall.py [--quick | --full] [--json]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harness import Work, main
from truecost.engine.build import rehearse
from truecost.engine.cells import Mapper, settle_source
from truecost.engine.classify_session import opened
from truecost.engine.drivers import DriverBook
from truecost.engine.ledger import Ledger
from truecost.kernel.periods import Period, span
from truecost.model.load import load
from truecost.model.types import Class
from truecost.store import parquet
from truecost.store.run import hashed
from truecost.store.runs import Store
from truecost.store.sources import CodedSource, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from truecost.model.types import Model

ROWS = {"quick": 100_000, "usual": 1_000_000, "full": 1_000_000}
LAST = Period.of(2026, 3)
POOLS, TOWERS, SERVICES, DEPARTMENTS, ACCOUNTS, CENTRES = 30, 60, 500, 1_000, 300, 600
USED_BY = 100
SHARING = 10
TEXTS = ("account", "cost_centre", "vendor")
VENDORS = 10_000
CLASSES = [each.value for each in Class]


def generate(shape: str, rows: int, months: int, folder: Path) -> None:
    """Write the workspace and its ledger as a coded source."""
    folder = folder / "workspace"
    dice = np.random.default_rng(20_260_331)
    for name in ("data", "model", "source"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    periods = list(span(LAST - (months - 1), LAST))
    _ledger(folder / "source", dice, rows, periods)
    drivers = SERVICES if shape == "own drivers" else SERVICES // SHARING
    users = DEPARTMENTS if shape == "worst" else USED_BY
    use = [sorted(dice.choice(DEPARTMENTS, users, replace=False).tolist()) for _ in range(drivers)]
    for driver, of in enumerate(use):
        path = folder / "data" / f"use-{driver:03}.csv"
        with path.open("w", encoding="ascii") as file:
            file.write("period,consumer,used\n")
            for period in periods:
                used = dice.integers(1, 2_000_000, users).tolist()
                file.writelines(
                    f"{period},d{department:04},{n // 100}.{n % 100:02}\n"
                    for department, n in zip(of, used, strict=True)
                )
    hours = dice.integers(1, 5_000, (months, SERVICES)).tolist()
    with (folder / "data" / "hours.csv").open("w", encoding="ascii") as file:
        file.write("period,service,hours\n")
        for period, of_period in zip(periods, hours, strict=True):
            file.writelines(f"{period},s{n:03},{hour}\n" for n, hour in enumerate(of_period))
    for name, text in _model(drivers).items():
        (folder / name).write_text(text, encoding="utf-8")


def _model(drivers: int) -> dict[str, str]:
    pools = [f"Products / Product {n:02}" for n in range(POOLS)]
    towers = [f"Compute / Farm {n:02}" for n in range(TOWERS)]
    accounts = [
        f"- {{ name: pool {n}, where: \"account LIKE '{40 + n}%'\","
        f" pool: {pool}, class: {CLASSES[n % 3]} }}"
        for n, pool in enumerate(pools)
    ]
    centres = [
        f"- {{ name: centre {n}, where: \"cost_centre LIKE 'CC{n:02}%'\", to: tower {tower} }}"
        for n, tower in enumerate(towers)
    ]
    services = [
        f"s{n:03}: {{ name: Service {n:03}, owner: Somebody, unit: unit, behaviour: fixed }}"
        for n in range(SERVICES)
    ]
    rules = [
        f"- {{ from: tower {tower}, by: hours,"
        f" to: [{', '.join(f's{s:03}' for s in range(SERVICES) if s % TOWERS in (n, n ^ 1))}] }}"
        for n, tower in enumerate(towers)
    ]
    for n in range(SERVICES):
        others = f"s{(n + 7) % SERVICES:03}: 10%, s{(n + 333) % SERVICES:03}: 5%, "
        to = f"{{ {others}consumers: rest }}" if n % 10 == 0 else "consumers"
        rules.append(f"- {{ from: service s{n:03}, by: use{n % drivers}, to: {to} }}")
    columns = ", ".join(f"{text}: {text}" for text in TEXTS)
    return {
        "truecost.yaml": "truecost: 1\norganisation: Bench\ncurrency: EUR\nsources:\n  ledger:\n"
        f"    kind: ledger\n    files: data/ledger.csv\n    layouts:\n      - {{ date: date,"
        f" amount: amount, {columns} }}\n    rejects: stop\n",
        "model/pools.yaml": "".join(f"- {{ name: {pool}, own: yes }}\n" for pool in pools),
        "model/towers.yaml": "".join(f"- {{ name: {tower}, own: yes }}\n" for tower in towers),
        "model/accounts.yaml": "\n".join(accounts) + "\n",
        "model/cost_centres.yaml": "\n".join(centres) + "\n",
        "model/services.yaml": "\n".join(services) + "\n",
        "model/consumers.yaml": "all:\n  name: All\n  consumers:\n"
        + "".join(f"    d{n:04}: {{ name: Department {n:04} }}\n" for n in range(DEPARTMENTS)),
        "model/drivers.yaml": "hours: { unit: hour, file: data/hours.csv, column: hours }\n"
        + "".join(
            f"use{n}: {{ unit: unit, file: data/use-{n:03}.csv, column: used }}\n"
            for n in range(drivers)
        ),
        "model/allocations.yaml": "rules:\n" + "\n".join(rules) + "\n",
    }


def _ledger(folder: Path, dice: np.random.Generator, rows: int, periods: list[Period]) -> None:
    """Write so many ledger lines: accounts fall to pools, cost centres to towers."""
    months = np.sort(dice.integers(0, len(periods), rows))
    minor = (np.exp(dice.normal(9, 2, rows)) * np.where(dice.random(rows) < 0.02, -1, 1)).astype(
        np.int64
    )
    texts = {
        "account": [f"{40 + n % POOLS}{n // POOLS:02}" for n in range(ACCOUNTS)],
        "cost_centre": [f"CC{n % TOWERS:02}{n // TOWERS:02}" for n in range(CENTRES)],
        "vendor": [f"Vendor {n:05}" for n in range(VENDORS)],
    }
    hashes = dice.bytes(16 * rows)
    table = pa.table(
        {
            "period": (periods[0].index + months).astype(np.int32),
            "currency": np.zeros(rows, np.int32),
            "amount": decimals(minor),
            **{
                name: dice.integers(0, len(values), rows).astype(np.int32)
                for name, values in texts.items()
            },
            "row_hash": pa.Array.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(hashes)]),
            "ordinal": np.zeros(rows, np.int32),
        }
    )
    parquet.write(table, folder / "rows.parquet", by_period=True)
    entries = [("currency", 0, "EUR")]
    entries += [(name, code, text) for name in TEXTS for code, text in enumerate(texts[name])]
    names, codes, values = zip(*entries, strict=True)
    dictionary = pa.table({"column": names, "code": pa.array(codes, pa.int32()), "value": values})
    parquet.write(dictionary, folder / "dictionary.parquet", rows=parquet.SMALL_GROUP)


def decimals(minor: NDArray[np.int64]) -> pa.Array:
    """Give minor units as decimal(18, 2), which Arrow holds in 16 bytes, low half first."""
    halves = np.column_stack([minor, minor >> 63])
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(minor), [None, pa.py_buffer(halves)])


@dataclass(frozen=True)
class Data:
    """A workspace at hand: its model read, its ledger coded."""

    model: Model
    source: CodedSource


def at_hand(months: int, folder: Path) -> Data:
    """Read the model; say of the coded source what loading it would have said."""
    pa.array(np.zeros(1))  # Arrow looks for pandas once, and loads it where it is
    folder = folder / "workspace"
    rows = pq.read_metadata(folder / "source" / "rows.parquet").num_rows
    known = Statistics(
        rows, rows, 0, 0, 0, 0, 0, {}, (), (LAST - (months - 1)).first_day, LAST.first_day
    )
    source = CodedSource("ledger", "0" * 32, folder / "source", TEXTS, (), known)
    return Data(load(folder), source)


def rehearsed(data: Data) -> str:
    """Do all that a build does after ingest; assert that every class comes out as it went in."""
    made = rehearse(data.model, [data.source])
    return told(data, made.tables)


def saved(data: Data) -> str:
    """Do the same, and save the run."""
    store = Store.open(data.model.folder / "store")
    with store.lock(wait=False):
        made = rehearse(data.model, [data.source])
        store.save_run(made.tables, made.manifest)
    return told(data, made.tables)


def classified(data: Data) -> None:
    """Of that: put lines through the rules and add them up to cells."""
    ledger = Ledger(data.model, [data.source])
    spans = (data.model.calendar.period(ledger.begins["ledger"]), LAST)
    table = ledger.cells(data.source, spans)
    settle_source(table, "ledger", Mapper(data.model, ledger.owners))


def drivers_read(data: Data) -> None:
    """Of that: read the drivers' files."""
    ledger = Ledger(data.model, [data.source])
    book = DriverBook(data.model, ledger.owners, ledger.measure, ledger.begins, ledger.data_file)
    book.faults([LAST])


def scanned(data: Data) -> None:
    """DuckDB's scan of the coded rows."""
    with opened(data.source) as connection:
        connection.execute(
            "SELECT count(*), sum(amount) FROM (SELECT period, account, cost_centre,"
            " sum(amount) AS amount FROM ledger GROUP BY ALL)"
        ).fetchall()


def told(data: Data, tables: Mapping[str, pa.Table]) -> str:
    """Say how many lines there are, and what they come to. Raise where a class lost a cent."""
    rows = pq.read_table(data.source.rows, columns=["amount"])
    came = int(pc.sum(rows["amount"]).as_py() * 100)
    sums = {}
    for name in ("cells", "lines"):
        found = tables[name].group_by("class").aggregate([("amount", "sum")]).to_pylist()
        sums[name] = {row["class"]: row["amount_sum"] for row in found}
    if sums["cells"] != sums["lines"] or sum(sums["lines"].values()) != came:
        raise AssertionError(f"not conserved: {came} came in, {sums}")
    charged = pc.sum(tables["charges"]["amount"]).as_py()
    if charged != came:
        raise AssertionError(f"{came} came in, {charged} is charged")
    flows, lines = (tables[name].num_rows for name in ("flows", "lines"))
    return f"{flows:,} flows, {lines:,} lines, {hashed(tables['lines'])['sha256'][:8]}"


def works(size: str) -> Iterator[Work]:
    shapes = [("typical", 1), ("own drivers", 1), ("worst", 1), ("typical", 24)]
    for shape, months in shapes[: 1 if size == "quick" else None]:
        title = "a month" if months == 1 else f"{months} months"
        yield Work(
            f"waterfall, {shape}, {title}",
            partial(at_hand, months),
            {
                "rehearse": rehearsed,
                "rehearse and save": saved,
                "of that: lines to cells": classified,
                "of that: read drivers": drivers_read,
                "the limit: scan in DuckDB": scanned,
            },
            files=partial(generate, shape, ROWS[size], months),
        )


if __name__ == "__main__":
    main(works)
