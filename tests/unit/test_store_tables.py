"""Tables: the same table gives the same bytes, and the same content the same hash."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truecost.store import parquet
from truecost.store.content import hash_table

if TYPE_CHECKING:
    from pathlib import Path

KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "bool": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text(max_size=5)),
    "date": (pa.date32(), st.dates()),
    "small": (pa.decimal128(18, 2), st.decimals(-(10**15), 10**15, places=2)),
    "large": (pa.decimal128(38, 0), st.integers(-(10**37), 10**37).map(Decimal)),
    "bytes": (pa.binary(4), st.binary(min_size=4, max_size=4)),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), unique=True, min_size=1))
    rows = draw(st.integers(0, 6))
    columns = {
        name: pa.array(
            draw(st.lists(st.none() | KINDS[name][1], min_size=rows, max_size=rows)),
            KINDS[name][0],
        )
        for name in names
    }
    return pa.table(columns)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(tables(), st.data())
def test_bytes_and_hash_do_not_depend_on_chunks(
    tmp_path: Path, table: pa.Table, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, table.num_rows))
    chunked = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    marked = chunked.replace_schema_metadata({"pandas": "noise"})
    parquet.write(table, tmp_path / "one")
    parquet.write(marked, tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    read = parquet.read(tmp_path / "one", "one")
    assert read.equals(table)
    assert hash_table(read) == hash_table(table) == hash_table(marked)


@given(tables(), tables())
def test_the_hash_tells_contents_apart(one: pa.Table, other: pa.Table) -> None:
    same = one.schema.equals(other.schema) and one.equals(other)
    assert (hash_table(one) == hash_table(other)) == same


def test_the_hash_is_what_the_reference_says() -> None:
    table = pa.table(
        {
            "service": pa.array(["é", None, "ab"]),
            "amount": pa.array([1, None, -2], pa.int64()),
            "rate": pa.array([Decimal("1.50"), None, Decimal("-0.01")], pa.decimal128(9, 2)),
            "day": pa.array([date(1970, 1, 3), None, date(1969, 12, 31)]),
            "leaf": pa.array([True, None, False]),
        }
    )
    valid = bytes([1, 0, 1])

    def number(value: int, width: int) -> bytes:
        return value.to_bytes(width, "little", signed=True)

    def said(*parts: bytes) -> str:
        return hashlib.sha256(b"".join([valid, *parts])).hexdigest()

    lengths = number(2, 8) + number(0, 8) + number(2, 8)
    content = {
        "rows": 3,
        "columns": [
            ["service", "text", said(lengths, "éab".encode())],
            ["amount", "int64", said(number(1, 8), number(0, 8), number(-2, 8))],
            ["rate", "decimal(9,2)", said(number(150, 16), number(0, 16), number(-1, 16))],
            ["day", "date", said(number(2, 4), number(0, 4), number(-1, 4))],
            ["leaf", "bool", said(bytes([1, 0, 0]))],
        ],
    }
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hash_table(table) == hashlib.sha256(written.encode()).hexdigest()


def test_the_hash_is_of_what_is_said_and_not_of_how_it_is_held() -> None:
    plain = pa.table({"a": pa.array(["x", "y", "x"])})
    for held in (pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()):
        assert hash_table(plain.cast(pa.schema([("a", held)]))) == hash_table(plain)
    narrow = pa.table({"a": pa.array([1], pa.int32())})
    wide = pa.table({"a": pa.array([1], pa.int64())})
    assert hash_table(narrow) != hash_table(wide)


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.timestamp("us"), pa.list_(pa.int32()), pa.decimal256(50, 2)]
)
def test_types_that_are_not_kept_are_refused(kind: pa.DataType) -> None:
    with pytest.raises(TypeError, match="a stored table can't have a column of type"):
        hash_table(pa.table({"a": pa.array([None], kind)}))


def test_row_groups_have_a_fixed_size(tmp_path: Path) -> None:
    rows = parquet.ROW_GROUP + 1
    parquet.write(pa.table({"a": pa.array(range(rows), pa.int32())}), tmp_path / "a.parquet")
    metadata = pq.ParquetFile(tmp_path / "a.parquet").metadata
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups == [parquet.ROW_GROUP, 1]
    assert metadata.metadata is None


@pytest.mark.parametrize(
    ("months", "groups"),
    [
        ([20_000, 30_000], [20_000, 30_000]),
        ([5] * 40, [200]),
        ([10_000, 10_000, 10_000], [20_000, 10_000]),
        ([3, 70_000, 1], [65_536, 4_467, 1]),
        ([], []),
    ],
)
def test_a_table_sorted_by_period_is_cut_where_periods_end(
    tmp_path: Path, months: list[int], groups: list[int]
) -> None:
    periods = [24_000 + month for month, rows in enumerate(months) for _ in range(rows)]
    table = pa.table({"a": range(len(periods)), "period": pa.array(periods, pa.int32())})
    parquet.write(table, tmp_path / "a.parquet", by_period=parquet.SCANNED)
    metadata = pq.ParquetFile(tmp_path / "a.parquet").metadata
    found = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert [rows for rows in found if rows] == groups
    assert pq.read_table(tmp_path / "a.parquet").equals(table)
    for number in range(len(groups)):
        statistics = metadata.row_group(number).column(1).statistics
        assert statistics.has_min_max
