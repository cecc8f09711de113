"""Rows added up in arrays against DuckDB's joins with the same plan."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from tests.unit.classify_source import JANUARY, Row, coded, row, rules

from truecost.engine.classify_session import opened
from truecost.engine.dialects import arrays, batches
from truecost.engine.dialects.duckdb import DuckdbRows
from truecost.engine.planning import planned

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from truecost.engine.classify_signatures import RuleLists
    from truecost.engine.dialects.rows import Span
    from truecost.store.sources import CodedSource

LISTS = {
    "account": ("vendor LIKE '%1'", "account = 'a2' AND vendor LIKE 'v1%'", "code = 'c0'"),
    "centre": (("TRUE AND code < 'c3'", "account = vendor OR code = 'c4' AND account = 'a1'")),
    "consumer": (),
}


def lines(seed: int, count: int) -> list[Row]:
    draw = random.Random(seed)
    return [
        row(
            draw.randrange(3),
            draw.choice(["9999999999999999.99", "-9999999999999999.99", "0.01", "-0.03"]),
            account=f"a{draw.randrange(4)}",
            vendor=f"v{draw.randrange(30)}",
            code=f"c{draw.randrange(6)}",
            currency=draw.choice(["GBP", "EUR"]),
        )
        for _ in range(count)
    ]


def both(source: CodedSource, lists: RuleLists, span: Span | None) -> list[pa.Table]:
    with opened(source) as connection:
        ways = DuckdbRows(connection), DuckdbRows(connection, source, threads=3)
        plan = planned(connection, lists, ways[0])
        tables = [rows.cells(plan, span, {}) for rows in ways]
    names = [(name, "ascending") for name in tables[0].column_names[:-2]]
    return [table.sort_by(names).combine_chunks() for table in tables]


@pytest.mark.parametrize("span", [None, (JANUARY + 1, JANUARY + 1), (JANUARY + 5, JANUARY + 9)])
@pytest.mark.parametrize("small", [False, True])
def test_arrays_give_what_joins_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, span: Span | None, *, small: bool
) -> None:
    if small:
        monkeypatch.setattr(arrays, "_DENSE", 2)
        monkeypatch.setattr(arrays, "_MERGED", 1)
        monkeypatch.setattr(batches, "_ROWS", 1)
        monkeypatch.setattr(batches, "_BATCH", 7)
    source = coded(tmp_path, lines(1, 500))
    lists = {name: rules(*written) for name, written in LISTS.items()}
    joined, added = both(source, lists, span)
    assert joined.schema.names == added.schema.names
    assert joined.cast(added.schema).equals(added)
