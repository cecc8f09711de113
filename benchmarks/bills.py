"""Bills of any size, drawn from a seed, and the rules that classify them.

A bill is like one in FOCUS: zstd Parquet, a file per month, a charge per row. Each resource belongs
to an account, a service, a region and a tag set, as in a real bill; how much resources are used is
skewed. Per 50 million rows there are a million resources and 50,000 tag sets. In the hostile bill
every row has a tag set of its own.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MONTHS = 12
#: Rows that are drawn at a time; a row group of the files.
GROUP = 1_000_000
#: The columns that rules and sums need, by our name.
COLUMNS = {
    "date": "ChargePeriodStart", "amount": "EffectiveCost", "currency": "BillingCurrency",
    "account": "SubAccountId", "service": "ServiceName", "region": "RegionId",
    "resource": "ResourceName", "category": "ChargeCategory", "tags": "Tags",
}  # fmt: skip
TEXTS = ("account", "service", "region", "resource", "category", "tags")
_ACCOUNTS, _SERVICES, _REGIONS = 400, 120, 24
_TEAMS, _PRODUCTS = 300, 80
_ENVIRONMENTS = ("prod", "staging", "test", "dev")
_CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
_DIGITS = 6


class Atom(NamedTuple):
    """A condition on one column: `how` is one of =, <>, in, has, ends, matches, absent."""

    column: str
    how: str
    what: str | tuple[str, ...] = ""


def rules() -> list[tuple[Atom, ...]]:
    """Give 120 rules: each holds where all its conditions do, the first that holds wins."""
    return [
        *((Atom("tags", "has", f'"team": "team-{n:03}"'),) for n in range(0, 90, 3)),
        *((Atom("account", "=", f"{100_000_000_000 + 7 * n}"),) for n in range(20)),
        *(
            (
                Atom("tags", "has", f'"product": "product-{n:02}"'),
                Atom("service", "=", f"Service {n:03}"),
            )
            for n in range(20)
        ),
        *((Atom("resource", "matches", f"^(web|db)-{n}[0-9]*7$"),) for n in range(10, 20)),
        *(
            (
                Atom("service", "=", f"Service {n:03}"),
                Atom("region", "in", (f"region-{n:02}", "region-07")),
            )
            for n in range(15)
        ),
        *((Atom("tags", "matches", f'"env": "(dev|test)".*stack-{n}'),) for n in range(8)),
        *((Atom("account", "ends", str(n)), Atom("category", "<>", "Usage")) for n in range(10)),
        *(
            (Atom("region", "=", f"region-{n:02}"), Atom("service", "ends", str(n)))
            for n in range(6)
        ),
        (Atom("tags", "absent"),),
    ]


def sql(rule: tuple[Atom, ...]) -> str:
    """Write a rule as an analyst does."""
    return " AND ".join(map(_sql, rule))


def _sql(atom: Atom) -> str:
    column, how, what = atom
    if isinstance(what, tuple):
        return f"{column} IN ({', '.join(map(repr, what))})"
    return {
        "=": f"{column} = '{what}'",
        "<>": f"{column} <> '{what}'",
        "has": f"{column} LIKE '%{what}%'",
        "ends": f"{column} LIKE '%{what}'",
        "matches": f"regexp_matches({column}, '{what}')",
        "absent": f"{column} IS NULL",
    }[how]


def write(folder: Path, rows: int, *, hostile: bool = False) -> None:
    """Write a bill of so many rows."""
    random = np.random.default_rng(20_221_123)
    resources = max(rows // 50, 100)
    names, sets = _names(resources), _tag_sets(random, max(rows // 1000, 20))
    owner = random.integers(0, _ACCOUNTS, resources)
    fixed = {
        "SubAccountId": (owner, [str(100_000_000_000 + n) for n in range(_ACCOUNTS)]),
        "ServiceName": (
            random.zipf(1.3, resources) % _SERVICES,
            [f"Service {n:03}" for n in range(_SERVICES)],
        ),
        "RegionId": (
            random.zipf(1.5, resources) % _REGIONS,
            [f"region-{n:02}" for n in range(_REGIONS)],
        ),
        "Tags": (random.integers(0, len(sets), resources), sets),
    }
    drawn = 0
    for month in range(MONTHS):
        whole = rows * (month + 1) // MONTHS - rows * month // MONTHS
        path = folder / f"bill-2024-{month + 1:02}.parquet"
        writer: pq.ParquetWriter | None = None
        for start in range(0, whole, GROUP):
            count = min(GROUP, whole - start)
            chosen = random.zipf(1.15, count) % resources
            table = _charges(random, month, chosen)
            table["ResourceName"] = _coded(chosen, names)
            for name, (codes, values) in fixed.items():
                table[name] = _coded(codes[chosen], values)
            if hostile:
                own = (
                    f'{{"team": "team-{n % _TEAMS:03}", "id": "{n}"}}'
                    for n in range(drawn, drawn + count)
                )
                table["Tags"] = pa.array(own)
            drawn += count
            made = pa.table(table)
            writer = writer or pq.ParquetWriter(path, made.schema, compression="zstd")
            writer.write_table(made, row_group_size=GROUP)
        if writer is not None:
            writer.close()


def _charges(
    random: np.random.Generator, month: int, chosen: NDArray[np.int64]
) -> dict[str, pa.Array]:
    """Draw what is a charge's own: hour, cost, category."""
    rows = len(chosen)
    begin = np.datetime64(datetime(2024, month + 1, 1), "us")  # noqa: DTZ001  bills are in UTC
    hours = np.sort(random.integers(0, 28 * 24, rows)).astype("timedelta64[h]")
    cost = (random.lognormal(0, 2, rows) * 10**4).astype(np.int64) * np.where(
        random.random(rows) < 0.02, -1, 1
    )
    halves = np.column_stack([cost, cost >> 63])
    kind = pa.decimal128(18, _DIGITS)
    return {
        "ChargePeriodStart": pa.array(begin + hours),
        "BillingCurrency": _coded(np.zeros(rows, np.int64), ["USD"]),
        "EffectiveCost": pa.Array.from_buffers(kind, rows, [None, pa.py_buffer(halves)]),
        "ChargeCategory": _coded(random.zipf(2.5, rows) % len(_CATEGORIES), list(_CATEGORIES)),
    }


def _coded(codes: NDArray[np.int64], values: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(values))


def _names(resources: int) -> list[str]:
    kinds = ("web", "db", "cache", "queue", "disk")
    return [f"{kinds[n % len(kinds)]}-{n * 7919 % 10_000_019}" for n in range(resources)]


def _tag_sets(random: np.random.Generator, count: int) -> list[str]:
    """Draw tag sets; the first is none at all."""
    teams = random.zipf(1.2, count) % _TEAMS
    products = random.zipf(1.3, count) % _PRODUCTS
    return [
        "",
        *(
            json.dumps(
                {
                    "team": f"team-{team:03}",
                    "product": f"product-{product:02}",
                    "env": _ENVIRONMENTS[n % 4],
                    "stack": f"stack-{n}",
                }
            )
            for n, (team, product) in enumerate(zip(teams.tolist(), products.tolist(), strict=True))
        ),
    ]
