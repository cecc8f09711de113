"""Queries of PostgreSQL: one SELECT by a cursor of the server, in a transaction that only reads.

Values come in the server's own text, so that no number passes through a float; doubles come by
their shortest decimals (PostgreSQL's own since version 12).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding, SourceError
from truecost.sources import database
from truecost.sources.doubles import shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

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
    with (
        _reading(asked, address, hide) as connection,
        connection.cursor(name="truecost") as cursor,
    ):
        cursor.itersize = _FETCHED
        # with parameters, if none, the server itself refuses more than one statement
        cursor.execute(_query(asked).encode(), ())
        columns = cursor.description or []
        said.names.extend(column.name for column in columns)
        values = [_Values(column.type_code) for column in columns]
        for row in cursor:
            yield [value.text(field) for value, field in zip(values, row, strict=True)]
    for value, name in zip(values, said.names, strict=True):
        said.notes.extend(f"{name}: {note}" for note in value.notes())


def hashed(
    asked: Database, address: str, hide: Callable[[str], str]
) -> tuple[list[str], Iterator[bytes]] | None:
    """Give the names of the query's columns, and its rows' hashes in order, without the rows.

    The hashes, of 16 bytes each, come many at a time; they are those of `database.asked`. None
    where the server can't tell them: it has binary numbers, whose shortest decimals are found here.
    """
    with _reading(asked, address, hide) as connection:
        rows = f"FROM ({_query(asked)}\n) AS q"
        columns = connection.execute(f"SELECT * {rows} LIMIT 0".encode(), ()).description or []
        kinds = [column.type_code for column in columns]
        if not columns or {*kinds} & {*_FLOATS}:
            return None
    called = [f"c{at}" for at in range(len(kinds))]
    fields = " || ', ' || ".join(map(_field, called, kinds))
    line = f"sha256(convert_to('[' || {fields} || ']', 'UTF8'))"
    query = (
        f"SELECT string_agg(h, ''::bytea ORDER BY h) FROM (SELECT h, row_number()"
        f" OVER (ORDER BY h) / {_FETCHED} AS g FROM (SELECT substring({line} FOR 16) AS h"
        f" {rows}({', '.join(called)})) AS x) AS y GROUP BY g ORDER BY g"
    )

    def hashes() -> Iterator[bytes]:
        with (
            _reading(asked, address, hide) as connection,
            connection.cursor(name="truecost") as cursor,
        ):
            cursor.itersize = 1
            for (some,) in cursor.execute(query.encode(), (), binary=True):
                yield bytes(some)

    return [column.name for column in columns], hashes()


def _field(called: str, kind: int) -> str:
    """Give the SQL of a value as JSON, as `_Values` and `json.dumps` write it."""
    text = f"format('%%s', {called})"
    if kind == _BOOL:
        text = f"{called}::text"
    elif kind in _TIMES:
        text = f"regexp_replace(regexp_replace({text}, '\\+00$', ''), '{_MIDNIGHT}$', '')"
    return f"to_json(coalesce({text}, ''))::text"


def _query(asked: Database) -> str:
    return asked.query.strip().removesuffix(";").replace("%", "%%")


@contextmanager
def _reading(
    asked: Database, address: str, hide: Callable[[str], str]
) -> Iterator[psycopg.Connection[Any]]:
    """Begin a transaction that only reads; values come as text. Raise SourceError at its place."""
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
            yield connection
    except (psycopg.Error, ValueError, OSError) as error:
        primary = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
        hint = "a query is one SELECT, and can change nothing"
        what = (
            f"the query failed: {hide(primary.splitlines()[0] if primary else 'no reason given')}"
        )
        raise SourceError(Finding(asked.place, what, hint)) from None


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
