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


def _begun(_: Workshop) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    rules.begin(By(None, "test", NOW), "Shop")


def _issued(shop: Workshop) -> None:
    issuing.issue(shop.person(Role.LEADER), shop.closed())


#: What a start is made from, and how: a record that has just begun; one with a month issued.
STARTS: dict[str, tuple[str, Callable[[Workshop], None]]] = {
    "begun": ("built", _begun),
    "issued": ("begun", _issued),
}


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


def once(factory: pytest.TempPathFactory, name: str) -> Path:
    """Give the folder of a start on SQLite, made by whichever process comes first."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / f"start-{name}"
    of, make = STARTS.get(name, ("", None))
    before = once(factory, of) if of else None
    with folder.with_suffix(".lock").open("w") as lock:
        locks.lock(lock, locks.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            if before is None or make is None:
                Workshop(workspace(making), "").build()
            else:
                with using(shutil.copytree(before, making, symlinks=True), "") as shop:
                    make(shop)
            making.rename(folder)
    return folder


class Server:
    """A PostgreSQL with a database for each start, and what was `built` before any."""

    def __init__(self, address: str, folder: Path, built: Path) -> None:
        self._address = address
        self._folder = folder
        self._built = built
        self._made: set[str] = set()

    def _run(self, sql: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(sql.encode())

    @contextmanager
    def _copied(self, start: str, folder: Path, database: str) -> Iterator[Workshop]:
        before, template = self._folder / start, f"start_{start}"
        if start not in STARTS:
            before, template = self._built, "template1"
        self._run(f"CREATE DATABASE {database} TEMPLATE {template}")
        shutil.copytree(before, folder, symlinks=True)
        with using(folder, self._address.replace("/postgres?", f"/{database}?")) as shop:
            yield shop

    def _make(self, start: str) -> None:
        if start in STARTS and start not in self._made:
            of, make = STARTS[start]
            self._make(of)
            with self._copied(of, self._folder / start, f"start_{start}") as shop:
                make(shop)
            self._made.add(start)

    @contextmanager
    def copied(self, start: str, folder: Path, database: str) -> Iterator[Workshop]:
        """Give a copy of a start, until the block ends."""
        self._make(start)
        try:
            with self._copied(start, folder, database) as shop:
                yield shop
        finally:
            self._run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@contextmanager
def copied(factory: pytest.TempPathFactory, start: str, folder: Path) -> Iterator[Workshop]:
    """Give a copy of a start on SQLite, until the block ends."""
    with using(shutil.copytree(once(factory, start), folder, symlinks=True), "") as shop:
        yield shop
