"""A session of PostgreSQL: its settings, integer arrays on their way to it, and what it refuses.

Arrays travel as parameters and are looked up by subscript: a subscript is faster than a join with a
table of the same codes, needs no temporary table, so no right to write, and no estimate of rows.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
from psycopg import errors
from psycopg.adapt import Dumper
from psycopg.pq import Format

from truecost.kernel.findings import Finding, SourceError
from truecost.sources.database_postgresql import unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from truecost.kernel.findings import Place

    Connection = psycopg.Connection[tuple[Any, ...]]

#: Seconds that one statement may take.
TIMEOUT = 3600
#: Seconds to wait for an answer when a session begins.
_WAIT = 15
_OIDS = {4: (23, 1007), 8: (20, 1016)}  # integer and bigint, and arrays of them
#: Nothing is found by its bare name but what PostgreSQL itself has. Plans must not depend on the
#: values of arrays, or each would be written out for each worker. How many rows an array has is
#: not known when a query is planned: a nested loop over them would be far too slow.
_SETTINGS = (
    "SET search_path = pg_catalog, pg_temp",
    "SET statement_timeout = {milliseconds}",
    "SET idle_in_transaction_session_timeout = 0",
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_nestloop = off",
    "SET enable_mergejoin = off",
    "SET jit = off",
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array of int32 or int64 as a parameter, whose first subscript is `first`."""

    values: NDArray[np.int32] | NDArray[np.int64]
    first: int = 0


class _Dumper(Dumper):
    """Write an array in PostgreSQL's binary form: a head, then each number with its length."""

    format = Format.BINARY
    width = 4

    def dump(self, obj: Numbers) -> bytes:
        """Give the bytes of an array."""
        kind, count = _OIDS[self.width][0], len(obj.values)
        if not count:
            return np.array([0, 0, kind], ">i4").tobytes()
        made = np.empty(count, [("length", ">i4"), ("number", f">i{self.width}")])
        made["length"] = self.width
        made["number"] = obj.values
        return np.array([1, 0, kind, count, obj.first], ">i4").tobytes() + made.tobytes()

    def get_key(self, obj: Numbers, format: Any) -> Any:  # noqa: A002, ARG002  as in psycopg
        """Tell arrays of int32 and of int64 apart."""
        return (type(obj), obj.values.itemsize)

    def upgrade(self, obj: Numbers, format: Any) -> Dumper:  # noqa: A002, ARG002  as in psycopg
        """Give what writes an array of these numbers."""
        made = _Dumper(type(obj))
        made.width = obj.values.itemsize
        made.oid = _OIDS[made.width][1]
        return made


@contextmanager
def connected(place: Place, address: str, hide: Callable[[str], str]) -> Iterator[Connection]:
    """Open a session; close it afterwards, whatever it was at.

    `hide` takes secrets out of what the server says. Raise SourceError at `place` where it can't be
    reached.
    """
    try:
        connection = psycopg.connect(address, connect_timeout=_WAIT, autocommit=True)
    except (psycopg.Error, ValueError, OSError) as error:
        raise SourceError(unreachable(place, hide(str(error)))) from None
    try:
        with told(place, hide, connection):
            connection.adapters.register_dumper(Numbers, _Dumper)
            for setting in _SETTINGS:
                connection.execute(setting.format(milliseconds=TIMEOUT * 1000).encode())
        yield connection
    finally:
        connection.close()


@contextmanager
def told(place: Place, hide: Callable[[str], str], connection: Connection) -> Iterator[None]:
    """Say in words what the server refused, at the place where the model names it.

    Raise SourceError for whatever psycopg raises inside.
    """
    try:
        yield
    except psycopg.Error as error:
        lines = (error.diag.message_primary or str(error)).splitlines() or ["no reason given"]
        raise SourceError(_refused(place, error, hide(lines[0].strip()), connection)) from None


def _refused(place: Place, error: psycopg.Error, said: str, connection: Connection) -> Finding:
    if isinstance(error, errors.InsufficientPrivilege):
        hint = "docs/how-to/run-in-postgresql.md says what the role must be allowed to do"
        return Finding(place, f"the database does not allow it: {said}", hint)
    if isinstance(error, errors.QueryCanceled):
        hint = f"a statement may take {TIMEOUT // 60} minutes, or less if the server says so"
        return Finding(place, f"the database ended a statement: {said}", hint)
    if isinstance(error, errors.InsufficientResources):
        hint = "make room there, then build again"
        return Finding(place, f"the database has too little of something: {said}", hint)
    if connection.broken:
        hint = "build again once it can be reached; what was half done there is gone by itself"
        return Finding(place, f"the database ended the session: {said}", hint)
    return Finding(place, f"the database refused a statement: {said}")
