"""A portal to test with: a month that was issued, and somebody of each role."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.record.conftest import built, empty_record

from truecost.portal.opened import close_all
from truecost.record.services import issuing
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.record.workshop import Workshop

    from truecost.record.services.acts import By

__all__ = ["built", "empty_record", "issued", "shop"]


@pytest.fixture
def shop(tmp_path: Path, built: Path, empty_record: Path) -> Iterator[Workshop]:
    """Give a workspace with a record on SQLite."""
    from tests.record.workshop import using  # noqa: PLC0415  Django is set up

    folder: Path = shutil.copytree(built, tmp_path / "shop", symlinks=True)
    yield from using(folder, "", empty_record)
    close_all()


@pytest.fixture
def issued(shop: Workshop) -> Workshop:
    """Give a workspace of which January is issued."""
    issuing.issue(shop.person(Role.LEADER), shop.closed())
    return shop


def signed_in(by: By) -> Client:
    """Give a browser in which somebody is signed in."""
    client = Client(headers={"host": "localhost"})
    assert by.person is not None
    client.force_login(by.person)
    return client
