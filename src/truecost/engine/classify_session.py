"""A DuckDB in memory that sees one coded source and nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from truecost.kernel.findings import Finding, SourceError, StoreError
from truecost.rules.predicate import binding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from truecost.store.sources import CodedSource

_TOO_LARGE = (duckdb.ConversionException, duckdb.OutOfRangeException)
_DAMAGED = (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException)


def name(column: str) -> str:
    """Write a name as SQL that can mean nothing else."""
    return '"' + column.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _started(threads: int | None) -> duckdb.DuckDBPyConnection:
    # said at once, or threads would be started first
    settings: dict[str, str | bool | int | float | list[str]] = (
        {} if threads is None else {"threads": str(threads)}
    )
    return duckdb.connect(":memory:", config=settings)


@contextmanager
def opened(
    source: CodedSource, threads: int | None = None, *, rows: bool = True
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a source as the views `ledger` (its rows) and `dictionary` ("column", code, value).

    The connection reads these two files, writes and spills nowhere, and can't be reconfigured.
    Conditions that ask for the source get its name. `threads` None leaves the number to DuckDB;
    results do not depend on it. Without `rows` there is no `ledger` yet (`view`).

    Raise SourceError where amounts are too large to be exact or memory does not suffice, StoreError
    where the source can't be read.
    """
    views = {"ledger": source.rows_path, "dictionary": source.dictionary}
    if rows:
        views["ledger"] = source.rows
    allowed = ", ".join(text(str(path.resolve())) for path in views.values())
    settings = {
        "temp_directory": "''",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        # Lines meet small tables, in the order written. What the optimiser would rather do gains
        # nothing, and DuckDB 2.0.0 fails on some of its plans ("dict-surviving cache …").
        "disabled_optimizers": "'join_order,build_side_probe_side'",
        "allowed_paths": f"[{allowed}]",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    try:
        with _started(threads) as connection:
            for setting, value in settings.items():
                connection.execute(f"SET {setting} = {value}")
            connection.execute(binding(source.name))
            for shown in views if rows else ("dictionary",):
                view(connection, shown, views[shown])
            yield connection
    except _TOO_LARGE as error:
        hint = "look for amounts or quantities of more than about twenty digits"
        what = f'source "{source.name}" has figures that are too large to be exact'
        raise SourceError(Finding(None, what, hint)) from error
    except duckdb.OutOfMemoryException as error:
        hint = "use a machine with more memory, or fewer threads"
        what = f'there is not enough memory to classify source "{source.name}"'
        raise SourceError(Finding(None, what, hint)) from error
    except _DAMAGED as error:
        raise damaged(source, error) from error


def view(connection: duckdb.DuckDBPyConnection, shown: str, path: Path) -> None:
    """Show a table under a name."""
    path_ = text(str(path.resolve()))
    connection.execute(f"CREATE TEMP VIEW {shown} AS FROM read_parquet({path_})")


def damaged(source: CodedSource, error: Exception) -> StoreError:
    """Say that a coded source can't be read."""
    what = f'the coded source "{source.name}" can\'t be read ({type(error).__name__})'
    hint = f"remove the folder {source.shown}; it is read again from its files"
    return StoreError(Finding(None, what, hint))


def number_of(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Give the one whole number that a query returns."""
    return int(connection.execute(query).fetchall()[0][0])


def table_of(connection: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema) -> pa.Table:
    """Give what a query returns, under the names and types of `schema`, column by column."""
    found: pa.Table = connection.sql(query).to_arrow_table()
    return found.rename_columns(schema.names).cast(schema)
