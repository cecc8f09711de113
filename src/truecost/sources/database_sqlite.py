"""Queries of an SQLite file: opened for reading, and allowed to do nothing but read."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from truecost.kernel.findings import Finding, SourceError
from truecost.sources import database
from truecost.sources.doubles import shortest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from truecost.model.source_types import Database

_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_STEPS = 100_000


def answered(asked: Database, path: Path, said: database.Rows) -> Iterator[tuple[str | None, ...]]:
    """Give the rows of the query as text; numbers that SQLite holds as binary as their shortest."""
    if not path.is_file():
        raise SourceError(Finding(asked.place, f'there is no file "{asked.address}"'))
    rounded = binary = 0

    def text(value: object) -> str | None:
        nonlocal rounded, binary
        if isinstance(value, float):
            written, is_rounded = shortest(value)
            binary += 1
            rounded += is_rounded
            return written
        if isinstance(value, bytes):
            return value.hex()
        return value if value is None else str(value)

    until = time.monotonic() + database.TIMEOUT
    try:
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.set_authorizer(
                lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
            )
            connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            cursor = connection.execute(asked.query)
            if not cursor.description:
                raise _failed(asked, "it gives no rows")
            said.names.extend(column[0] for column in cursor.description)
            for row in cursor:
                yield tuple(map(text, row))
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        what = "it took too long" if "interrupted" in str(error) else str(error)
        raise _failed(asked, what) from None
    if binary:
        note = f"binary numbers, read by their shortest decimals: {binary:,}"
        said.notes.append(
            note + (f"; rounded at the twelfth decimal: {rounded:,}" if rounded else "")
        )


def _failed(asked: Database, what: str) -> SourceError:
    hint = "a query is one SELECT, and can change nothing"
    return SourceError(Finding(asked.place, f"the query failed: {what}", hint))
