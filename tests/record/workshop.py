"""A record to test with: a workspace that was built, a database of its own, people with roles."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connections

from truecost.engine.build import build
from truecost.model.load import load
from truecost.record.models import Grant, Person
from truecost.record.services import periods
from truecost.record.services.acts import By
from truecost.record.services.permissions import Role
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.record import models
    from truecost.record.services.checklist import Entry
    from truecost.store.run import Run

STARTER = Path(__file__).parents[2] / "examples/starter"
NOW = dt.datetime(2026, 4, 7, 9, 30, tzinfo=dt.UTC)
JOURNAL = """\
provider: { cost_centre: IT-100 }
consumers:
  sales: { cost_centre: S-100 }
  factory: { cost_centre: F-100 }
  office: { cost_centre: O-100 }
rules:
  - { name: all, where: "TRUE", scheme: same account, account: "5412" }
"""
PASSWORD = "correct horse battery staple"


@dataclass
class Workshop:
    """A workspace with its record; `address` is that of its PostgreSQL database, "" for SQLite."""

    folder: Path
    address: str
    grown: bool = False

    @property
    def store(self) -> Store:
        return Store.open(self.folder / "store")

    def build(self) -> Run:
        """Give a run of the workspace as it is by now."""
        store = self.store
        if not self.grown and (latest := store.latest()) is not None:
            return latest
        self.grown = False
        with store.lock(wait=True):
            return build(load(self.folder), store).run

    def person(self, role: Role, scope: str = "", name: str = "") -> By:
        called = name or f"{role.replace(' ', '-')}{scope and '-' + scope}"
        person, new = Person.objects.get_or_create(
            email=f"{called}@example.org", defaults={"name": f"Name of {called}"}
        )
        if new:
            person.password = _kept_password()
            person.save()
        Grant.objects.get_or_create(person=person, role=role, scope=scope)
        return By(person, "test", NOW)

    def add(self, line: str, month: str = "2026-01") -> None:
        with (self.folder / f"data/ledger/{month}.csv").open("a", encoding="utf-8") as ledger:
            ledger.write(f"{line}\n")
        self.grown = True

    def reviewed(self, label: str = "2026-01") -> models.Period:
        """Build, put a period up for review, and settle all that its checklist asks."""
        run = self.build()
        analyst = self.person(Role.ANALYST)
        row = periods.review(analyst, run.calendar.parse(label), run)
        periods.decide(analyst, row, open_entries(row), "looked at together")
        return periods.get(label)

    def closed(self, label: str = "2026-01") -> models.Period:
        return periods.close(self.person(Role.ANALYST), self.reviewed(label))


@cache
def _kept_password() -> str:
    """Give the password as it is kept, which takes long to find, as it should."""
    return make_password(PASSWORD)


def open_entries(row: models.Period) -> list[tuple[Any, str]]:
    return [(each.item, each.subject) for each in waiting(row)]


def waiting(row: models.Period) -> list[Entry]:
    return [each for each in periods.entries(row) if not each.settled]


def workspace(folder: Path) -> Path:
    """Give a copy of the example for starters, with a journal, not built."""
    made: Path = shutil.copytree(STARTER, folder, ignore=shutil.ignore_patterns("store", "record"))
    (made / "model/journal.yaml").write_text(JOURNAL, encoding="utf-8")
    return made


def point(folder: Path, said: dict[str, Any]) -> None:
    """Point Django at another workspace and database."""
    connections.close_all()
    settings.TRUECOST_WORKSPACE = folder
    settings.DATABASES = {"default": said}
    connections.settings = connections.configure_settings(settings.DATABASES)
    with suppress(AttributeError):  # nobody has asked for it since the last time
        del connections["default"]
