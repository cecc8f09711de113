"""Lines, rules, and the cells that they add up to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.unit.classify_source import JANUARY, coded, identity, row, rules
from tests.unit.sources_ledger import load

from truecost.engine import classify_signatures
from truecost.engine.classify import assigned, cells
from truecost.engine.classify_session import opened
from truecost.kernel.findings import SourceError, StoreError
from truecost.kernel.periods import Period, Validity

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = [
    row(account="SOFTWARE", cost_centre="CDIO 1", vendor="Acme", amount="10.10"),
    row(account="SOFTWARE", cost_centre="HR", vendor="Acme", amount="20.20"),
    row(account="RENT", cost_centre="CDIO 1", vendor="Landlord", amount="-5.00"),
    row(1, account="SOFTWARE", cost_centre="CDIO 1", vendor="", amount="40.00", currency="EUR"),
    row(1, account="", cost_centre="HR", vendor="Acme", amount="0.01"),
]


def winners(folder: Path, *written: str | tuple[str, Validity]) -> list[int]:
    """Give each line's rule, in the order of the ledger."""
    source = coded(folder / "source", LEDGER)
    table = assigned(source, {"account": rules(*written)})
    found = dict(zip(table["row_hash"].to_pylist(), table["account"].to_pylist(), strict=True))
    return [found[identity(number)] for number in range(len(LEDGER))]


def test_the_first_rule_that_matches_wins_whichever_columns_it_looks_at(tmp_path: Path) -> None:
    found = winners(
        tmp_path,
        "vendor = 'Landlord'",
        "account = 'SOFTWARE' AND cost_centre LIKE 'CDIO%'",
        "account LIKE 'SOFT%'",
        "cost_centre = 'CDIO 1'",
    )
    assert found == [1, 2, 0, 1, -1]


def test_rules_look_at_amounts_too(tmp_path: Path) -> None:
    found = winners(tmp_path, "account = 'SOFTWARE' AND amount > 20.19", "amount < 0", "TRUE")
    assert found == [2, 0, 1, 0, 2]


def test_a_rule_holds_only_while_it_is_valid(tmp_path: Path) -> None:
    february = Validity(JANUARY + 1, None)
    january = Validity(None, JANUARY)
    found = winners(tmp_path, ("account = 'SOFTWARE'", february), ("TRUE", january))
    assert found == [1, 1, 1, 0, -1]


def test_an_absent_text_is_null_and_empty(tmp_path: Path) -> None:
    assert winners(tmp_path, "vendor IS NULL", "account = ''") == [-1, -1, -1, 0, 1]


def test_a_column_that_the_source_lacks_is_empty(tmp_path: Path) -> None:
    source = coded(tmp_path, LEDGER)
    rows = pq.read_table(source.rows)
    pq.write_table(rows.drop_columns(["vendor"]), source.rows)
    written = (
        "vendor = 'Acme'",
        "vendor IS NULL AND account = 'RENT'",
        "vendor = '' AND amount < 1",
    )
    found = assigned(source, {"account": rules(*written)})["account"].to_pylist()
    assert sorted(found) == [-1, -1, -1, 1, 2]


def test_columns_may_be_compared_with_each_other(tmp_path: Path) -> None:
    joint = "substr(vendor, 1, 1) = substr(account, 2, 1) OR account || cost_centre = 'RENTCDIO 1'"
    assert winners(tmp_path, joint, "NOT account = vendor") == [1, 1, 0, 1, 1]


def test_without_rules_nothing_is_assigned(tmp_path: Path) -> None:
    assert winners(tmp_path) == [-1] * 5


def test_cells_add_up_exactly_and_are_sorted(tmp_path: Path) -> None:
    source = coded(tmp_path, LEDGER)
    lists = {
        "account": rules("account = 'SOFTWARE'"),
        "centre": rules("cost_centre LIKE 'CDIO%'", "amount > 20.19"),
        "consumer": rules(),
    }
    table = cells(source, lists)
    assert table.schema.field("amount").type == pa.decimal128(38, 2)
    assert [tuple(line.values()) for line in table.to_pylist()] == [
        (JANUARY.index, "GBP", -1, 0, -1, 1, Decimal("-5.00")),
        (JANUARY.index, "GBP", 0, 0, -1, 1, Decimal("10.10")),
        (JANUARY.index, "GBP", 0, 1, -1, 1, Decimal("20.20")),
        (JANUARY.index + 1, "EUR", 0, 0, -1, 1, Decimal("40.00")),
        (JANUARY.index + 1, "GBP", -1, -1, -1, 1, Decimal("0.01")),
    ]


def test_only_the_periods_asked_for_are_added_up(tmp_path: Path) -> None:
    source = coded(tmp_path, LEDGER)
    table = cells(source, {"account": rules("TRUE")}, (JANUARY, JANUARY))
    assert table["lines"].to_pylist() == [3]
    assert table["amount"].to_pylist() == [Decimal("25.30")]


def test_an_empty_source_has_no_cells(tmp_path: Path) -> None:
    source = coded(tmp_path, LEDGER)
    pq.write_table(pq.read_table(source.rows).slice(0, 0), source.rows)
    lists = {"account": rules("account = 'A' AND vendor = 'B'", ("TRUE", Validity(JANUARY)))}
    assert cells(source, lists).num_rows == 0


def test_names_of_columns_can_be_anything(tmp_path: Path) -> None:
    source = coded(tmp_path / "it's [a] *folder?*", [row(code="x", account="a"), row(code="y")])
    lists = {"code": rules("code = 'x' AND account = 'a' AND amount > 0", "code = 'y'")}
    assert cells(source, lists)["code"].to_pylist() == [0, 1]


@pytest.mark.parametrize(("few", "per_rows"), [(1, 10**9), (10**9, 1)])
def test_every_way_to_evaluate_a_signature_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int, per_rows: int
) -> None:
    lines = [
        row(account=f"A{number % 3}", vendor=f"V{number % 5}", code=f"C{number}")
        for number in range(60)
    ]
    lists = {
        "account": rules("account = 'A1' AND vendor = 'V2'", "vendor = 'V4' OR account = 'A0'"),
        "centre": rules("account = 'A2' AND NOT vendor = 'V1'", "account || 'x' = code || vendor"),
    }
    source = coded(tmp_path, lines)
    expected = assigned(source, lists)
    monkeypatch.setattr(classify_signatures, "FEW", few)
    monkeypatch.setattr(classify_signatures, "PER_ROWS", per_rows)
    assert assigned(source, lists).equals(expected)


def test_signatures_beyond_any_key_are_evaluated_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = coded(tmp_path, LEDGER)
    lists = {"account": rules("account = 'SOFTWARE' AND vendor = 'Acme'", "TRUE")}
    expected = assigned(source, lists)
    monkeypatch.setattr(classify_signatures, "LARGEST_KEY", 1)
    assert assigned(source, lists).equals(expected)


def test_sums_that_may_not_fit_are_refused_whatever_their_order(tmp_path: Path) -> None:
    huge = f"{'9' * 36}.00"
    lines = [row(amount=huge), row(amount=f"-{huge}"), row(amount=huge)]
    with pytest.raises(SourceError, match=r"sum of amount may need more than 38 digits"):
        cells(coded(tmp_path, lines, precision=38), {"account": rules("TRUE")})


def test_large_sums_that_fit_are_exact(tmp_path: Path) -> None:
    lines = [row(amount="9999999999999999.99") for _ in range(1000)]
    table = cells(coded(tmp_path, lines), {"account": rules("TRUE")})
    assert table["amount"].to_pylist() == [Decimal("9999999999999999990.00")]


def test_a_figure_that_no_comparison_can_hold_is_told(tmp_path: Path) -> None:
    lines = [row(amount=f"{'9' * 34}.00")]
    with pytest.raises(SourceError, match="too large to be exact"):
        cells(coded(tmp_path, lines, precision=38), {"account": rules("amount > 0.000000000001")})


@pytest.mark.parametrize(("column", "told"), [("account", "lacks"), ("currency", "without a code")])
def test_codes_without_a_text_are_damage(tmp_path: Path, column: str, told: str) -> None:
    source = coded(tmp_path, LEDGER)
    dictionary = pq.read_table(source.dictionary)
    lost = pc.and_(pc.equal(dictionary["column"], column), pc.equal(dictionary["code"], 0))
    pq.write_table(dictionary.filter(pc.invert(lost)), source.dictionary)
    with pytest.raises(StoreError, match=told):
        cells(source, {"account": rules("account = 'SOFTWARE'")})


def test_a_damaged_source_is_told_without_a_path(tmp_path: Path) -> None:
    source = coded(tmp_path / "load", LEDGER)
    source.rows.write_bytes(b"not parquet")
    with pytest.raises(StoreError) as told:
        cells(source, {"account": rules("TRUE")})
    assert str(tmp_path) not in str(told.value)


def test_a_damaged_source_is_told_with_the_folder_to_remove(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "v1" / "sources" / "013b"
    folder.parent.mkdir(parents=True)
    source = coded(folder, LEDGER)
    source.rows.write_bytes(b"not parquet")
    with pytest.raises(StoreError, match="remove the folder store/v1/sources/013b; it is read"):
        cells(source, {"account": rules("TRUE")})


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'other.db'",
        "SET enable_external_access = true",
        "SET threads = 7",
        "INSTALL httpfs",
        "FROM glob('*')",
    ],
)
def test_the_session_reaches_nothing_but_the_source(tmp_path: Path, query: str) -> None:
    source = coded(tmp_path, LEDGER)
    with pytest.raises((duckdb.Error, StoreError)), opened(source) as connection:
        connection.execute(query).fetchall()


def test_assigned_lines_stand_in_the_order_of_a_loaded_source(tmp_path: Path) -> None:
    text = "Date,Amount,Account,Supplier\n" + "".join(
        f"{2023 - number % 3}-{1 + number % 5:02}-28,{number % 7},a{number % 4},x\n"
        for number in range(420)
    )
    source = load(tmp_path, july=text)
    wanted = rules("account = 'a2'", "TRUE")
    span = (Period.of(2021, 2), Period.of(2023, 2))
    table = assigned(source, {"account": wanted}, span)
    loaded = pq.read_table(
        source.rows, filters=[("period", ">=", span[0].index), ("period", "<=", span[1].index)]
    )
    keys = ["period", "row_hash", "ordinal"]
    assert table.select(keys).to_pylist() == loaded.select(keys).to_pylist()
    dictionary = pq.read_table(source.dictionary).to_pylist()
    (code,) = (each["code"] for each in dictionary if each["value"] == "a2")
    assert [rule == 0 for rule in table["account"].to_pylist()] == [
        each == code for each in loaded["account"].to_pylist()
    ]
