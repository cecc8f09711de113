"""Rating usage: Truecost against CloudKitty's HashMap module (OpenStack, on PyPI), a core each.

Points of usage in a month: a service, a flavour, a region, a project and a quantity. The price is
by flavour, times a factor by region, and less by a factor from a quantity of 100 (a threshold of a
service). This is CloudKitty's own kind of problem: its fields, mappings and thresholds.

CloudKitty's class runs as it is, with its rules put where its database would put them, and begins
with its frame of points in memory: reading, and its own copying between processes and storage, are
not counted. Truecost begins with a zstd Parquet file of texts and decimals: DuckDB reads it on one
thread, as classification does, looks both prices up for every row, multiplies and adds up in
decimals. Both must come to the same exact sum for every service.
"""

from __future__ import annotations

import datetime as dt
import sys
import warnings
from collections import defaultdict
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness import Work, main

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZES = {"quick": 20_000, "usual": 200_000, "full": 500_000}
_SERVICES = tuple(f"service {i}" for i in range(8))
_FLAVOURS = {f"flavour {i}": Decimal(37 * i + 11).scaleb(-4) for i in range(20)}
_REGIONS = {f"region {i}": Decimal(100 + 5 * i).scaleb(-2) for i in range(6)}
_MUCH, _LESS = 100, Decimal("0.9")


def generate(rows: int, folder: Path) -> None:
    random = np.random.default_rng(rows)

    def drawn(texts: list[str]) -> pa.Array:
        return pa.array(np.array(texts)[random.integers(0, len(texts), rows)])

    quantity = [Decimal(each).scaleb(-3) for each in random.integers(1, 200_000, rows).tolist()]
    table = pa.table(
        {
            "service": drawn(list(_SERVICES)),
            "flavour": drawn(list(_FLAVOURS)),
            "region": drawn(list(_REGIONS)),
            "project": drawn([f"project {i}" for i in range(1_000)]),
            "quantity": pa.array(quantity, pa.decimal128(12, 3)),
        }
    )
    pq.write_table(table, folder / "usage.parquet", compression="zstd")


def prepared(folder: Path) -> Path:
    return folder / "usage.parquet"


def told(sums: dict[str, Decimal]) -> str:
    return ", ".join(f"{service} {amount:.10f}" for service, amount in sorted(sums.items()))


def truecost(path: Path) -> str:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        found = connection.execute(
            f"""
            SELECT service, sum(quantity * f.price * r.price
                * CASE WHEN quantity >= {_MUCH} THEN {_LESS} ELSE 1.0 END)
            FROM read_parquet(?)
                JOIN (VALUES {_rows(_FLAVOURS)}) AS f(name, price) ON flavour = f.name
                JOIN (VALUES {_rows(_REGIONS)}) AS r(name, price) ON region = r.name
            GROUP BY service
            """,
            [str(path)],
        ).fetchall()
    return told(dict(found))


def _rows(prices: dict[str, Decimal]) -> str:
    return ", ".join(f"('{name}', {price})" for name, price in prices.items())


def frame(path: Path) -> Any:
    """Give CloudKitty's module with its rules, and the usage as its frame of points."""
    # `tools/setup_env.py peers` puts it there; no other contender is in this process
    sys.path.insert(0, str(Path(sys.prefix) / "peers"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames, hashmap = map(import_module, ("cloudkitty.dataframe", "cloudkitty.rating.hash"))

    def rules(self: Any, _start: Any = None) -> None:
        self._entries = {service: _entries() for service in _SERVICES}

    module = type("Rated", (hashmap.HashMap,), {"_load_rates": rules})
    begin = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    usage = frames.DataFrame(start=begin, end=begin + dt.timedelta(days=31))
    for row in pq.read_table(path).to_pylist():
        described = {name: row[name] for name in ("flavour", "region")}
        point = frames.DataPoint("h", row["quantity"], 0, {"project": row["project"]}, described)
        usage.add_point(point, row["service"])
    return module(), usage


def _entries() -> dict[str, Any]:
    """Give a service's rules as CloudKitty's loader lays them out."""
    flat = {name: {"type": "flat", "cost": price} for name, price in _FLAVOURS.items()}
    rate = {name: {"type": "rate", "cost": price} for name, price in _REGIONS.items()}
    return {
        "mappings": {},
        "thresholds": {"_DEFAULT_": {Decimal(_MUCH): {"type": "rate", "cost": _LESS}}},
        "fields": {
            "flavour": {"mappings": {"_DEFAULT_": flat}, "thresholds": {}},
            "region": {"mappings": {"_DEFAULT_": rate}, "thresholds": {}},
        },
    }


def peer(data: Any) -> str:
    module, usage = data
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for service, point in module.process(usage).iterpoints():
        sums[service] += point.price
    return told(sums)


def works(size: str) -> Iterator[Work]:
    rows = _SIZES[size]
    yield Work(
        f"rating {rows:,} points of usage",
        prepared,
        {"Truecost": truecost, "CloudKitty HashMap": peer},
        files=partial(generate, rows),
        agree=True,
        ready={"CloudKitty HashMap": frame},
    )


if __name__ == "__main__":
    main(works)
