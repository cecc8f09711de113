"""Large Parquet files, read in bulk: the same as row by row, but for what rows are known by."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources_ledger import cleaning, layout, replacing, source

from truecost.engine.classify import cells
from truecost.engine.classify_session import opened
from truecost.engine.dialects.duckdb import DuckdbRows
from truecost.engine.dialects.kept import ArrayRows
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import SourceError
from truecost.kernel.periods import ALWAYS
from truecost.model.source_types import Deliveries, Focus
from truecost.rules.predicate import parse_predicate
from truecost.sources import apart, bulk_source, bulk_texts, columnar_codes
from truecost.sources.columnar_rows import LONGEST
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.store.sources import CodedSource

TEXTS = ("account", "service", "tags")
RULES = ("tags LIKE '%7}'", "service = 'EC2' AND account = '2'", "account IS NULL")
BILL = {
    "date": "ChargePeriodStart", "amount": "EffectiveCost", "currency": "BillingCurrency",
    "quantity": "Quantity?", "account": "SubAccountId", "service": "ServiceName",
    "tags": "Tags?", "vendor": "Provider?",
}  # fmt: skip


def both(folder: Path, reads: Source) -> tuple[CodedSource, CodedSource]:
    """Load row by row, and in bulk."""
    store = Store.open(folder / "store")
    plain = load_ledger(reads, folder, store)
    known = {**{field: getattr(reads, field) for field in reads.__slots__}, "identity": "position"}
    return plain, load_ledger(type(reads)(**known), folder, store)


def said(coded: CodedSource) -> list[dict[str, Any]]:
    """Give rows with their texts, in the order of files and lines."""
    texts: dict[str, dict[int, str]] = {}
    for entry in pq.read_table(coded.dictionary).to_pylist():
        texts.setdefault(entry["column"], {})[entry["code"]] = entry["value"]
    rows = pq.read_table(coded.rows).drop_columns(["row_hash", "ordinal"]).to_pylist()
    decoded = [
        {name: texts[name][value] if name in texts else value for name, value in row.items()}
        for row in rows
    ]
    return sorted(decoded, key=lambda row: (row["file"], row["line"]))


def alike(plain: CodedSource, bulk: CodedSource) -> None:
    """Compare all that both ways have."""
    assert said(plain) == said(bulk)
    for table in ("dictionary", "rejects"):
        one, other = (pq.read_table(getattr(each, table)) for each in (plain, bulk))
        assert one.equals(other)
    schemas = [pq.read_schema(each.rows) for each in (plain, bulk)]
    assert schemas[0].equals(schemas[1])
    assert plain.columns == bulk.columns
    assert plain.files == bulk.files
    assert plain.statistics.totals == bulk.statistics.totals
    for name in ("rows", "loaded", "rejected", "blank", "unreadable", "first_day", "last_day"):
        assert getattr(plain.statistics, name) == getattr(bulk.statistics, name)


def bill(seed: int, rows: int, kind: pa.DataType) -> pa.Table:
    """Draw a bill with dirt in it: nulls, blanks around texts, days that are none, odd numbers."""
    draw = random.Random(seed)

    def some(*values: Any) -> list[Any]:
        return [draw.choice(values) for _ in range(rows)]

    def number() -> Any:
        digits = draw.choice([2, 2, 2, 6])
        text = f"{draw.randint(-(10**9), 10**9)}e-{digits}"
        if draw.random() < 0.05:
            return None
        return float(text) if pa.types.is_floating(kind) else Decimal(text)

    days = ["2024-01-31", "2024-02-01", "2024-02-29T10:00:00Z", "2024-03-01", "", "no day", None]
    weights = [10, 10, 10, 10, 1, 1, 1]
    return pa.table(
        {
            "ChargePeriodStart": draw.choices(days, weights, k=rows),
            "EffectiveCost": pa.array([number() for _ in range(rows)], kind),
            "BillingCurrency": draw.choices(
                ["USD", " eur ", "GBP", "??", ""], [9, 9, 9, 1, 3], k=rows
            ),
            "Quantity": pa.array(some(1.0, 2.5, 0.1 + 0.2, 1e-13, None), pa.float64()),
            "SubAccountId": pa.array(some(1, 2, 3, None), pa.int64()),
            "ServiceName": some(" EC2", "EC2", "S3\x1f", "é ", "", None, "\u00a0x"),
            "Tags": [json.dumps({"team": draw.randint(0, 40)}) for _ in range(rows)],
            "ignored": some(1, 2),
        }
    )


@pytest.mark.parametrize("kind", [pa.float64(), pa.decimal128(18, 6), pa.decimal128(38, 10)])
@pytest.mark.parametrize("batch", [100, 10**6])
def test_in_bulk_as_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType, batch: int
) -> None:
    monkeypatch.setattr(bulk_texts, "_WAITING", batch)
    for number in range(2):
        table = bill(number, 700, kind)
        pq.write_table(table, tmp_path / f"bill{number}.parquet", row_group_size=300)
    reads = source(
        layout(**BILL),
        files=("*.parquet",),
        clean=(
            replacing("service", EC2="Compute"),
            cleaning("team", "regexp_extract(tags, '[0-9]+')"),
            cleaning("tags", "upper(tags)"),
            cleaning("who", "'us'"),
        ),
        costs_are_negative=batch == 100,
    )
    alike(*both(tmp_path, reads))


def test_rows_are_known_by_their_file_and_number(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(bill(1, 300, pa.float64()), path)
    _, bulk = both(tmp_path, source(layout(**BILL), files=("*.parquet",)))
    prefix = hashlib.sha256(path.read_bytes()).digest()[:8]
    rows = pq.read_table(bulk.rows)
    assert rows["row_hash"].to_pylist() == [
        prefix + line.to_bytes(8, "big") for line in rows["line"].to_pylist()
    ]
    keys = [
        (row["period"], row["row_hash"]) for row in rows.select(["period", "row_hash"]).to_pylist()
    ]
    assert keys == sorted(keys)
    assert Store.open(tmp_path / "store").verify_source(bulk) == []


@pytest.mark.parametrize(
    "amounts",
    [
        pa.array([10**7, -(10**12), 1, None], pa.int64()),
        pa.array([1.5e7, 123456789.123, -0.0, float("nan")]),
        pa.array([Decimal("12345678901234567890.12"), Decimal("-0.01"), Decimal(3), None]),
        pa.array(["1,234.50", "£5", "(7)", "12.3.4"]),
        pa.array([0.1 + 0.2, 1e-7, 5e-13, 12345678.87654321]),
    ],
)
def test_numbers_of_all_kinds(tmp_path: Path, amounts: pa.Array) -> None:
    table = pa.table({"Date": ["2024-01-01"] * 4, "Amount": amounts, "Account": list("abcd")})
    pq.write_table(table, tmp_path / "a.parquet")
    alike(*both(tmp_path, source(files=("*.parquet",))))


def test_a_file_without_rows_and_one_without_an_optional_column(tmp_path: Path) -> None:
    table = bill(3, 50, pa.float64())
    pq.write_table(table.slice(0, 0), tmp_path / "a.parquet")
    pq.write_table(table.drop_columns(["Tags", "Quantity"]), tmp_path / "b.parquet")
    pq.write_table(bill(4, 50, pa.float64()), tmp_path / "c.parquet")
    alike(*both(tmp_path, source(layout(**BILL), files=("*.parquet",))))


def test_nothing_at_all(tmp_path: Path) -> None:
    pq.write_table(bill(3, 1, pa.float64()).slice(0, 0), tmp_path / "a.parquet")
    alike(*both(tmp_path, source(layout(**BILL), files=("*.parquet",))))


def test_both_give_the_same_cells(tmp_path: Path) -> None:
    pq.write_table(bill(9, 3000, pa.float64()), tmp_path / "a.parquet", row_group_size=500)
    rules = [(parse_predicate(text, TEXTS), ALWAYS) for text in RULES]
    one, other = (
        cells(each, {"rule": rules})
        for each in both(tmp_path, source(layout(**BILL), files=("*.parquet",)))
    )
    assert one.equals(other)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"distinct": True}, "distinct: yes"),
        (
            {"clean": (cleaning("x", "account || service"),)},
            "reads several columns: account, service",
        ),
        ({"clean": (replacing("nothing", a="b"),)}, 'there is no column "nothing"'),
        ({"focus": Focus("BilledCost", "charge", deliveries=Deliveries.BY_FILE)}, "deliveries"),
    ],
)
def test_what_can_not_be_had_is_refused(tmp_path: Path, fields: dict[str, Any], told: str) -> None:
    pq.write_table(bill(3, 5, pa.float64()), tmp_path / "a.parquet")
    reads = source(layout(**BILL), files=("*.parquet",), identity="position", **fields)
    with pytest.raises(SourceError) as refused:
        load_ledger(reads, tmp_path, Store.open(tmp_path / "store"))
    assert told in str(refused.value)
    assert not list((tmp_path / "store").glob("v1/tmp/*"))


def test_other_files_and_the_same_file_twice_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pq.write_table(bill(3, 5, pa.float64()), tmp_path / f"{name}.parquet")
    reads = source(layout(**BILL), files=("*.parquet",), identity="position")
    with pytest.raises(SourceError, match=r"b\.parquet.*the same as a\.parquet"):
        load_ledger(reads, tmp_path, Store.open(tmp_path / "store"))
    (tmp_path / "b.parquet").rename(tmp_path / "b.csv")
    reads = source(layout(**BILL), files=("*.parquet", "*.csv"), identity="position")
    with pytest.raises(SourceError, match=r"b\.csv is not Parquet"):
        load_ledger(reads, tmp_path, Store.open(tmp_path / "store"))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    reads = source(layout(**BILL), files=("*.parquet",), identity="position")
    with pytest.raises(SourceError, match="no Parquet file"):
        load_ledger(reads, tmp_path, Store.open(tmp_path / "store"))


def test_doubles_become_the_shortest_decimals() -> None:
    draw = random.Random(5)
    numbers = [draw.uniform(-1, 1) * 10.0 ** draw.randint(-6, 8) for _ in range(2000)]
    numbers += [round(number, draw.randint(0, 9)) for number in numbers]
    found, odd = columnar_codes.scaled(pa.array(numbers))
    for number, whole, is_odd in zip(numbers, found.tolist(), odd.tolist(), strict=True):
        if not is_odd:
            assert Decimal(repr(number)) == Decimal(whole).scaleb(-12)
    assert not odd[2000:].all()


@pytest.mark.parametrize("forks", [True, False])
def test_a_file_that_is_damaged_does_not_take_the_next_with_it(
    forks: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not forks:
        monkeypatch.delattr("os.fork")
    table = pa.table({"day": ["2024-01-01"], "cost": ["1"]})
    for name in "abc":
        pq.write_table(table, tmp_path / f"{name}.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1, and nothing of it")
    with apart.Readers("truecost.sources.columnar_codes") as readers:
        found = []
        for name in "abc":
            try:
                with readers.reading(str(tmp_path / f"{name}.parquet"), name) as other:
                    found.append(other.next())
            except SourceError as error:
                found.append(error.findings[0].place)
    assert found[0] == found[2] == [["day", "cost"], 1]
    assert str(found[1]) == "b"


def test_a_process_that_dies_is_seen(tmp_path: Path) -> None:
    pq.write_table(pa.table({"day": ["x" * (LONGEST + 1)]}), tmp_path / "a.parquet")
    with apart.Readers("truecost.sources.columnar_codes") as readers:
        for _ in range(2):
            with readers.reading(str(tmp_path / "a.parquet"), "a") as other:
                assert other.next() == [["day"], 1]
                other.tell([[0], []])
                other.output.read()
                with pytest.raises(SourceError, match="takes more memory"):
                    other.next()


def test_the_table_of_the_rows_is_made_when_it_is_asked_for(tmp_path: Path) -> None:
    pq.write_table(bill(9, 3000, pa.float64()), tmp_path / "a.parquet", row_group_size=700)
    _, bulk = both(tmp_path, source(layout(**BILL), files=("*.parquet",)))
    rules = [(parse_predicate(text, TEXTS), ALWAYS) for text in RULES]
    found = cells(bulk, {"rule": rules})
    assert not bulk.rows_path.exists()
    assert Store.open(tmp_path / "store").verify_source(bulk) == []
    first = bulk.rows.read_bytes()
    bulk.rows.unlink()
    assert bulk.rows.read_bytes() == first, "the same bytes whenever it is made"
    assert found.equals(cells(replace(bulk, by_arrays=False), {"rule": rules}))


@pytest.mark.parametrize("seed", range(3))
def test_combinations_that_rows_have_are_those_of_the_table(tmp_path: Path, seed: int) -> None:
    pq.write_table(bill(seed, 500, pa.float64()), tmp_path / "a.parquet", row_group_size=100)
    _, bulk = both(tmp_path, source(layout(**BILL), files=("*.parquet",)))
    march = CALENDAR_MONTHS.period(2024 * 12 + 2)
    with opened(bulk) as connection:
        kept, table = ArrayRows(connection, bulk), DuckdbRows(connection, bulk)
        first, last = table.span() or (0, 0)
        parts = {
            name: np.arange(table.largest(name) + 1, dtype=np.int64) * 1000**at
            for at, name in enumerate(("service", "account", "nothing here"))
            if name in table.columns
        }
        parts["period"] = np.arange(last - first + 1) * 10**9
        for periods in (None, (march, march)):
            assert kept.count(periods) == table.count(periods)
            found, expected = (rows.distinct(parts, 10**6, periods) for rows in (kept, table))
            assert found is not None
            assert expected is not None
            assert found.tolist() == expected.tolist()
        assert kept.distinct(parts, 3) is None
        assert kept.span() == table.span()
        assert kept.columns == table.columns
        for name in ("amount", "quantity"):
            assert kept.digits(name) == table.digits(name)
            assert kept.greatest(name) == table.greatest(name)
        for name in kept.columns:
            assert kept.largest(name) == table.largest(name)


@pytest.mark.parametrize("name", ["rows.bin", "rows.json", "rows.parquet"])
@pytest.mark.parametrize("how", ["cut", "other", "gone"])
def test_damaged_rows_are_told(tmp_path: Path, name: str, how: str) -> None:
    pq.write_table(bill(9, 300, pa.float64()), tmp_path / "a.parquet")
    _, bulk = both(tmp_path, source(layout(**BILL), files=("*.parquet",)))
    path = bulk.rows.with_name(name)
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        middle = len(content) // 2
        other = bytes([content[middle] ^ 1])
        path.write_bytes(
            content[:middle] if how == "cut" else content[:middle] + other + content[middle + 1 :]
        )
    store = Store.open(tmp_path / "store")
    if name == "rows.parquet" and how == "gone":  # it is made again
        assert store.verify_source(bulk) == []
    else:
        (fault,) = store.verify_source(bulk)
        assert str(fault.place).startswith("store/v1/sources/")


def test_two_files_are_read_at_a_time_and_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        pq.write_table(bill(number, 90, pa.float64()), tmp_path / f"{number}.parquet")
    reads = source(layout(**BILL), files=("*.parquet",), identity="position")
    found = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(bulk_source, "_THREADS", threads)
        coded = load_ledger(reads, tmp_path, Store.open(tmp_path / f"store{threads}"))
        found.append([path.read_bytes() for path in (coded.rows, coded.dictionary, coded.rejects)])
    assert found[0] == found[1] == found[2]
