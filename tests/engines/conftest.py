"""What tests of engines share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engines.postgresql_server import started

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with started() as address:
        yield address
