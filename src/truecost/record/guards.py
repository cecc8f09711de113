"""Triggers that keep what is written as it is, on both databases.

They are laid after every migration (rebuilding a table on SQLite drops its triggers without a
word), and `missing` says which are not there: health and `verify` ask it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connections, models, transaction

from truecost.record.models import (
    Batch,
    Branch,
    Briefing,
    Decision,
    Dispute,
    Document,
    Event,
    Head,
    Issue,
    Move,
    Payload,
    Posting,
    Reply,
    Series,
    Statement,
    Verdict,
    Withdrawal,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

_WRITTEN_ONCE: tuple[type[models.Model], ...] = (
    Event, Issue, Statement, Branch, Document, Batch, Decision, Dispute, Move, Posting, Briefing,
    Withdrawal, Reply, Verdict,
)  # fmt: skip
_NOT_UPDATED: tuple[type[models.Model], ...] = (*_WRITTEN_ONCE, Payload)
_NOT_DELETED: tuple[type[models.Model], ...] = (*_WRITTEN_ONCE, Series, Head)
_FUNCTION = "record_refuse"
_SQLITE = (
    "CREATE TRIGGER {name} BEFORE {act} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
)
_POSTGRES = (
    "CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
)
_REFUSE = (
    f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION '%: what is written stays', TG_TABLE_NAME; END $$"
)


class _Guard(NamedTuple):
    """A trigger: its name, its table, and the statement that makes it."""

    name: str
    table: str
    sql: str


def after_migrate(*, using: str, **_: Any) -> None:
    """Lay what a migration took along (a receiver of `post_migrate`)."""
    install(connections[using])


def install(connection: BaseDatabaseWrapper) -> None:
    """Lay the triggers that are missing, at once. What is not migrated yet is passed over."""
    tables = set(connection.introspection.table_names())
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFUSE)
        lacking = missing(connection)
        for guard in _guards(connection.vendor):
            if guard.table not in tables or guard.name not in lacking:
                continue
            of = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{of}")
            cursor.execute(guard.sql)
            if connection.vendor == "postgresql":
                # also for whoever replays changes as a replica does
                cursor.execute(f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}")


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Name the triggers that are not there, are switched off, or say something else."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE tgenabled = 'A' AND proname = %s AND position(%s in prosrc) > 0",
                [_FUNCTION, "RAISE EXCEPTION"],
            )
            there = {name: "" for (name,) in cursor.fetchall()}
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            there = dict(cursor.fetchall())
    guards = _guards(connection.vendor)
    return tuple(
        guard.name
        for guard in guards
        if guard.name not in there or there[guard.name] not in {"", guard.sql}
    )


def all_names(vendor: str) -> tuple[str, ...]:
    """Name every trigger that there should be."""
    return tuple(guard.name for guard in _guards(vendor))


def _guards(vendor: str) -> Iterator[_Guard]:
    make = _on_postgres if vendor == "postgresql" else _on_sqlite
    for model in _NOT_UPDATED:
        yield make(model, "UPDATE")
    for model in _NOT_DELETED:
        yield make(model, "DELETE")
        yield make(model, "TRUNCATE" if vendor == "postgresql" else "INSERT")


def _on_postgres(model: type[models.Model], act: str) -> _Guard:
    table = model._meta.db_table
    name = f"{table}_no_{act.lower()}"
    each = "STATEMENT" if act == "TRUNCATE" else "ROW"
    sql = _POSTGRES.format(name=name, act=act, table=table, each=each, function=_FUNCTION)
    return _Guard(name, table, sql)


def _on_sqlite(model: type[models.Model], act: str) -> _Guard:
    """Make a trigger; the one on INSERT refuses `INSERT OR REPLACE`, which deletes unseen."""
    table = model._meta.db_table
    name = f"{table}_no_{'replace' if act == 'INSERT' else act.lower()}"
    when = f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {_same(model)})" if act == "INSERT" else ""
    why = f"{table}: what is written stays"
    return _Guard(name, table, _SQLITE.format(name=name, act=act, table=table, when=when, why=why))


def _same(model: type[models.Model]) -> str:
    """Give the condition that a row stands already where a new one would go."""
    fields = model._meta.concrete_fields
    ways = [_equal([str(field.column)]) for field in fields if field.primary_key or field.unique]
    columns = {field.name: str(field.column) for field in fields}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            only: Any = constraint.condition.children if constraint.condition else ()
            said = [f"{name} = '{value}' AND NEW.{name} = '{value}'" for name, value in only]
            ways.append(" AND ".join([_equal(columns[name] for name in constraint.fields), *said]))
    return " OR ".join(ways)


def _equal(columns: Iterable[str]) -> str:
    return " AND ".join(f"{column} = NEW.{column}" for column in columns)
