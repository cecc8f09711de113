"""Records for tests: each on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import django
import pytest
from tests.engines.postgresql_server import started

from truecost.record.opening import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.record.starts import Server
    from tests.record.workshop import Workshop

os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
django.setup()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace that was built once, without a record: to be copied."""
    from tests.record.starts import once  # noqa: PLC0415  Django is set up

    return once(tmp_path_factory, "built")


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Server]:
    from tests.record.starts import Server  # noqa: PLC0415  Django is set up

    with started() as address:
        yield Server(address, tmp_path_factory.mktemp("postgresql"), built)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Give the kind of database that a test is about."""
    kind: str = request.param
    return kind


def _started(request: pytest.FixtureRequest, name: str) -> Iterator[Workshop]:
    from tests.record.starts import copied  # noqa: PLC0415  Django is set up

    folder = request.getfixturevalue("tmp_path") / "shop"
    if request.getfixturevalue("database") == "sqlite":
        with copied(request.getfixturevalue("tmp_path_factory"), name, folder) as shop:
            yield shop
        return
    server: Server = request.getfixturevalue("postgresql")
    own = f"record_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    with server.copied(name, folder, own) as shop:
        yield shop


@pytest.fixture
def fresh(request: pytest.FixtureRequest, database: str) -> Iterator[Workshop]:  # noqa: ARG001
    """Give a workspace that was built, with a record that has no tables."""
    yield from _started(request, "built")


@pytest.fixture
def shop(request: pytest.FixtureRequest, database: str) -> Iterator[Workshop]:  # noqa: ARG001
    """Give a workspace that was built, with a record that has just begun."""
    yield from _started(request, "begun")


@pytest.fixture
def issued(request: pytest.FixtureRequest, database: str) -> Iterator[Workshop]:  # noqa: ARG001
    """Give a workspace of which January is issued."""
    yield from _started(request, "issued")
