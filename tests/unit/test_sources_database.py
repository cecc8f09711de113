"""Queries of real databases: SQLite, and a PostgreSQL that lives as long as these tests."""

from __future__ import annotations

import sqlite3
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.postgresql_server import started
from tests.unit.sources_ledger import PLACE, layout, rejects, rows, source

from truecost.kernel.findings import SourceError
from truecost.model.source_types import Database
from truecost.sources import database, database_postgresql
from truecost.sources.ledger import check_rejects, load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.store.sources import CodedSource

LAYOUT = layout(date="day", amount="amount", account="account?")
QUERY = "SELECT day, amount, account FROM ledger ORDER BY id"


def reading(kind: str, address: str, query: str = QUERY) -> Source:
    return source(LAYOUT, files=(), database=Database(PLACE, kind, address, query))


def load(folder: Path, reads: Source) -> CodedSource:
    return load_ledger(reads, folder, Store.open(folder / "store"))


def refusal(folder: Path, reads: Source) -> str:
    with pytest.raises(SourceError) as raised:
        load(folder, reads)
    return str(raised.value)


@pytest.fixture
def erp(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "erp.db") as connection:
        connection.execute("CREATE TABLE ledger (id INTEGER, day TEXT, amount NUMERIC, account)")
        connection.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?)",
            [(1, "2022-04-07", 5, 4711), (2, "2022-04-08", 0.1, "travel"), (3, "", "1,0", None)],
        )
    connection.close()
    return tmp_path


def sqlite(query: str = QUERY) -> Source:
    return reading("sqlite", "erp.db", query)


def test_sqlite_is_read(erp: Path) -> None:
    coded = load(erp, sqlite())
    assert rows(coded, "day", "amount", "account", "line") == [
        (date(2022, 4, 7), 5, "4711", 1),
        (date(2022, 4, 8), Decimal("0.1"), "travel", 2),
    ]
    assert coded.files[0].notes == ("binary numbers, read by their shortest decimals: 1",)
    assert [line for _, line, _ in rejects(coded)] == [3]
    assert str(check_rejects(coded, sqlite())[0]).startswith("query row 3: the date is missing; ")


def test_an_answer_is_named_by_its_rows_in_any_order(erp: Path) -> None:
    first = load(erp, sqlite())
    assert load(erp, sqlite()).load_id == first.load_id
    with sqlite3.connect(erp / "erp.db") as connection:
        connection.execute("UPDATE ledger SET id = -id")
    connection.close()
    assert load(erp, sqlite()).load_id == first.load_id
    with sqlite3.connect(erp / "erp.db") as connection:
        connection.execute("UPDATE ledger SET amount = 6 WHERE account = 4711")
    connection.close()
    assert load(erp, sqlite()).load_id != first.load_id


def test_no_folder_stands_in_for_a_database(erp: Path) -> None:
    with pytest.raises(SourceError, match="leave --data out"):
        load_ledger(sqlite(), erp, Store.open(erp / "store"), folder=erp)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM ledger",
        "DROP TABLE ledger",
        "SELECT 1; DELETE FROM ledger",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "SELECT load_extension('x')",
        "SELECT nothing FROM ledger",
        "no SQL",
        "",
    ],
)
def test_sqlite_only_reads(erp: Path, query: str) -> None:
    before = (erp / "erp.db").read_bytes()
    assert "the query failed" in refusal(erp, sqlite(query))
    assert (erp / "erp.db").read_bytes() == before
    assert not (erp / "other.db").exists()


def test_an_endless_query_is_ended(erp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truecost.sources.database.TIMEOUT", 0)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT count(*) FROM n"
    assert "it took too long" in refusal(erp, sqlite(endless))


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    assert 'there is no file "erp.db"' in refusal(tmp_path, sqlite())
    (tmp_path / "erp.db").write_bytes(b"SQLite format 3\x00" + b"damaged" * 99)
    assert "the query failed" in refusal(tmp_path, sqlite())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with started() as address:
        yield address


@pytest.fixture
def ledger(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ERP_URL", server)
    with psycopg.connect(server) as connection:
        connection.execute("DROP TABLE IF EXISTS ledger")
        connection.execute("CREATE TABLE ledger (id int, day date, amount numeric, account text)")
        connection.execute(
            "INSERT INTO ledger VALUES (1, '2022-04-07', 12345678901234567890.123456789012, 'a%'),"
            " (2, '2022-04-08', -0.10, NULL), (3, NULL, 7, 'c'), (4, '2022-04-08', 'NaN', 'd')"
        )
    return server


def postgresql(query: str = QUERY) -> Source:
    return reading("postgresql", "${ERP_URL}", query)


@pytest.mark.usefixtures("ledger")
def test_postgresql_is_read_exactly(tmp_path: Path) -> None:
    coded = load(tmp_path, postgresql(f"{QUERY};"))
    assert rows(coded, "day", "amount", "account", "line") == [
        (date(2022, 4, 7), Decimal("12345678901234567890.123456789012"), "a%", 1),
        (date(2022, 4, 8), Decimal("-0.10"), "", 2),
    ]
    assert rejects(coded) == [
        ("query", 3, "the date is missing"),
        ("query", 4, '"NaN" is not an amount'),
    ]


@pytest.mark.usefixtures("ledger")
def test_values_of_all_kinds_are_text(tmp_path: Path) -> None:
    kinds = {
        "0.1::float8 + 0.2": "0.3",
        "true": "true",
        "ARRAY[1, 2]": "{1,2}",
        """'{"a": 1.50}'::jsonb""": '{"a": 1.50}',
        "'\\xff'::bytea": "\\xff",
        "timestamptz '2022-04-07 23:00:00-04'": "2022-04-08 03:00:00",
        "timestamp '2022-04-07 00:00'": "2022-04-07",
        "'100%'": "100%",
        "NULL": "",
    }
    for expression, expected in kinds.items():
        query = f"SELECT DATE '2022-04-07' AS day, 1 AS amount, {expression} AS account"
        assert rows(load(tmp_path, postgresql(query)), "account") == [(expected,)]


KINDS = (
    "1", "1.50::numeric", "'NaN'::numeric", "true", "NULL::boolean", "ARRAY[1, 2]", "NULL",
    "'x  '::char(5)", """'{"a": 1.50}'::jsonb""", """'{"b":  "\\u00e9"}'::json""",
    "'\\xff'::bytea", "'2022-04-07'::date", "timestamptz '2022-04-07 23:00:00-04'",
    "timestamptz '2022-04-07 00:00:00+00'", "timestamptz '2022-04-07 00:00:00.5+00'",
    "timestamp '2022-04-07 00:00'", "interval '1 day'", "timestamp '2022-04-07 10:00'", "'100%'",
    "''", "ROW(1, 'a')", "'c'::\"char\"", "ARRAY[0.1::float8]", "0::money",
    "E'\\x7f \\x01 \\t \\n \\r \\b \\f \" \\\\ / é 😀 \\u2028'",
)  # fmt: skip


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("expression", KINDS)
def test_the_server_foretells_what_rows_come_to(tmp_path: Path, expression: str) -> None:
    query = f"SELECT * FROM (VALUES (1, {expression}), (2, {expression}), (2, NULL)) AS v(a, a)"
    asked = Database(PLACE, "postgresql", "${ERP_URL}", f"{query} -- so")
    with database.asked(asked, tmp_path) as answer:
        assert (database.foretold(asked), answer.rows) == (answer.digest, 3)


@given(
    st.lists(
        st.tuples(*[st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))] * 2)
    )
)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_foretold(server: str, tmp_path: Path, texts: list[tuple[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(server, autocommit=True) as erp:
        patch.setenv("ERP_URL", server)
        patch.setattr(database_postgresql, "_FETCHED", 2)
        erp.execute("CREATE TABLE IF NOT EXISTS texts (a text, b text)")
        erp.execute("TRUNCATE texts")
        for each in texts:
            erp.execute("INSERT INTO texts VALUES (%s, %s)", each)
        asked = Database(PLACE, "postgresql", "${ERP_URL}", "TABLE texts")
        with database.asked(asked, tmp_path) as answer:
            assert database.foretold(asked) == answer.digest


@pytest.mark.usefixtures("ledger")
def test_rows_of_a_ledger_that_has_not_changed_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(tmp_path, postgresql())
    with monkeypatch.context() as patch:
        patch.delattr(database, "asked")
        assert load(tmp_path, postgresql()) == first
    query = "SELECT day, amount::float8, account FROM ledger"
    assert database.foretold(Database(PLACE, "postgresql", "${ERP_URL}", query)) is None
    assert database.foretold(Database(PLACE, "postgresql", "${ERP_URL}", "no SQL")) is None


@pytest.mark.usefixtures("ledger")
def test_a_time_in_a_zone_has_its_date_in_utc(tmp_path: Path) -> None:
    query = "SELECT timestamptz '2022-04-07 23:00:00-04' AS day, 0.1::float4 AS amount"
    coded = load(tmp_path, postgresql(query))
    assert rows(coded, "day", "amount") == [(date(2022, 4, 8), Decimal("0.1"))]
    assert coded.files[0].notes == (
        "day: times in a time zone; their date is the one in UTC",
        "amount: binary numbers, read by their shortest decimals",
    )


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM ledger",
        "SELECT 1; COMMIT; DELETE FROM ledger",
        "WITH gone AS (DELETE FROM ledger RETURNING *) SELECT * FROM gone",
        "SELECT nothing FROM ledger",
        "SELECT set_config('transaction_read_only', 'off', true), nextval('none')",
        "no SQL",
    ],
)
def test_postgresql_only_reads(tmp_path: Path, ledger: str, query: str) -> None:
    assert "the query failed" in refusal(tmp_path, postgresql(query))
    with psycopg.connect(ledger) as connection:
        assert connection.execute("SELECT count(*) FROM ledger").fetchone() == (4,)


@pytest.mark.usefixtures("ledger")
def test_a_slow_query_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truecost.sources.database.TIMEOUT", 1)
    assert "statement timeout" in refusal(tmp_path, postgresql("SELECT pg_sleep(60)"))


@pytest.mark.usefixtures("ledger")
def test_no_secret_is_kept_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path, postgresql())
    kept = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"se-cret" in path.read_bytes()]
    for address in (
        "postgresql://erp:se-cret@127.0.0.1:9/postgres",
        "postgresql://erp:se-cret@se-cret:x/p",
        "se-cret is nothing",
    ):
        monkeypatch.setenv("ERP_URL", address)
        said = refusal(tmp_path, postgresql())
        assert "the database can't be reached" in said
        assert "se-cret" not in said


def test_a_missing_variable_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_URL", raising=False)
    assert "the environment variable ERP_URL is not set" in refusal(tmp_path, postgresql())


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_URL", "postgresql://localhost/none")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'truecost[postgres]'" in refusal(tmp_path, postgresql())
