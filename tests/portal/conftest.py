"""A portal to test with: a month that was issued, and somebody of each role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.record.conftest import built, issued, shop

from truecost.portal.opened import close_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.record.services.acts import By

__all__ = ["built", "issued", "shop"]


@pytest.fixture
def database() -> Iterator[str]:
    """Let the record be on SQLite: pages are the same on either."""
    yield "sqlite"
    close_all()


def signed_in(by: By) -> Client:
    """Give a browser in which somebody is signed in."""
    client = Client(headers={"host": "localhost"})
    assert by.person is not None
    client.force_login(by.person)
    return client
