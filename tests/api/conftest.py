"""An API to test with: a month that was issued, and tokens of people of each role."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.record.conftest import built, issued, postgresql, shop

from truecost.api import rates
from truecost.portal.opened import close_all
from truecost.record.services import tokens
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from truecost.record.services.acts import By

__all__ = ["built", "issued", "postgresql", "shop"]
ROOT = "/api/v1/"
#: For tests of what databases do in their own ways: writing, ordering, waiting for each other.
both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the kind of database that a test is about: SQLite, unless it is about `both`."""
    yield getattr(request, "param", "sqlite")
    close_all()


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    rates.forget()


def token(by: By, scopes: Iterable[Scope] = tuple(Scope), days: int = 30) -> str:
    """Give the word of a token of somebody, good from now on."""
    return tokens.make(replace(by, now=timezone.now()), "test", scopes, days)[1]


@dataclass
class Program:
    """What asks the API with a token."""

    word: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = {"host": "localhost", "Authorization": f"Bearer {self.word}"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        more: dict[str, Any] = {}
        if body is not None:
            more = {"data": json.dumps(body), "content_type": "application/json"}
        return Client().generic(
            method, path if path.startswith("/") else f"{ROOT}{path}", headers=said, **more
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)


def program(by: By, *scopes: Scope) -> Program:
    return Program(token(by, scopes or tuple(Scope)))
