"""The record from the command line: opened where a workspace has one, by somebody."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from truecost.kernel.findings import Finding, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.record.services.acts import By

person = click.option(
    "--as",
    "email",
    envvar="TRUECOST_PERSON",
    metavar="E-MAIL",
    help="Who acts, where the workspace has a record (also in TRUECOST_PERSON).",
)


def opened(workspace: Path, email: str | None) -> By | None:
    """Open a workspace's record for somebody; None where it has none.

    Raise UsageError where nobody is said to act, StoreError where the record is not whole.
    """
    from truecost.record.opening import has_record, open_record

    if not has_record(workspace):
        return None
    if not email:
        what = "this workspace has a record: say who acts"
        raise UsageError(Finding(None, what, "--as E-MAIL, or set TRUECOST_PERSON"))
    open_record(workspace)
    from truecost.record.services import people
    from truecost.record.services.acts import By

    return By(people.find(email), "cli", dt.datetime.now(dt.UTC))


def needed(workspace: Path, email: str | None) -> By:
    """Open a workspace's record for somebody. Raise UsageError where it has none."""
    by = opened(workspace, email)
    if by is None:
        raise UsageError(Finding(None, "this workspace has no record", "begin it: truecost serve"))
    return by
