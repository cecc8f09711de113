"""`truecost backup`: record and store in one file."""

from __future__ import annotations

from pathlib import Path

import click

from truecost.cli import options


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.workspace
def command(file: Path, workspace: Path) -> None:
    """Save record and store of a workspace to FILE, as they are at one moment.

    The portal may go on serving; who builds or closes waits. FILE holds what was issued, people's
    addresses and the secret key: keep it where only you can read it. The model and the data are
    text that you keep under version control: they are not in it.
    """
    from truecost.record.backup import backup

    said = backup(workspace, file)
    size = file.stat().st_size
    click.echo(f"{file}: {len(said['files']):,} files, {size:,} bytes, {said['database']}")
    click.echo(f"the last event is {said['last'][0]}, {said['last'][1]}")
