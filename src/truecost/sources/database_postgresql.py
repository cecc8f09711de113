"""Queries of PostgreSQL: one SELECT by a cursor of the server, in a transaction that only reads.

Values come in the server's own text, so that no number passes through a float; doubles come by
their shortest decimals (PostgreSQL's own since version 12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding, SourceError
from truecost.sources import database
from truecost.sources.doubles import shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from truecost.kernel.findings import Place
    from truecost.model.source_types import Database

_BOOL, _FLOATS, _TIMES, _ZONED = 16, (700, 701), (1114, 1184), 1184
_MIDNIGHT = " 00:00:00"
_FETCHED = 10_000
_WAIT = 15
_OF_SERVER = ("connection failed", "connection to", "connection timeout", "failed to resolve")
_SETTINGS = (
    "SET LOCAL statement_timeout = {timeout}",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
)


def answered(
    asked: Database, address: str, said: database.Rows, hide: Callable[[str], str]
) -> Iterator[list[str | None]]:
    """Give the rows of the query as text. `hide` takes secrets out of what the server says."""
    try:
        import psycopg  # noqa: PLC0415  an extra
        from psycopg.types.string import TextLoader  # noqa: PLC0415  as above
    except ImportError:
        what = "reading PostgreSQL needs a package that is not installed"
        hint = "install it:  pip install 'truecost[postgres]'"
        raise SourceError(Finding(asked.place, what, hint)) from None
    try:
        connection = psycopg.connect(address, connect_timeout=_WAIT)
    except (psycopg.Error, ValueError, OSError) as error:
        raise SourceError(unreachable(asked.place, hide(str(error)))) from None
    try:
        with connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            for kind in psycopg.postgres.types:
                for oid in filter(None, (kind.oid, kind.array_oid)):
                    connection.adapters.register_loader(oid, TextLoader)
            for setting in _SETTINGS:
                connection.execute(setting.format(timeout=database.TIMEOUT * 1000).encode())
            with connection.cursor(name="truecost") as cursor:
                cursor.itersize = _FETCHED
                # with parameters, if none, the server itself refuses more than one statement
                query = asked.query.strip().removesuffix(";").replace("%", "%%")
                cursor.execute(query.encode(), ())
                columns = cursor.description or []
                said.names.extend(column.name for column in columns)
                values = [_Values(column.type_code) for column in columns]
                for row in cursor:
                    yield [value.text(field) for value, field in zip(values, row, strict=True)]
    except (psycopg.Error, ValueError, OSError) as error:
        primary = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
        hint = "a query is one SELECT, and can change nothing"
        what = (
            f"the query failed: {hide(primary.splitlines()[0] if primary else 'no reason given')}"
        )
        raise SourceError(Finding(asked.place, what, hint)) from None
    for value, name in zip(values, said.names, strict=True):
        said.notes.extend(f"{name}: {note}" for note in value.notes())


def unreachable(place: Place, text: str) -> Finding:
    """Say that a server can't be reached; `text` is what psycopg said, without secrets."""
    lines = text.strip().splitlines() or ["no reason given"]
    if not lines[0].startswith(_OF_SERVER):  # it may cite the address
        lines = ["this is no address such as postgresql://user:password@host/database"]
    hint = "check the address in the environment, and that the server can be reached from here"
    return Finding(place, f"the database can't be reached: {lines[-1].strip()}", hint)


class _Values:
    """The values of a column as text, and what is to be said of them."""

    def __init__(self, kind: int) -> None:
        self._kind = kind
        self._seen = 0
        self._rounded = 0

    def text(self, value: Any) -> str | None:
        if value is None:
            return None
        self._seen += 1
        text = str(value)
        if self._kind in _FLOATS:
            text, rounded = shortest(float(text))
            self._rounded += rounded
        elif self._kind == _BOOL:
            text = {"t": "true", "f": "false"}.get(text, text)
        elif self._kind in _TIMES:
            text = text.removesuffix("+00").removesuffix(_MIDNIGHT)
        return text

    def notes(self) -> Iterator[str]:
        if self._seen and self._kind in _FLOATS:
            rounded = f"; rounded at the twelfth decimal: {self._rounded:,}"
            yield "binary numbers, read by their shortest decimals" + (
                rounded if self._rounded else ""
            )
        if self._seen and self._kind == _ZONED:
            yield "times in a time zone; their date is the one in UTC"
