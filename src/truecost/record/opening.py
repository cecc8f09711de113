"""Opening the record of a workspace from a program: the settings, Django, the tables.

Django has one set of settings in a process: so has the record.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError, StoreError
from truecost.record.place import FOLDER, RecordPlace
from truecost.store.lock import Lock, silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEEDED = ("django", "allauth", "waitress", "whitenoise", "django_tasks_db", "django_htmx", "ninja")
SETTINGS = "truecost.portal.settings"
_UPGRADE = 0x7275_6563_6F73_74  # the number of the lock in PostgreSQL: "truecost", nearly


def has_record(workspace: Path) -> bool:
    """Whether a workspace has a record. Imports nothing."""
    return RecordPlace(workspace).begun


def set_up(workspace: Path) -> None:
    """Set Django up for a workspace. Raise ModelError where the extra `portal` is not installed."""
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        what = f"the record needs packages that are not installed: {', '.join(lacking)}"
        raise ModelError(Finding(None, what, "pip install 'truecost[portal]'"))
    os.environ["TRUECOST_WORKSPACE"] = str(workspace.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import django  # noqa: PLC0415  only who has a record pays for it

    django.setup()


def open_record(workspace: Path) -> None:
    """Set Django up for a record that is there and up to date.

    Raise StoreError where its tables are not those of this version, or a guard is gone.
    """
    set_up(workspace)
    from truecost.record.services import integrity  # noqa: PLC0415  needs Django

    if found := integrity.ready():
        raise StoreError(found)


def begin_record(workspace: Path, name: str) -> None:
    """Begin a record, or bring the tables of one up to date, and lay its guards.

    Of several that begin at once, each waits for the one before.
    """
    place = RecordPlace(workspace)
    place.begin()
    set_up(workspace)
    from django.core.management import call_command  # noqa: PLC0415  needs Django

    from truecost.record.services import rules  # noqa: PLC0415  needs Django
    from truecost.record.services.acts import By  # noqa: PLC0415  needs Django

    with _alone(place):
        call_command("migrate", verbosity=0, interactive=False)
        rules.begin(By(None, "serve", dt.datetime.now(dt.UTC)), name)


@contextmanager
def _alone(place: RecordPlace) -> Iterator[None]:
    """Keep others from the tables until the block ends: by the database, or beside its file."""
    from django.db import connection  # noqa: PLC0415  needs Django

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_UPGRADE])
        try:
            yield
        finally:
            connection.close()  # the lock goes with it
        return
    name = "upgrade.lock"
    lock = Lock(place.folder / name, f"{FOLDER}/{name}", partial(dt.datetime.now, dt.UTC))
    with lock.hold(wait=True, waiting=silent, timeout=None):
        yield
