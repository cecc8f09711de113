"""Parquet as warehouses write it: decimals, doubles, time zones, dictionaries, nested columns."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources_ledger import layout, rejects, rows, source

from truecost.kernel.findings import SourceError
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.store.sources import CodedSource

DAYS = pa.array([date(2022, 4, 7)] * 2)


def written(**columns: pa.Array) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


def load(folder: Path, data: bytes, reads: Source | None = None) -> CodedSource:
    (folder / "ledger.parquet").write_bytes(data)
    reads = reads or source(files=("*.parquet",))
    return load_ledger(reads, folder, Store.open(folder / "store"))


def accounts(folder: Path, values: pa.Array) -> list[Any]:
    ones = pa.array([1] * len(values))
    data = written(Date=DAYS[: len(values)], Amount=ones, Account=values)
    return [account for (account,) in rows(load(folder, data), "account")]


def test_decimals_are_exact(tmp_path: Path) -> None:
    kind = pa.decimal128(38, 12)
    amounts = pa.array([Decimal("0.000000000001"), Decimal("-12345678901234567890.5")], kind)
    coded = load(tmp_path, written(Date=DAYS, Amount=amounts, Account=pa.array(["a", "b"])))
    assert rows(coded, "amount", "account", "line") == [
        (Decimal("0.000000000001"), "a", 1),
        (Decimal("-12345678901234567890.5"), "b", 2),
    ]
    assert coded.files[0].notes == ()


def test_doubles_are_their_shortest_decimals_and_that_is_told(tmp_path: Path) -> None:
    amounts = pa.array([0.1 + 0.2, 1e22])
    coded = load(tmp_path, written(Date=DAYS, Amount=amounts, Account=pa.array(["a", "b"])))
    assert rows(coded, "amount") == [(Decimal("0.3"),), (Decimal(10**22),)]
    told = "Amount: binary numbers, read by their shortest decimals"
    assert coded.files[0].notes == (f"{told}; rounded at the twelfth decimal: 1",)


def test_small_floats_are_what_they_were_written_as(tmp_path: Path) -> None:
    amounts = pa.array([0.1, 1234.5], pa.float32())
    coded = load(tmp_path, written(Date=DAYS, Amount=amounts, Account=pa.array(["a", "b"])))
    assert rows(coded, "amount") == [(Decimal("0.1"),), (Decimal("1234.5"),)]


def test_what_is_no_number_is_rejected(tmp_path: Path) -> None:
    amounts = pa.array([float("nan"), None])
    coded = load(tmp_path, written(Date=DAYS, Amount=amounts, Account=pa.array(["a", "b"])))
    assert rejects(coded) == [
        ("ledger.parquet", 1, '"nan" is not an amount'),
        ("ledger.parquet", 2, "the amount is missing"),
    ]


def test_a_time_in_a_zone_has_its_date_in_utc(tmp_path: Path) -> None:
    late = datetime(2022, 4, 8, 3, 30, tzinfo=UTC)
    days = pa.array([late], pa.timestamp("us", "America/New_York"))
    coded = load(tmp_path, written(Date=days, Amount=pa.array([1]), Account=pa.array(["a"])))
    assert rows(coded, "day") == [(date(2022, 4, 8),)]
    assert coded.files[0].notes == ("Date: times in a time zone; their date is the one in UTC",)


def test_columns_of_all_kinds_are_text(tmp_path: Path) -> None:
    pairs = pa.array([[("team", "a"), ("é", "b")]], pa.map_(pa.string(), pa.string()))
    assert accounts(tmp_path, pairs) == ['{"team": "a", "é": "b"}']
    assert accounts(tmp_path, pa.array([{"x": 1, "y": [1, 2]}])) == ['{"x": 1, "y": [1, 2]}']
    assert accounts(tmp_path, pa.array([4711, None])) == ["4711", ""]
    assert accounts(tmp_path, pa.array(["a", "a"]).dictionary_encode()) == ["a", "a"]
    assert accounts(tmp_path, pa.array([b"abc", b"\xff"])) == ["abc", "ff"]
    assert accounts(tmp_path, pa.array([datetime(2022, 4, 7)])) == ["2022-04-07"]  # noqa: DTZ001


def test_columns_that_are_not_mapped_are_not_read(tmp_path: Path) -> None:
    data = written(Date=DAYS, Other=pa.array([{"a": 1}] * 2), Amount=pa.array([1, 2]))
    coded = load(tmp_path, data, source(layout(date="Date", amount="Amount"), files=("*.parquet",)))
    assert rows(coded, "amount") == [(1,), (2,)]


def test_a_file_without_the_columns_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the file has: Date, Sum"):
        load(tmp_path, written(Date=DAYS, Sum=pa.array([1, 2])))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"Date,Amount\n", b"PAR1" + bytes(99) + b"PAR1"])
def test_what_is_no_parquet_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="this is no Parquet file"):
        load(tmp_path, data)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    data = written(Date=DAYS, Amount=pa.array([1, 2]), Account=pa.array(["a", "b"]))
    with pytest.raises(SourceError, match=r"ledger\.parquet: this is no Parquet file"):
        load(tmp_path, data[:-20])
