"""Records for tests: each on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import django
import psycopg
import pytest
from tests.engines.postgresql_server import started

from truecost.record.opening import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.record.workshop import Workshop

os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
django.setup()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with started() as address:
        yield address


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace that was built once, to be copied."""
    from tests.record.workshop import Workshop, workspace  # noqa: PLC0415  Django is set up

    made = Workshop(workspace(tmp_path_factory.mktemp("built") / "shop"), "")
    made.build()
    return made.folder


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty") / "record.sqlite3"


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, built: Path, empty_record: Path
) -> Iterator[Workshop]:
    """Give a workspace that was built, with an empty record."""
    from tests.record.workshop import using  # noqa: PLC0415  Django is set up

    folder: Path = shutil.copytree(built, tmp_path / "shop", symlinks=True)
    if request.param == "sqlite":
        yield from using(folder, "", empty_record)
        return
    server = request.getfixturevalue("postgresql")
    name = f"record_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield from using(folder, server.replace("/postgres?", f"/{name}?"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
