"""Opening the record of a workspace from a program: the settings, Django, the tables.

Django has one set of settings in a process: so has the record.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError, StoreError
from truecost.record.place import RecordPlace

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED = ("django", "allauth", "waitress", "whitenoise", "django_tasks_db", "django_htmx", "ninja")
SETTINGS = "truecost.portal.settings"


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
    """Begin a record, or bring the tables of one up to date, and lay its guards."""
    RecordPlace(workspace).begin()
    set_up(workspace)
    from django.core.management import call_command  # noqa: PLC0415  needs Django

    from truecost.record.services import rules  # noqa: PLC0415  needs Django
    from truecost.record.services.acts import By  # noqa: PLC0415  needs Django

    call_command("migrate", verbosity=0, interactive=False)
    rules.begin(By(None, "serve", dt.datetime.now(dt.UTC)), name)
