"""Regular expressions, tried out in a DuckDB that can reach nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from sqlglot import exp


def fault(call: exp.Expr) -> str:
    """Say what is wrong with a call's regular expression, "" when nothing is.

    `call` is a checked call whose first argument may be anything: it is tried on the empty text.
    """
    trial = call.copy()
    trial.this.replace(type(call.expression).string(""))
    try:
        _connection().cursor().execute(f"SELECT {trial.sql('duckdb')}").fetchall()
    except duckdb.Error as error:
        return str(error).partition("Error: ")[2].split("\n")[0] or "it can't be read"
    return ""


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for setting in ("threads = 1", "enable_external_access = false", "lock_configuration = true"):
        connection.execute(f"SET {setting}")
    return connection
