"""Queries of PostgreSQL and SQLite become records: read only, one statement, exact numbers.

A database has no file that could be hashed: what a query gave is named by the hash of its rows, in
any order. Credentials come from the environment, and go nowhere else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from truecost.kernel.findings import SourceError
from truecost.sources.delimited import Record
from truecost.sources.header import find_header
from truecost.sources.streams import Stream
from truecost.sources.variables import filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from truecost.model.source_types import Database, Source
    from truecost.sources.streams import IsRow

    Row = Sequence[str | None]

#: What the rows of a query are called where a file has its name.
NAME = "query"
#: Seconds that a statement may take. PostgreSQL counts each fetch of rows anew.
TIMEOUT = 600


@dataclass(slots=True)
class Answer:
    """What a query gave, kept in a file of its own until it is read. `digest` names its rows."""

    kind: str
    names: list[str]
    rows: int
    digest: str
    notes: list[str]
    spool: IO[bytes]

    @contextlib.contextmanager
    def opened(self, source: Source, is_row: IsRow) -> Iterator[Stream]:  # noqa: ARG002  as of files
        """Open it as a stream of records, numbered from 1."""
        header = find_header(iter([Record(0, "", self.names)]), source.layouts, NAME, "")
        reached = 0

        def records() -> Iterator[Record]:
            nonlocal reached
            self.spool.seek(0)
            for line in self.spool:
                reached += 1
                yield Record(reached, "", json.loads(line))

        def done() -> float:
            return reached / max(1, self.rows)

        yield Stream(NAME, self.kind, header, records(), done, list(self.notes))


@dataclass(slots=True)
class Rows:
    """The rows of an answer as they come."""

    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextlib.contextmanager
def asked(database: Database, workspace: Path) -> Iterator[Answer]:
    """Run the query of a source and keep its rows. Raise SourceError at its place."""
    said = Rows()
    with tempfile.TemporaryFile() as spool:
        hashes = []
        for row in _answered(database, workspace, said):
            line = json.dumps([field or "" for field in row], ensure_ascii=False).encode(
                "utf-8", "surrogatepass"
            )
            hashes.append(hashlib.sha256(line).digest()[:16])
            spool.write(line + b"\n")
        digest = _digest(said.names, sorted(hashes))
        yield Answer(database.kind, said.names, len(hashes), digest, said.notes, spool)


def foretold(database: Database) -> str | None:
    """Give the digest that the answer of a query will have, without its rows; None if not known.

    PostgreSQL hashes rows itself: of a ledger that has not changed, nothing but hashes travels. If
    it wrote a row otherwise than `asked` does, the digest would be unknown, and the rows be read.
    """
    if database.kind != "postgresql":
        return None
    from truecost.sources.database_postgresql import hashed  # noqa: PLC0415  few sources are

    try:
        found = hashed(database, *filled(database.address, database.place, "postgresql://…"))
        return None if found is None else _digest(*found)
    except SourceError:  # whoever asks for the rows is told
        return None


def _digest(names: Sequence[str], hashes: Iterable[bytes]) -> str:
    whole = hashlib.sha256(json.dumps(names).encode())
    for each in hashes:
        whole.update(each)
    return whole.hexdigest()


def _answered(database: Database, workspace: Path, said: Rows) -> Iterator[Row]:
    if database.kind == "sqlite":
        from truecost.sources.database_sqlite import answered  # noqa: PLC0415  few sources are

        return answered(database, workspace / database.address, said)
    from truecost.sources.database_postgresql import answered as of_server  # noqa: PLC0415  as above

    address, hide = filled(database.address, database.place, "postgresql://…")
    return of_server(database, address, said, hide)
