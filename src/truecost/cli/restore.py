"""`truecost restore`: record and store from a backup."""

from __future__ import annotations

from pathlib import Path

import click

from truecost.cli import options
from truecost.kernel.findings import VerifyError


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.workspace
def command(file: Path, workspace: Path) -> None:
    """Put record and store of a backup into a workspace that has neither, and check them.

    A record in PostgreSQL goes into the empty database that TRUECOST_DATABASE names, or else the
    one of the backup's settings. A backup of an earlier version is brought up to date by the next
    `truecost serve`. Exit code 8 where what was restored does not hold.
    """
    from truecost.record.backup import restore
    from truecost.record.opening import set_up

    said = restore(workspace, file)
    set_up(workspace)
    from truecost.record.services import integrity
    from truecost.store.runs import Store

    checked = integrity.check(Store.open(workspace / "store"))
    if checked.findings:
        raise VerifyError(checked.findings)
    click.echo(f"{workspace}: {len(said['files']):,} files restored, each with its hash")
    for line in checked.held:
        click.echo(f"  {line}")
