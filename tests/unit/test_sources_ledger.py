"""From files to a coded source: counts and totals hold, nothing is lost."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.sources_ledger import cleaning, layout, load, rejects, replacing, rows, source

from truecost.kernel.findings import SourceError
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store
from truecost.store.sources import Overlap, Statistics, Totals

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

JULY = """Date,Amount,Account,Supplier
2022-07-01,"1,000.50",software, ACME\u00a0
2022-07-02,(20.25),hardware,Bolt
,,,
2022-07-02,(20.25),hardware,Bolt
"""


def whole(statistics: Statistics) -> bool:
    counted = (statistics.loaded, statistics.rejected, statistics.repeated, statistics.blank)
    return statistics.rows == sum(counted) and all(
        totals.came_in == totals.loaded + totals.rejected + totals.repeated
        for totals in statistics.totals.values()
    )


def test_a_ledger_is_loaded(tmp_path: Path) -> None:
    coded = load(tmp_path, july=JULY)
    assert coded.columns == ("account", "vendor")
    assert coded.statistics == Statistics(
        rows=4, loaded=3, rejected=0, repeated=0, blank=1, equal=1, unreadable=0,
        totals={"GBP": Totals(Decimal(960), Decimal(960), Decimal(0), Decimal(0))},
        overlaps=(), first_day=date(2022, 7, 1), last_day=date(2022, 7, 2),
    )  # fmt: skip
    assert rows(coded, "day", "amount", "currency", "account", "vendor", "quantity", "line") == [
        (date(2022, 7, 1), Decimal("1000.50"), "GBP", "software", "ACME", 1, 2),
        (date(2022, 7, 2), Decimal("-20.25"), "GBP", "hardware", "Bolt", 1, 3),
        (date(2022, 7, 2), Decimal("-20.25"), "GBP", "hardware", "Bolt", 1, 5),
    ]
    (file,) = coded.files
    assert (file.name, file.rows, file.encoding, file.layout, file.header, file.notes) == (
        "july.csv", 4, "utf-8", 1, 1, (),
    )  # fmt: skip
    assert file.sha256 == hashlib.sha256(JULY.encode()).hexdigest()


def test_the_coded_tables_are_as_documented(tmp_path: Path) -> None:
    coded = load(tmp_path, july=JULY)
    table = pq.read_table(coded.rows)
    assert {field.name: str(field.type) for field in table.schema} == {
        "period": "int32", "day": "date32[day]", "currency": "int32",
        "amount": "decimal128(18, 2)", "quantity": "decimal128(38, 0)",
        "account": "int32", "vendor": "int32",
        "row_hash": "fixed_size_binary[16]", "ordinal": "int32", "file": "int32", "line": "int32",
    }  # fmt: skip
    assert table["period"].to_pylist() == [2022 * 12 + 6] * 3
    assert len(set(_keys(table))) == 3
    assert pq.read_table(coded.dictionary).to_pylist() == [
        {"column": "account", "code": 0, "value": "hardware"},
        {"column": "account", "code": 1, "value": "software"},
        {"column": "currency", "code": 0, "value": "GBP"},
        {"column": "vendor", "code": 0, "value": "ACME"},
        {"column": "vendor", "code": 1, "value": "Bolt"},
    ]
    assert pq.read_table(coded.rejects).num_rows == 0


def _keys(table: pa.Table) -> list[tuple[int, bytes, int]]:
    columns = (table[name].to_pylist() for name in ("period", "row_hash", "ordinal"))
    return list(zip(*columns, strict=True))


def test_rows_are_sorted_by_period_then_hash(tmp_path: Path) -> None:
    text = "Date,Amount,Account,Supplier\n" + "".join(
        f"{2023 - number % 3}-{1 + number % 5:02}-28,{number % 7},software,x\n"
        for number in range(90)
    )
    keys = _keys(pq.read_table(load(tmp_path, july=text).rows))
    assert len(keys) == 90
    assert keys == sorted(keys)


def test_amounts_get_the_smallest_type_that_holds_all(tmp_path: Path) -> None:
    def kind(amount: str) -> str:
        coded = load(
            tmp_path, july=f"Date,Amount,Account\n2022-07-01,5.5,a\n2022-07-01,{amount},a\n"
        )
        return str(pq.read_table(coded.rows).schema.field("amount").type)

    assert kind("7") == "decimal128(18, 1)"
    assert kind("0.123456789012") == "decimal128(18, 12)"
    assert kind("12345678901234567") == "decimal128(18, 1)"
    assert kind("123456789012345678") == "decimal128(38, 1)"
    assert kind("9" * 26 + "." + "9" * 12) == "decimal128(38, 12)"


def test_an_unchanged_source_is_not_read_again(tmp_path: Path) -> None:
    first = load(tmp_path, july=JULY)
    before = first.rows.stat().st_mtime_ns
    told: list[tuple[int, int]] = []
    store = Store.open(tmp_path / "store")

    def again() -> str:
        coded = load_ledger(source(), tmp_path, store, progress=lambda *done: told.append(done))
        return coded.load_id

    (tmp_path / "july.csv").touch()
    assert again() == first.load_id
    assert told == []
    assert first.rows.stat().st_mtime_ns == before
    assert load_ledger(source(), tmp_path, store) == first
    (tmp_path / "july.csv").write_text(JULY.replace("20.25", "20.26"))
    assert again() != first.load_id
    assert told[-1] == (len(JULY.encode()), len(JULY.encode()))


def test_the_load_id_covers_bytes_and_recipe_and_nothing_else(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    one = load(here, july=JULY)
    assert load(there, july=JULY).load_id == one.load_id
    assert (
        one.rows.read_bytes()
        == (there / "store" / one.rows.relative_to(here / "store")).read_bytes()
    )
    others = [
        source(distinct=True), source(currency="EUR"), source(encoding="cp1252"),
        source(date_order="day month year"), source(clean=(replacing("vendor", Bolt="B"),)),
        source(layout(date="Date", amount="Amount", account="Account")),
    ]  # fmt: skip
    loads = {load(here, reads=other).load_id for other in others}
    assert len(loads | {one.load_id}) == len(others) + 1
    assert load(here, reads=source(basis="cash")).load_id == one.load_id


def test_rejects_keep_file_line_reason_and_text(tmp_path: Path) -> None:
    july = """Date,Amount,Account,Supplier
2022-07-01,100.00,a,A
2022-02-30,40.00,a,A
2022-07-01,1e5,a,A
2022-07-01,60.00,a
2022-07-01,€5.00,a,A
,,a,A
2022-07-01,"70.00,a,A
2022-07-03,80.00,a,A
Total,180.00,,
"""
    coded = load(tmp_path, july=july)
    assert rejects(coded) == [
        ("july.csv", 3, '"2022-02-30" is not a date: February 2022 has no day 30'),
        (
            "july.csv",
            4,
            '"1e5" is in scientific notation, digits may be lost: export it as a number',
        ),
        ("july.csv", 5, "the row has 3 fields, the header 4"),
        ("july.csv", 6, '"€5.00" is not in GBP, the currency of the row'),
        ("july.csv", 7, "the date is missing; the amount is missing"),
        ("july.csv", 8, "a quote opened here is not closed"),
        ("july.csv", 10, '"Total" is not a date'),
    ]  # fmt: skip
    table = pq.read_table(coded.rejects).to_pylist()
    assert table[0]["amount"] == Decimal(40)
    assert table[0]["text"] == "2022-02-30,40.00,a,A"
    assert [row["amount"] for row in table[1:6]] == [None] * 5
    statistics = coded.statistics
    assert (statistics.rejected, statistics.unreadable, statistics.loaded) == (7, 5, 2)
    assert statistics.totals["GBP"] == Totals(
        came_in=Decimal(400), loaded=Decimal(180), rejected=Decimal(220), repeated=Decimal(0)
    )
    assert whole(statistics)


def test_rows_that_an_earlier_file_has_count_once(tmp_path: Path) -> None:
    head = "Date,Amount,Account\n"
    twice = "2022-07-01,5.00,a\n2022-07-01,5,a\n"
    coded = load(
        tmp_path,
        a=head + twice + "2022-07-02,7.00,a\n",
        b=head + "2022-07-02,7.00,a\n" + twice + "2022-07-01,5.00,a\n2022-08-01,9.00,a\n",
    )
    statistics = coded.statistics
    assert (statistics.rows, statistics.loaded, statistics.repeated) == (8, 5, 3)
    assert statistics.equal == 2
    assert statistics.overlaps == (Overlap("b.csv", "a.csv", 3),)
    assert statistics.totals["GBP"] == Totals(Decimal(48), Decimal(31), Decimal(0), Decimal(17))
    assert rows(coded, "file", "line", "amount") == [
        (0, 2, 5), (0, 3, 5), (0, 4, 7), (1, 5, 5), (1, 6, 9),
    ]  # fmt: skip
    assert whole(statistics)


def test_rows_are_compared_as_cleaned(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a": "Date,Amount,Account\n2022-07-01,5.00,GOVERNMENT PROPERTY AGENCY\n",
        "b": "Date,Amount,Account\n2022-07-01,5.00,GPA\n",
    }
    assert load(tmp_path, files).statistics.repeated == 0
    same = replacing("account", GPA="GOVERNMENT PROPERTY AGENCY")
    assert load(tmp_path, reads=source(clean=(same,))).statistics.repeated == 1


def test_distinct_rows_count_once_inside_a_file(tmp_path: Path) -> None:
    coded = load(tmp_path, reads=source(distinct=True), july=JULY)
    assert (coded.statistics.loaded, coded.statistics.repeated, coded.statistics.equal) == (2, 1, 1)
    assert coded.statistics.overlaps == ()
    assert whole(coded.statistics)


def test_files_of_several_layouts_and_encodings(tmp_path: Path) -> None:
    newer = layout(date="Payment date", amount="Net", account="Account", currency="Currency")
    older = layout(date="Date", amount="Amount", account="Account")
    coded = load(
        tmp_path,
        reads=source(older, newer),
        a=b"Date,Amount,Account\n2022-06-01,5,caf\xe9\n",
        b="Payments;\n\nCurrency,Net,Account,Payment date\neur,6,a,7 July 2022\n,7,a,8-Jul-22\n",
    )
    assert [(file.layout, file.encoding, file.header) for file in coded.files] == [
        (1, "cp1252", 1), (2, "utf-8", 3),
    ]  # fmt: skip
    assert coded.files[1].notes == ("lines above the header, passed over: 2",)
    assert rows(coded, "amount", "currency", "account", "day") == [
        (5, "GBP", "café", date(2022, 6, 1)),
        (6, "EUR", "a", date(2022, 7, 7)),
        (7, "GBP", "a", date(2022, 7, 8)),
    ]
    assert set(coded.statistics.totals) == {"EUR", "GBP"}


def test_currencies_must_exist(tmp_path: Path) -> None:
    with_currency = source(layout(date="Date", amount="Amount", currency="Cur"), currency=None)
    text = "Date,Amount,Cur\n2022-07-01,5,GPB\n2022-07-01,6,\n2022-07-01,7,usd\n2022-07-01,$8,CAD\n"
    coded = load(tmp_path, reads=with_currency, july=text)
    assert rejects(coded) == [
        ("july.csv", 2, '"GPB" is not a currency of ISO 4217'),
        ("july.csv", 3, "the currency is missing"),
    ]
    assert set(coded.statistics.totals) == {"USD", "CAD"}
    assert whole(coded.statistics)
    with pytest.raises(SourceError, match='source "ledger" has no currency'):
        load(tmp_path, reads=source(currency=None))


def test_the_workspace_s_currency_is_used_where_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_text(JULY)
    store = Store.open(tmp_path / "store")
    coded = load_ledger(source(currency=None), tmp_path, store, currency="CHF")
    assert set(coded.statistics.totals) == {"CHF"}


def test_quantities_are_read_and_default_to_one(tmp_path: Path) -> None:
    counted = source(layout(date="month", amount="amount", quantity="payments?"))
    text = 'month,amount,payments\n2022-07,5,"1,204"\n2022-07,6,\n2022-07,7,many\n'
    coded = load(tmp_path, reads=counted, july=text)
    assert rows(coded, "quantity", "day") == [(1204, date(2022, 7, 1)), (1, date(2022, 7, 1))]
    assert rejects(coded) == [("july.csv", 4, 'quantity: "many" is not a number')]


def test_cleanings_run_in_order_and_make_new_columns(tmp_path: Path) -> None:
    text = "Date,Amount,Account,Supplier\n2022-07-01,5,it - a,ACME\n2022-07-01,6,IT - A,acme ltd\n"
    steps = (
        cleaning("account", "upper(account)"),
        replacing("account", **{"IT - A": "IT"}),
        cleaning("desk", "CASE WHEN account = 'IT' THEN 'central' ELSE '' END || vendor"),
        cleaning("vendor", "CASE WHEN vendor LIKE 'ACME%' THEN vendor END"),
    )
    coded = load(tmp_path, reads=source(clean=steps), july=text)
    assert coded.columns == ("account", "vendor", "desk")
    assert rows(coded, "account", "vendor", "desk") == [
        ("IT", "ACME", "centralACME"), ("IT", "", "centralacme ltd"),
    ]  # fmt: skip


def test_a_cleaning_that_can_t_be_done_is_told_where_it_stands(tmp_path: Path) -> None:
    for step, message in (
        (cleaning("account", "upper(acount)"), "acount"),
        (cleaning("account", "read_text('/etc/passwd')"), "read_text"),
        (replacing("nobody", a="b"), 'there is no column "nobody"'),
        (cleaning("line", "account"), "the name is taken"),
    ):
        with pytest.raises(SourceError, match=f"truecost.yaml:7:3: .*{message}"):
            load(tmp_path, reads=source(clean=(step,)), july=JULY)


@pytest.mark.parametrize("delimiter", ["", ";;", '"', " ", "\n"])
def test_a_sign_that_can_t_part_columns_is_refused(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(SourceError, match="can't part columns"):
        load(tmp_path, reads=source(delimiter=delimiter), july=JULY)


def test_other_delimiters_are_taken_as_declared(tmp_path: Path) -> None:
    for delimiter in (";", "\t", "|"):
        text = f"Date{delimiter}Amount{delimiter}Account\n2022-07-01{delimiter}1,5{delimiter}a, b\n"
        reads = source(delimiter=delimiter, decimal_comma=True)
        coded = load(tmp_path, reads=reads, july=text)
        assert rows(coded, "amount", "account") == [(Decimal("1.5"), "a, b")]


def test_every_file_at_fault_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        load(tmp_path, a="What,Ever\n", b="", c=b"PK\x03\x04", d=JULY)
    assert [str(finding.place) for finding in caught.value.findings] == [
        "a.csv:1", "b.csv", "c.csv",
    ]  # fmt: skip
    assert Store.open(tmp_path / "store").runs() == []


def test_files_are_found_by_their_pattern(tmp_path: Path) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "b.csv").write_text(JULY)
    (tmp_path / "data" / "a.csv").write_text(JULY.replace("2022", "2021"))
    (tmp_path / "data" / "deep" / "c.csv").write_text(JULY.replace("2022", "2020"))
    store = Store.open(tmp_path / "store")

    def names(pattern: str, folder: Path | None = None) -> list[str]:
        coded = load_ledger(source(files=(pattern,)), tmp_path, store, folder=folder)
        return [file.name for file in coded.files]

    assert names("data/*.csv") == ["data/a.csv", "data/b.csv"]
    assert names("data/**/*.csv") == ["data/a.csv", "data/b.csv", "data/deep/c.csv"]
    assert names("elsewhere/*.csv", tmp_path / "data") == ["a.csv", "b.csv"]
    assert names(f"{tmp_path}/data/*.csv") == ["a.csv", "b.csv"]
    assert names("data/a.csv") == ["data/a.csv"]
    with pytest.raises(SourceError, match=r'truecost.yaml:7:3: no file matches "none/\*.csv"'):
        names("none/*.csv")
    with pytest.raises(SourceError, match="no file matches"):
        names("none/*.txt", tmp_path / "data")


def test_a_file_with_a_header_only_is_no_fault(tmp_path: Path) -> None:
    coded = load(tmp_path, july="Date,Amount,Account,Supplier\n")
    assert coded.statistics == Statistics(0, 0, 0, 0, 0, 0, 0, {}, (), None, None)
    assert pq.read_table(coded.rows).num_rows == 0
    assert pq.read_table(coded.dictionary).num_rows == 0


def test_neither_file_order_nor_row_order_changes_what_is_said(tmp_path: Path) -> None:
    lines = [f"2022-07-{day:02},{day * 7 % 5}.25,acc{day % 3},V{day % 4}" for day in range(1, 31)]
    head = "Date,Amount,Account,Supplier"

    def said(name: str, *files: list[str]) -> list[dict[str, object]]:
        folder = tmp_path / name
        folder.mkdir()
        texts: dict[str, str | bytes] = {
            f"f{n}": "\n".join([head, *part]) for n, part in enumerate(files)
        }
        table = pq.read_table(load(folder, texts).rows)
        plain: list[dict[str, object]] = table.drop_columns(["file", "line"]).to_pylist()
        return plain

    one = said("one", lines)
    assert said("backward", lines[::-1]) == one
    assert said("parts", lines[20:], lines[:20]) == one
    assert said("overlapping", lines[10:], lines[:20]) == one


def test_a_hash_is_as_the_store_s_reference_says(tmp_path: Path) -> None:
    coded = load(tmp_path, july="Date,Amount,Account,Supplier\n7 July 2022,£1.50,a,\n")
    said = "account=a\x1famount=1.5\x1fcurrency=GBP\x1fdate=2022-07-07\x1f"
    assert rows(coded, "row_hash") == [(hashlib.sha256(said.encode()).digest()[:16],)]
    load_json = json.loads((coded.folder / "load.json").read_text())
    assert load_json["totals"] == {
        "GBP": {"in": "1.5", "loaded": "1.5", "rejected": "0", "repeated": "0"}
    }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    st.binary(max_size=200) | st.text(alphabet='2022-07,1.5"\n;£é\0', max_size=80).map(str.encode)
)
def test_any_bytes_are_counted_whole_or_refused(tmp_path: Path, content: bytes) -> None:
    try:
        coded = load(tmp_path, fuzz=b"Date,Amount,Account\n" + content)
    except SourceError:
        return
    assert whole(coded.statistics)
    assert coded.statistics.loaded == pq.read_table(coded.rows).num_rows
    assert coded.statistics.rejected == pq.read_table(coded.rejects).num_rows
