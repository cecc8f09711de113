"""Cloud bills: 120 rules over charges in Parquet, read in bulk, and again after that.

The limit is DuckDB's scan of the columns that rules and sums need. The CASE chain is how the rules
would be written by hand in DuckDB, over the same files. Whoever classifies must come to the same
checksum over period, rule, lines and cost.

    python benchmarks/bench_bills.py [--quick | --full] [--json]
"""

from __future__ import annotations

import re
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq

import bills
from bench_classify import checksum
from harness import Work, main
from truecost.engine.classify import cells
from truecost.engine.classify_session import opened
from truecost.kernel.findings import Place
from truecost.kernel.periods import ALWAYS
from truecost.model.source_types import POSITION, Layout, Source
from truecost.rules.predicate import parse_predicate
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bills import Atom
    from truecost.store.sources import CodedSource

ROWS = {"quick": 120_000, "usual": 5_000_000, "full": 50_000_000}
PEERS = {"quick": 120_000, "usual": 1_000_000, "full": 10_000_000}
HOSTILE = {"quick": 60_000, "usual": 1_000_000, "full": 5_000_000}
_PLACE = Place("truecost.yaml")
_MONTH = "year(ChargePeriodStart) * 12 + month(ChargePeriodStart) - 1"


def source() -> Source:
    """Give the bill as a source."""
    columns = {name: (header, False) for name, header in bills.COLUMNS.items()}
    files = ("*.parquet",)
    layouts = (Layout(_PLACE, columns),)
    return Source(_PLACE, "bill", files, _PLACE, layouts, identity=POSITION)


def scan(folder: Path) -> None:
    texts = ", ".join(f"sum(strlen({bills.COLUMNS[name]}))" for name in bills.TEXTS)
    sums = f"sum(EffectiveCost), max(ChargePeriodStart), {texts}"
    duckdb.execute(f"SELECT {sums} FROM '{folder}/*.parquet'").fetchall()


def scan_codes(folder: Path) -> None:
    sums = ", ".join(f"sum({name})" for name in ("period", "currency", "amount", *bills.TEXTS))
    with opened(loaded(folder)) as connection:
        connection.execute(f"SELECT {sums} FROM ledger").fetchall()


def loaded(folder: Path) -> CodedSource:
    """Read the bill in bulk, or find that it was read."""
    return load_ledger(source(), folder, Store.open(folder / "store"))


def classified(coded: CodedSource, rules: list[tuple[Atom, ...]]) -> str:
    parsed = [(parse_predicate(bills.sql(rule), bills.TEXTS), ALWAYS) for rule in rules]
    table = cells(coded, {"rule": parsed})
    names = ("period", "rule", "lines", "amount")
    return checksum(zip(*(table[name].to_pylist() for name in names), strict=True))


def ours_from_parquet(folder: Path) -> str:
    store = Store.open(folder / "store of this round")
    coded = load_ledger(source(), folder, store)
    found = classified(coded, bills.rules())
    shutil.rmtree(coded.folder)  # the next round reads again
    return found


def ours(folder: Path, rules: int = 120) -> str:
    return classified(loaded(folder), bills.rules()[:rules])


def few(folder: Path, rules: int) -> None:
    """Classify by so many rules, every fourth of all or all of them."""
    classified(loaded(folder), bills.rules()[:: 120 // rules])


def case_chain(folder: Path) -> str:
    """Classify as it would be written by hand."""
    named = ", ".join(f"{bills.COLUMNS[name]} AS {name}" for name in bills.TEXTS)
    whens = " ".join(
        f"WHEN {parse_predicate(bills.sql(rule), bills.TEXTS).sql} THEN {index}"
        for index, rule in enumerate(bills.rules())
    )
    return checksum(
        duckdb.execute(
            f"SELECT period, CASE {whens} ELSE -1 END AS rule, count(*), sum(amount)"
            f" FROM (SELECT CAST({_MONTH} AS INTEGER) AS period, EffectiveCost AS amount, {named}"
            f" FROM '{folder}/*.parquet') GROUP BY ALL"
        ).fetchall()
    )


def pandas_select(folder: Path) -> str:
    import numpy as np  # noqa: PLC0415  one contender's own
    import pandas as pd  # noqa: PLC0415

    files = sorted(folder.glob("*.parquet"))
    frame = pd.read_parquet(files, columns=[*bills.COLUMNS.values()], dtype_backend="pyarrow")
    headers = {header: name for name, header in bills.COLUMNS.items()}
    frame = frame.rename(columns=headers).astype(dict.fromkeys(bills.TEXTS, "string[pyarrow]"))
    tests: dict[str, Callable[[Any, Any], Any]] = {
        "=": lambda column, what: column == what,
        "<>": lambda column, what: column != what,
        "in": lambda column, what: column.isin(what),
        "has": lambda column, what: column.str.contains(what, regex=False),
        "ends": lambda column, what: column.str.endswith(what),
        "matches": lambda column, what: column.str.contains(re.sub(r"\((?!\?)", "(?:", what)),
        "absent": lambda column, _: column == "",
    }
    conditions = []
    for rule in bills.rules():
        held = [tests[how](frame[column], what).to_numpy(bool) for column, how, what in rule]
        conditions.append(np.logical_and.reduce(held))
    frame["rule"] = np.select(conditions, range(len(conditions)), -1)
    frame["period"] = frame["date"].dt.year * 12 + frame["date"].dt.month - 1
    found = frame.groupby(["period", "rule"])["amount"].agg(["count", "sum"]).reset_index()
    return checksum(found.itertuples(index=False, name=None))


def polars_when(folder: Path) -> str:
    import polars as pl  # noqa: PLC0415  one contender's own

    tests: dict[str, Callable[[Any, Any], Any]] = {
        "=": lambda column, what: column == what,
        "<>": lambda column, what: column != what,
        "in": lambda column, what: column.is_in(list(what)),
        "has": lambda column, what: column.str.contains(what, literal=True),
        "ends": lambda column, what: column.str.ends_with(what),
        "matches": lambda column, what: column.str.contains(what),
        "absent": lambda column, _: column == "",
    }
    chain: Any = pl
    for number, rule in enumerate(bills.rules()):
        held = [
            tests[how](pl.col(bills.COLUMNS[column]).cast(pl.String), what)
            for column, how, what in rule
        ]
        chain = chain.when(pl.all_horizontal(held)).then(pl.lit(number))
    date = pl.col(bills.COLUMNS["date"])
    period = date.dt.year().cast(pl.Int32) * 12 + date.dt.month().cast(pl.Int32) - 1
    found = (
        pl.scan_parquet(folder / "*.parquet")
        .select(period.alias("period"), chain.otherwise(-1).alias("rule"), pl.col("EffectiveCost"))
        .group_by("period", "rule")
        .agg(pl.len(), pl.col("EffectiveCost").sum())
        .collect(engine="streaming")
    )
    return checksum(found.iter_rows())


def bill(folder: Path, rows: int, *, hostile: bool = False, load: bool = True) -> None:
    """Draw a bill, and read it in bulk where contenders find it read."""
    bills.write(folder, rows, hostile=hostile)
    if load:
        coded = loaded(folder)
        rows = pq.read_metadata(coded.rows).num_rows  # makes the table that "codes" are scanned in
        if rows != coded.statistics.loaded:
            raise SystemExit(f"{coded.statistics.loaded:,} rows were loaded, and {rows:,} stand")


def works(size: str) -> Iterator[Work]:
    rows, peers, hostile = ROWS[size], PEERS[size], HOSTILE[size]
    yield Work(
        f"classify {rows:,} charges from Parquet by 120 rules",
        prepare=lambda folder: folder,
        files=lambda folder: bill(folder, rows),
        contenders={
            "DuckDB, scan of the same columns": scan,
            "Truecost, read in bulk, then cells": ours_from_parquet,
            "Truecost, cells again (a rule edited)": ours,
            "DuckDB, scan of the codes": scan_codes,
            "DuckDB, CASE chain from Parquet": case_chain,
        },
        agree=True,
    )
    yield Work(
        f"classify {peers:,} charges again by 120 rules",
        prepare=lambda folder: folder,
        files=lambda folder: bill(folder, peers),
        contenders={
            "Truecost, cells": ours,
            "Truecost, read in bulk, then cells": ours_from_parquet,
            "Polars, when-then chain": polars_when,
            "pandas, np.select": pandas_select,
        },
        agree=True,
    )
    yield Work(
        f"more rules over {rows:,} charges",
        prepare=lambda folder: folder,
        files=lambda folder: bill(folder, rows),
        contenders={
            "30 rules": partial(few, rules=30),
            "120 rules": partial(few, rules=120),
        },
    )
    yield Work(
        f"hostile bill: {hostile:,} charges, each with tags of its own",
        prepare=lambda folder: folder,
        files=lambda folder: bill(folder, hostile, hostile=True),
        contenders={
            "DuckDB, scan of the same columns": scan,
            "Truecost, read in bulk, then cells": ours_from_parquet,
            "Truecost, cells again (a rule edited)": ours,
            "DuckDB, CASE chain from Parquet": case_chain,
        },
        agree=True,
    )


if __name__ == "__main__":
    main(works)
