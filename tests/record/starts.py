"""Where tests of the record start from: each is made once, and copied for every test that asks.

On SQLite a start is a folder, shared by all processes of a run of tests. On PostgreSQL it is a
folder and a database to make others from, of one process, as each has a server of its own.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from django.core.files import locks
from django.core.management import call_command
from django.db import connections
from tests.record.workshop import NOW, Workshop, point, workspace

from truecost.record.database import database
from truecost.record.place import RecordPlace
from truecost.record.services import issuing, rules
from truecost.record.services.acts import By
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

#: What a start is made from, and how.
STARTS: dict[str, tuple[str, Callable[[Workshop], object]]] = {}


def start(name: str, of: str = "") -> Callable[[Callable[[Workshop], object]], None]:
    """Name a start, and what it is made from."""

    def named(make: Callable[[Workshop], object]) -> None:
        STARTS[name] = (of, make)

    return named


@start("begun")
def _begun(shop: Workshop) -> None:
    """Build; give the record its tables and its first rules."""
    shop.build()
    call_command("migrate", verbosity=0, interactive=False)
    rules.begin(By(None, "test", NOW), "Shop")


@start("issued", of="begun")
def _issued(shop: Workshop) -> None:
    """Issue January."""
    issuing.issue(shop.person(Role.LEADER), shop.closed())


@contextmanager
def using(folder: Path, address: str) -> Iterator[Workshop]:
    """Let Django use the record of a workspace; then close it again."""
    place = RecordPlace(folder)
    place.begin()
    point(folder, database(place.database, address))
    try:
        yield Workshop(folder, address)
    finally:
        connections.close_all()


def on_sqlite(factory: pytest.TempPathFactory, name: str) -> Path:
    """Give the folder of a start, made by whichever process comes first."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / f"start-{name}"
    of, make = STARTS[name]
    before = on_sqlite(factory, of) if of else None
    with folder.with_suffix(".lock").open("w") as lock:
        locks.lock(lock, locks.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            with using(_copied(before, making), "") as shop:
                make(shop)
            making.rename(folder)
    return folder


def _copied(before: Path | None, folder: Path) -> Path:
    if before is None:
        return workspace(folder)
    copied: Path = shutil.copytree(before, folder, symlinks=True)
    return copied


class Server:
    """A PostgreSQL with a database for each start."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._made: set[str] = set()

    def address(self, database: str) -> str:
        """Give the address of a database."""
        return self._address.replace("/postgres?", f"/{database}?")

    def run(self, sql: str) -> None:
        """Have the server do what is done outside of transactions."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(sql.encode())

    def start(self, name: str) -> tuple[Path, str]:
        """Give the folder and the database of a start."""
        folder, own = self._folder / name, f"start_{name}"
        if name not in self._made:
            of, make = STARTS[name]
            before, template = self.start(of) if of else (None, "template1")
            self.run(f"CREATE DATABASE {own} TEMPLATE {template}")
            with using(_copied(before, folder), self.address(own)) as shop:
                make(shop)
            self._made.add(name)
        return folder, own

    @contextmanager
    def copied(self, name: str, folder: Path, database: str) -> Iterator[Workshop]:
        """Give a copy of a start, until the block ends."""
        before, template = self.start(name)
        self.run(f"CREATE DATABASE {database} TEMPLATE {template}")
        try:
            with using(_copied(before, folder), self.address(database)) as shop:
                yield shop
        finally:
            self.run(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def copied(factory: pytest.TempPathFactory, name: str, folder: Path) -> Iterator[Workshop]:
    """Give a copy of a start on SQLite, until the block ends."""
    with using(_copied(on_sqlite(factory, name), folder), "") as shop:
        yield shop
