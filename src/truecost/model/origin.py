"""Where a source's rows come from: files, or a query of a database; and whether it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.source_types import Database

if TYPE_CHECKING:
    from truecost.model.draft import Entry
    from truecost.model.schema.workspace import SourceShape

_ORIGINS = ("files", "connection", "sqlite")
_OF_FILES = ("sheet", "encoding", "delimiter")
_ADDRESS = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|postgres(ql)?://\S*")
#: A password as it would stand in an address, unless a variable stands there.
_PASSWORD = re.compile(r"://[^/@]*:(?!\$\{\w+\}@)[^@]+@|\bpassword=(?!\$\{\w+\}(&|$))")


def database_of(shape: SourceShape) -> Database | None:
    """Give the query that a source asks; None where it has files."""
    address = shape.connection or shape.sqlite
    if address is None or shape.query is None:
        return None
    kind = "postgresql" if shape.connection else "sqlite"
    return Database(shape.query.place, kind, str(address).strip(), str(shape.query).strip())


def check_origin(entry: Entry[SourceShape], found: list[Finding]) -> None:
    """Check that a source has files, or a query and what to ask, and no password in its address."""
    shape = entry.shape
    said = [word for word in _ORIGINS if getattr(shape, word)]
    if len(said) != 1:
        has = f"has {' and '.join(said)}" if said else "does not say where its rows come from"
        hint = "write files, or connection and query, or sqlite and query"
        found.append(Finding(entry.place, f'source "{entry.id}" {has}', hint))
    elif said[0] != "files" and shape.query is None:
        hint = "write  query:  and one SELECT"
        found.append(Finding(entry.place, f'source "{entry.id}" has no query', hint))
    elif said[0] == "files" and shape.query is not None:
        what = f'source "{entry.id}" has files and a query'
        found.append(Finding(shape.query.place, what, "say what to ask: connection or sqlite"))
    if said and said[0] != "files":
        for word in _OF_FILES:
            if getattr(shape, word) is not None:
                what = f'source "{entry.id}" asks a database and has no {word}:'
                found.append(Finding(entry.place, what, f"take {word}: away"))
    address = shape.connection
    if address is None:
        return
    if not _ADDRESS.fullmatch(address.strip()):
        hint = "write ${ERP_URL}, or postgresql://${ERP_USER}:${ERP_PASSWORD}@host/database"
        found.append(Finding(address.place, "this is no address of a PostgreSQL database", hint))
    elif _PASSWORD.search(address):
        hint = "put it, or all of the address, into the environment and write ${NAME} for it"
        found.append(Finding(address.place, "a password stands in the model", hint))
