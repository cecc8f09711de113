"""PostgreSQL as engine: a ledger that lives there, what roles may do, and what a crash leaves."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.engines.golden import outcome
from tests.unit.classify_source import coded, row, rules
from tests.unit.engine_workspace import LINES, files, write

from truecost.engine.classify import assigned, cells
from truecost.engine.dialects import postgresql_loads, postgresql_query, postgresql_session
from truecost.engine.dialects.choose import begun
from truecost.engine.dialects.postgresql_loads import Loads
from truecost.kernel.findings import Place, SourceError
from truecost.model.engine import DuckdbEngine, PostgresqlEngine
from truecost.model.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from truecost.engine.dialects.choose import Engine
    from truecost.store.sources import CodedSource

PLACE = Place("truecost.yaml", 9, 3)
LISTS = {"account": rules("vendor = 'a'", "TRUE")}
POSTED = (
    "INSERT INTO erp.ledger (day, amount, currency, account, centre) VALUES (%s, %s, %s, %s, %s)"
)
LEDGER = """
    connection: ${LEDGER_URL}
    query: SELECT id, day, amount, currency, account, centre FROM erp.ledger ORDER BY id
    layouts:
      - { date: day, amount: amount, currency: currency, account: account, cost_centre: centre }
"""


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """Give a database without schemas of ours, by a role that may do everything."""
    monkeypatch.setenv("LEDGER_URL", server)
    with psycopg.connect(server, autocommit=True) as connection:
        for schema in ("truecost", "erp"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
        yield connection


@pytest.fixture
def engine(database: psycopg.Connection[Any]) -> PostgresqlEngine:
    assert not database.closed
    return PostgresqlEngine(PLACE, "${LEDGER_URL}")


def source(folder: Path, name: str = "load", count: int = 4) -> CodedSource:
    return coded(folder / name, [row(at % 2, vendor="ab"[at % 2]) for at in range(count)])


def tables(database: psycopg.Connection[Any], schema: str = "truecost") -> set[str]:
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'"
    )
    return {name for (name,) in database.execute(query, (schema,)).fetchall()}


def refusal(of: CodedSource, engine: PostgresqlEngine) -> str:
    with pytest.raises(SourceError) as raised, begun(engine) as opened:
        cells(of, LISTS, engine=opened)
    return str(raised.value)


def posted(database: psycopg.Connection[Any]) -> None:
    """Keep the ledger of `engine_workspace` in a table."""
    database.execute("CREATE SCHEMA erp")
    database.execute(
        "CREATE TABLE erp.ledger (id serial PRIMARY KEY, day date NOT NULL, amount numeric,"
        " currency char(3), account text, centre varchar(20))"
    )
    with database.cursor() as cursor:
        for line in LINES:
            cursor.execute(POSTED, line.rstrip("\n").split(","))


def workspace(folder: Path, engine: str = "") -> Path:
    """Write a workspace whose ledger is a query of that table."""
    texts = files()
    head, _, _ = texts["truecost.yaml"].partition("    files:")
    del texts["data/ledger/ledger.csv"]
    return write(folder, {**texts, "truecost.yaml": head + LEDGER.lstrip("\n") + engine})


def test_a_ledger_that_lives_there(tmp_path: Path, database: psycopg.Connection[Any]) -> None:
    posted(database)
    said = "engine: { postgresql: { url: '${LEDGER_URL}', schema: cost } }\n"
    folder = workspace(tmp_path, said)
    database.execute("DROP SCHEMA IF EXISTS cost CASCADE")
    chosen = load(folder).engine
    assert chosen == PostgresqlEngine(Place("truecost.yaml"), "${LEDGER_URL}", "cost")
    there = outcome(folder, chosen)
    assert there == outcome(folder, DuckdbEngine(), "other")
    assert not there.refused
    # what is not ours is as it was
    assert database.execute("SELECT count(*) FROM erp.ledger").fetchone() == (len(LINES),)
    assert len(tables(database, "cost")) == 2
    # nothing is sent twice; a line more is another load
    before = tables(database, "cost")
    assert outcome(folder, chosen, "third") == there
    assert tables(database, "cost") == before
    database.execute(POSTED, ("2024-01-31", "7", "GBP", "IT", "MAIL"))
    assert outcome(folder, chosen) == outcome(folder, DuckdbEngine(), "other")
    assert len(tables(database, "cost")) == 3


def test_a_role_with_least_rights(
    tmp_path: Path,
    server: str,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted(database)
    for statement in (
        "DROP ROLE IF EXISTS clerk",
        "CREATE ROLE clerk LOGIN PASSWORD 'se-cret'",
        "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
        "GRANT CONNECT ON DATABASE postgres TO clerk",
        "GRANT USAGE ON SCHEMA erp TO clerk",
        "GRANT SELECT ON erp.ledger TO clerk",
    ):
        database.execute(statement.encode())
    monkeypatch.setenv("LEDGER_URL", server.replace("erp:", "clerk:"))
    folder = workspace(tmp_path)
    engine = PostgresqlEngine(PLACE, "${LEDGER_URL}")
    said = outcome(folder, engine).refused
    assert said.startswith("truecost.yaml:9:3: the database does not allow it: permission denied")
    assert "run-in-postgresql.md" in said
    database.execute("CREATE SCHEMA truecost AUTHORIZATION clerk")
    there = outcome(folder, engine)
    assert there.tables
    assert there == outcome(folder, DuckdbEngine(), "other")
    database.execute("GRANT CONNECT, TEMPORARY ON DATABASE postgres TO PUBLIC")
    database.execute("DROP OWNED BY clerk")
    database.execute("DROP ROLE clerk")


def test_tables_of_another_role_are_not_trusted(
    tmp_path: Path, server: str, database: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("DROP ROLE IF EXISTS stranger")
    database.execute("CREATE ROLE stranger LOGIN")
    database.execute("CREATE SCHEMA truecost")
    database.execute("CREATE TABLE truecost.loads (load text)")
    database.execute("GRANT ALL ON SCHEMA truecost TO stranger")
    monkeypatch.setenv("LEDGER_URL", server.replace("erp:", "stranger:"))
    said = refusal(source(tmp_path), PostgresqlEngine(PLACE, "${LEDGER_URL}"))
    assert 'the table loads in schema "truecost" is another role\'s' in said
    database.execute("DROP SCHEMA truecost CASCADE")
    database.execute("DROP ROLE stranger")


def test_a_session_that_is_ended_while_lines_are_sent(
    tmp_path: Path,
    database: psycopg.Connection[Any],
    engine: PostgresqlEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = source(tmp_path)

    def killed(batch: Any, columns: Any) -> Any:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND query LIKE 'COPY %'"
        )
        return as_integers(batch, columns)

    as_integers = postgresql_loads._as_integers
    with monkeypatch.context() as patch:
        patch.setattr(postgresql_loads, "_as_integers", killed)
        said = refusal(of, engine)
    assert said.startswith("truecost.yaml:9:3: the database ended the session: ")
    assert tables(database) == set()
    with begun(engine) as opened:
        assert cells(of, LISTS, engine=opened).equals(cells(of, LISTS))


def counted(engine: Engine, of: CodedSource, database: psycopg.Connection[Any]) -> int:
    """Count lines in a session that is ended meanwhile."""
    with engine.rows(of, None) as found:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        return found.count()


def test_a_session_that_is_ended_while_it_is_asked(
    tmp_path: Path, database: psycopg.Connection[Any], engine: PostgresqlEngine
) -> None:
    of = source(tmp_path)
    with begun(engine) as opened:
        expected = cells(of, LISTS, engine=opened)
        assert opened is not None
        with pytest.raises(SourceError, match="the database ended the session"):
            counted(opened, of, database)
    with begun(engine) as opened:
        assert cells(of, LISTS, engine=opened).equals(expected)


def test_what_was_not_kept_as_sent_is_refused(
    tmp_path: Path,
    database: psycopg.Connection[Any],
    engine: PostgresqlEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(postgresql_loads, "_sum", lambda _: 7)
        assert "the database has not kept what was sent" in refusal(source(tmp_path), engine)
    assert tables(database) == set()


def test_a_load_that_is_another_is_refused(
    tmp_path: Path, database: psycopg.Connection[Any], engine: PostgresqlEngine
) -> None:
    with begun(engine) as opened:
        cells(source(tmp_path), LISTS, engine=opened)
    other = source(tmp_path / "elsewhere", count=5)
    assert "is not what was sent" in refusal(other, engine)
    database.execute("UPDATE truecost.loads SET format = 99")
    assert "was written by another version of Truecost" in refusal(source(tmp_path), engine)


def test_old_loads_are_removed_but_for_those_in_use(
    tmp_path: Path, database: psycopg.Connection[Any], engine: PostgresqlEngine
) -> None:
    some = [source(tmp_path, f"load{number}") for number in range(6)]
    with begun(engine) as first:
        assert first is not None
        with first.rows(some[0], None) as held, begun(engine) as second:
            for of in some[1:]:
                cells(of, LISTS, engine=second)
            assert held.count() == 4
        names = {f"rows_load{number}" for number in (0, 3, 4, 5)}
        assert tables(database) == {"loads", *names}
        cells(source(tmp_path, "load6"), LISTS, engine=first)
    assert tables(database) == {"loads", "rows_load4", "rows_load5", "rows_load6"}


def test_keys_that_are_too_many_for_an_array_are_joined(
    tmp_path: Path, engine: PostgresqlEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = source(tmp_path, count=9)
    lists = {"account": rules("vendor = 'a' AND code = ''", "vendor = code", "amount > 5", "TRUE")}
    monkeypatch.setattr(postgresql_query, "_DENSE", 0)
    with begun(engine) as opened:
        assert assigned(of, lists, engine=opened, threads=2).equals(assigned(of, lists))


def test_no_column_is_found_by_its_bare_name(
    tmp_path: Path, database: psycopg.Connection[Any], engine: PostgresqlEngine
) -> None:
    database.execute("CREATE OR REPLACE FUNCTION public.least(integer) RETURNS integer RETURN 0")
    database.execute(
        "CREATE OR REPLACE FUNCTION public.pg_has_role(oid, text) RETURNS boolean RETURN false"
    )
    of = source(tmp_path)
    with begun(engine) as opened:
        assert cells(of, LISTS, engine=opened).equals(cells(of, LISTS))
    database.execute("DROP FUNCTION public.least, public.pg_has_role")


def test_a_name_that_postgresql_cuts(
    tmp_path: Path, database: psycopg.Connection[Any], engine: PostgresqlEngine
) -> None:
    of, long = source(tmp_path), "s" * 64
    for _ in range(2):
        with begun(replace(engine, schema=long)) as opened:
            assert cells(of, LISTS, engine=opened).equals(cells(of, LISTS))
    database.execute(f"DROP SCHEMA {long} CASCADE".encode())


def test_a_statement_that_takes_too_long(
    tmp_path: Path, engine: PostgresqlEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_session, "TIMEOUT", 1)
    found = Loads.found

    def slow(self: Loads, of: CodedSource) -> Any:
        self._connection.execute("SELECT pg_sleep(60)")
        return found(self, of)

    monkeypatch.setattr(Loads, "found", slow)
    said = refusal(source(tmp_path), engine)
    assert "the database ended a statement: canceling statement due to statement timeout" in said


def test_no_secret_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = source(tmp_path)
    engine = PostgresqlEngine(PLACE, "${LEDGER_URL}")
    monkeypatch.delenv("LEDGER_URL", raising=False)
    assert "the environment variable LEDGER_URL is not set" in refusal(of, engine)
    for address in ("postgresql://erp:se-cret@127.0.0.1:9/postgres", "se-cret is nothing"):
        monkeypatch.setenv("LEDGER_URL", address)
        said = refusal(of, engine)
        assert said.startswith("truecost.yaml:9:3: the database can't be reached")
        assert "se-cret" not in said


def test_a_missing_package_is_told(
    tmp_path: Path, engine: PostgresqlEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [
        each for each in sys.modules if each.startswith("truecost.engine.dialects.post")
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refusal(source(tmp_path), replace(engine, schema="other"))
    assert "the engine postgresql needs a package that is not installed" in said
    assert "pip install 'truecost[postgres]'" in said
