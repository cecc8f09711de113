"""Backup of record and store in one file, and back: both of the same moment, each byte hashed.

The file is a tar archive: the database as its own tools copy it (SQLite's online backup,
`pg_dump`), the key, the settings, the store; at its end a list of hashes, hashed itself.
The store's lock is held meanwhile: whoever builds or closes waits, whoever reads does not.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tarfile
from contextlib import closing, contextmanager, suppress
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from truecost import __version__
from truecost.kernel.findings import Finding, Place, StoreError, UsageError
from truecost.record.place import FOLDER, RecordPlace
from truecost.store.layout import open_layout
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST = "truecost-backup.json"
_FORMAT = 1
_DUMP, _SQLITE = f"{FOLDER}/record.dump", f"{FOLDER}/record.sqlite3"
_KEPT = ("secret.key", "settings.toml", ".gitignore")
_PIECE = 1 << 20
_LAST = "SELECT sequence, sha256 FROM record_event ORDER BY sequence DESC LIMIT 1"


def backup(workspace: Path, file: Path) -> dict[str, Any]:
    """Write a backup of a workspace's record and store to a new file; give its list.

    The list has `files` (hash by name), `database` ("sqlite" or "postgresql"), `last` (sequence and
    hash of the last event). Raise UsageError where the file exists or there is no record,
    StoreError where the database's tools fail.
    """
    place = RecordPlace(workspace)
    if not place.begun:
        raise UsageError(Finding(None, "this workspace has no record", "begin it: truecost serve"))
    if file.exists():
        raise UsageError(Finding(None, f"{file} is there already", "name another file"))
    partial = file.with_name(f"{file.name}.{secrets.token_hex(4)}.partial")
    address = place.settings().database
    hashes: dict[str, str] = {}
    try:
        with (
            _created(partial) as out,
            tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive,
            Store.open(place.store).lock(wait=True),
        ):
            with _snapshot(place, address, partial) as (name, copy, last):
                _add(archive, name, copy, hashes)
            for each in _KEPT:
                if (place.folder / each).exists():
                    _add(archive, f"{FOLDER}/{each}", place.folder / each, hashes)
            lock = open_layout(place.store).lock  # says who holds it just now
            for path in sorted(place.store.rglob("*")):
                if path.is_file() and not path.is_symlink() and path != lock:
                    _add(archive, f"store/{path.relative_to(place.store).as_posix()}", path, hashes)
            said = {
                "format": _FORMAT,
                "version": __version__,
                "database": "postgresql" if address else "sqlite",
                "last": last,
                "files": hashes,
            }
            _add_bytes(
                archive, LIST, json.dumps({**said, "sha256": _hash(said)}, indent=1).encode()
            )
        partial.rename(file)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise StoreError(Finding(None, f"{file} can't be written: {why}")) from error
    finally:
        partial.unlink(missing_ok=True)
    return said


def restore(workspace: Path, file: Path) -> dict[str, Any]:
    """Put record and store of a backup into a workspace that has neither; give the backup's list.

    Every byte is compared with its hash before anything is in its place. A record in PostgreSQL
    goes into the database that `TRUECOST_DATABASE` or the backup's settings name, which must be
    empty.
    Raise UsageError where something is there already, StoreError where the backup is not whole.
    """
    place = RecordPlace(workspace)
    for there in (place.folder, place.store):
        if there.exists():
            hint = "move it away first: a backup is not mixed with what is there"
            raise UsageError(Finding(None, f"{there} is there already", hint))
    fresh = workspace / f".restoring-{secrets.token_hex(4)}"
    RecordPlace(fresh).folder.mkdir(mode=0o700, parents=True)
    try:
        said = _unpacked(file, fresh)
        (fresh / "store").mkdir(exist_ok=True)
        settings = RecordPlace(fresh).settings()
        if said["database"] == "postgresql":
            _need_address(settings.database)
            dump = fresh / _DUMP
            _run("pg_restore", settings.database, "--single-transaction", "--exit-on-error",
                 "--no-owner", str(dump))  # fmt: skip
            dump.unlink()
        elif settings.database:
            what = "the backup is of SQLite, and the settings name a PostgreSQL database"
            raise UsageError(Finding(None, what, "restore without TRUECOST_DATABASE"))
        (fresh / "store").rename(place.store)
        (fresh / FOLDER).rename(place.folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return said


@contextmanager
def _snapshot(
    place: RecordPlace, address: str, beside: Path
) -> Iterator[tuple[str, Path, list[Any]]]:
    """Copy the database as it is at one moment; give its name, the copy, and the last event."""
    copy = beside.with_name(f"{beside.name}.database")
    try:
        with _created(copy):
            pass
        if address:
            last = _dumped(address, copy)
        else:
            with (
                closing(sqlite3.connect(f"{place.database.as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
                last = list(target.execute(_LAST).fetchone() or [0, ""])
        yield (_DUMP if address else _SQLITE), copy, last
    finally:
        copy.unlink(missing_ok=True)


def _dumped(address: str, copy: Path) -> list[Any]:
    import psycopg  # noqa: PLC0415  comes with the extra `postgres`

    with psycopg.connect(address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        last = connection.execute(_LAST).fetchone() or (0, "")
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert snapshot is not None  # noqa: S101  the function gives a row
        _run("pg_dump", address, "--format=custom", f"--snapshot={snapshot[0]}", f"--file={copy}",
             "--no-owner")  # fmt: skip
    return list(last)


def _run(program: str, address: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL; the password goes by the environment, which `ps` does not show."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415

    found = shutil.which(program)
    if found is None:
        hint = "install PostgreSQL's client programs (Debian: postgresql-client)"
        raise StoreError(Finding(None, f"{program} is not there", hint))
    parts = {key: str(value) for key, value in conninfo_to_dict(address).items() if value}
    password = parts.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [found, f"--dbname={make_conninfo('', **parts)}", *arguments]
    done = subprocess.run(  # noqa: S603  a program that was looked up, of PostgreSQL
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = done.stderr.strip().splitlines()[:1]
        hint = "the database must be there, and empty" if program == "pg_restore" else ""
        raise StoreError(Finding(None, f"{program} failed: {' '.join(why)}", hint))


def _need_address(address: str) -> None:
    if not address:
        what = "the backup is of a record in PostgreSQL"
        hint = "name an empty database in TRUECOST_DATABASE"
        raise UsageError(Finding(None, what, hint))


def _unpacked(file: Path, into: Path) -> dict[str, Any]:
    """Unpack a backup, and compare every file with the list at its end."""
    hashes: dict[str, str] = {}
    said: dict[str, Any] | None = None
    try:
        with tarfile.open(file, mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or not _in_its_place(member.name):
                    raise _damaged(file, f"{member.name!r} does not belong into it")
                if member.name == LIST:
                    said = json.load(content)
                else:
                    hashes[member.name] = _copied(content, into / member.name)
    except (tarfile.TarError, OSError, ValueError) as error:
        raise _damaged(file, str(error)) from error
    if said is None or said.get("format") != _FORMAT:
        raise _damaged(file, "its list is missing, or of another version")
    if said.pop("sha256", "") != _hash(said):
        raise _damaged(file, "its list is not as it was saved")
    wrong = sorted(
        name for name in {*hashes, *said["files"]} if hashes.get(name) != said["files"].get(name)
    )
    if wrong:
        raise _damaged(file, f"{wrong[0]} is not as it was saved")
    return said


def _hash(said: dict[str, Any]) -> str:
    """Give the hash of a list: of what it says, whatever its layout."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _in_its_place(name: str) -> bool:
    parts = PurePosixPath(name).parts
    inside = len(parts) > 1 and parts[0] in {FOLDER, "store"} and ".." not in parts
    return name == LIST or inside


def _damaged(file: Path, why: str) -> StoreError:
    hint = "take another backup; nothing was changed"
    return StoreError(Finding(Place(str(file)), f"this backup is not whole: {why}", hint))


def _copied(content: IO[bytes], path: Path) -> str:
    """Write a file that only its owner may read; give the hash of what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with _created(path) as out:
        while piece := content.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


@contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file for writing, closed to others, and flush it to the disk in the end."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        yield out
        out.flush()
        with suppress(OSError):
            os.fsync(out.fileno())


def _add(archive: tarfile.TarFile, name: str, path: Path, hashes: dict[str, str]) -> None:
    """Add a file under a name, and its hash to the list."""
    with path.open("rb") as content:
        hashes[name] = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = path.stat().st_size, 0o600
        archive.addfile(entry, content)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, BytesIO(content))
