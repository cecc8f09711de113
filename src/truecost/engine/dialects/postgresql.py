"""PostgreSQL as engine: a source is sent once (`postgresql_loads`), then only asked.

Questions are asked in transactions that only read, and see one state of the database.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from truecost.engine.dialects.postgresql_loads import Loads
from truecost.engine.dialects.postgresql_rows import PostgresqlRows
from truecost.engine.dialects.postgresql_session import connected, told
from truecost.kernel.findings import Finding, SourceError
from truecost.sources.variables import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.engine.dialects.postgresql_session import Connection
    from truecost.model.engine import PostgresqlEngine
    from truecost.store.sources import CodedSource


class Postgresql:
    """PostgreSQL while a build lasts: one session, which begins when rows are first asked for."""

    def __init__(self, choice: PostgresqlEngine) -> None:
        self._choice = choice
        self._address, self._hide = filled(choice.url, choice.place, "postgresql://…")
        self._held = ExitStack()

    def close(self) -> None:
        """End the session."""
        self._held.close()

    @cached_property
    def _connection(self) -> Connection:
        session = connected(self._choice.place, self._address, self._hide)
        return self._held.enter_context(session)

    @contextmanager
    def rows(self, source: CodedSource, threads: int | None = None) -> Iterator[PostgresqlRows]:
        """Open the rows of a source, which is sent where it is not there.

        Raise SourceError, at the place where the model names the database, for whatever it refuses.
        """
        connection, choice = self._connection, self._choice
        with told(choice.place, self._hide, connection):
            loads = Loads(connection, choice.schema, choice.place)
            connection.read_only = False
            connection.isolation_level = None
            with connection.transaction():
                there = loads.found(source) is not None
            if not there:
                loads.send(source)
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                if threads is not None:
                    workers = f"SET LOCAL max_parallel_workers_per_gather = {threads - 1}"
                    connection.execute(workers.encode())
                load = loads.found(source)
                if load is None:
                    what = "a load was removed by somebody else while it was asked for"
                    raise SourceError(Finding(choice.place, what, "build again"))
                yield PostgresqlRows(connection, load, source)
