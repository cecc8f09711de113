"""`truecost serve`: the portal of a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from truecost.kernel.findings import UsageError


@click.command("serve")
@click.argument(
    "workspace", type=click.Path(exists=True, file_okay=False, path_type=Path), default="."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def command(workspace: Path, host: str, port: int) -> None:
    """Serve the portal of a workspace: where periods stand, and statements are read.

    The first start begins the record, in WORKSPACE/record, and prints a link for the first
    administrator. Needs the extra: pip install 'truecost[portal]'.
    """
    from truecost.cli import options
    from truecost.portal.serve import serve

    name = options.read_model(workspace).organisation
    try:
        serve(workspace, name, host, port, click.echo)
    except OSError as error:
        hint = "choose another with --port"
        raise UsageError(
            f"can't listen on {host}, port {port}: {error.strerror}; {hint}"
        ) from error
