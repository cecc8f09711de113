"""`truecost verify`: whether a run is what its manifest says, and holds together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.kernel.findings import VerifyError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("verify")
@options.workspace
@options.run
def command(workspace: Path, run_id: str | None) -> None:
    """Recompute the hashes and invariants of a run.

    Every table's hash and row count is compared with the manifest, and the proof is computed again
    from cells, statement lines and remainders. Exit code 8 if anything differs.
    """
    from truecost.engine.verify import verify_run

    store = options.store_to_read(workspace)
    run = store.need(run_id)
    checked = verify_run(run)
    if checked.findings:
        raise VerifyError(checked.findings)
    click.echo(f"run {run.id}: whole")
    for line in checked.held:
        click.echo(f"  {line}")
