"""The engine that a workspace chooses, begun."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Protocol

from truecost.engine.classify_session import opened
from truecost.engine.dialects.duckdb import DuckdbRows
from truecost.engine.dialects.kept import ArrayRows
from truecost.kernel.findings import Finding, SourceError
from truecost.model.engine import PostgresqlEngine, SparkEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import duckdb

    from truecost.engine.dialects.rows import Rows
    from truecost.kernel.findings import Place
    from truecost.model.engine import Engine as Choice
    from truecost.store.sources import CodedSource


class Engine(Protocol):
    """An engine while a build lasts. Its session begins when the first source is opened."""

    def rows(self, source: CodedSource, threads: int | None) -> AbstractContextManager[Rows]:
        """Open the rows of a source.

        Raise SourceError where the engine can't be reached or has too little memory, StoreError
        where the source is damaged.
        """


@contextmanager
def begun(choice: Choice) -> Iterator[Engine | None]:
    """Give the engine of a choice, and end its session afterwards. None stands for this process.

    Raise SourceError where a package is missing.
    """
    if isinstance(choice, SparkEngine):
        try:
            from truecost.engine.dialects.spark_session import Spark  # noqa: PLC0415  an extra
        except ImportError:
            raise SourceError(_lacks(choice.place, "spark", "spark")) from None
        with Spark(choice) as spark:
            yield spark
        return
    if isinstance(choice, PostgresqlEngine):
        try:
            from truecost.engine.dialects.postgresql import Postgresql  # noqa: PLC0415  an extra
        except ImportError:
            raise SourceError(_lacks(choice.place, "postgresql", "postgres")) from None
        with closing(Postgresql(choice)) as engine:
            yield engine
        return
    yield None


@contextmanager
def opened_rows(
    source: CodedSource, threads: int | None, engine: Engine | None
) -> Iterator[tuple[Rows, duckdb.DuckDBPyConnection]]:
    """Open a source's rows where an engine has them, and its dictionary in this process.

    Raise as `classify_session.opened` and `Engine.rows` do.
    """
    with opened(source, threads, rows=not source.by_arrays) as connection:
        if engine is None:
            kind = ArrayRows if source.by_arrays else DuckdbRows
            yield kind(connection, source, threads), connection
        else:
            with engine.rows(source, threads) as rows:
                yield rows, connection


def _lacks(place: Place, engine: str, extra: str) -> Finding:
    what = f"the engine {engine} needs a package that is not installed"
    return Finding(place, what, f"install it:  pip install 'truecost[{extra}]'")
