"""The database of the record: SQLite beside the workspace, or PostgreSQL by its address.

Transactions are the services' (`services.acts`), around acts that write and nothing else; so
`ATOMIC_REQUESTS` is off. On SQLite a transaction is IMMEDIATE: a deferred one that reads first and
then writes fails as soon as another has written in between, whatever the timeout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding, ModelError

if TYPE_CHECKING:
    from pathlib import Path

#: So long a writer waits for the others, in seconds.
_PATIENCE = 60
_SCHEMES = ("postgresql://", "postgres://")
_NAMED = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
# a commit is on the disk when it is told: what was issued must outlive a power cut
_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"


def database(path: Path, address: str) -> dict[str, Any]:
    """Give Django's settings of the database at an address; of the SQLite file without one.

    Raise ModelError for an address of another kind, and never tell the address: it may hold a
    password.
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": _PATIENCE,
                "init_command": _PRAGMAS,
            },
        }
    if not address.startswith(_SCHEMES):
        what = "the record's database is no address of PostgreSQL"
        raise ModelError(Finding(None, what, "write it as postgresql://user@host/name"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        **_parts(address),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def _parts(address: str) -> dict[str, Any]:
    try:
        from psycopg import ProgrammingError  # noqa: PLC0415  comes with the extra `postgres`
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError:
        hint = "pip install 'truecost[portal,postgres]'"
        raise ModelError(Finding(None, "PostgreSQL needs psycopg", hint)) from None
    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError:
        what = "the record's database address can't be read"
        raise ModelError(Finding(None, what, "write it as postgresql://user@host/name")) from None
    options = {key: value for key, value in parts.items() if key not in _NAMED}
    named = {name: str(parts.get(key) or "") for key, name in _NAMED.items()}
    return {**named, "OPTIONS": options}
