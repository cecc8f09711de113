"""The page on large bills can't lie: its workspace is built, from a bill that is read in bulk."""

from __future__ import annotations

import difflib
import os
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from tests.cli.program import ROOT, truecost
from tests.cli.transcript import retold

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs/how-to/large-bills.md"


def bill(path: Path, month: int, rows: int = 2000) -> None:
    """Write a month's charges."""
    days = [f"2026-{month:02}-{1 + row % 28:02}" for row in range(rows)]
    columns = {
        "ChargePeriodStart": pa.array(days).cast(pa.timestamp("us")),
        "EffectiveCost": [Decimal(row % 97) / 100 for row in range(rows)],
        "BillingCurrency": ["EUR"] * rows,
        "SubAccountId": [f"{row % 7:012}" for row in range(rows)],
        "CostCentre": [("IT-300", "S-1", "F-1")[row % 3] for row in range(rows)],
        "ProviderName": ["Cloud One"] * rows,
        "ServiceName": [f"service {row % 11}" for row in range(rows)],
        "Tags": [f'{{"team":"{"ab"[row % 2]}"}}' for row in range(rows)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, compression="zstd")


def test_the_page_is_what_happens(tmp_path: Path) -> None:
    assert truecost("init", tmp_path / "shop", "--example", "starter").code == 0
    for month in (1, 2):
        bill(tmp_path / f"shop/data/cloud/2026-{month:02}.parquet", month)
    told = PAGE.read_text(encoding="utf-8")
    now = retold(told, tmp_path)
    if os.environ.get("TRUECOST_UPDATE"):
        PAGE.write_text(now, encoding="utf-8")
        return
    difference = difflib.unified_diff(told.splitlines(), now.splitlines(), "told", "now", n=1)
    assert now == told, "\n".join(["TRUECOST_UPDATE=1 writes the page again", *difference])
