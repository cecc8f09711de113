"""`truecost verify`: whether a run is what its manifest says, and holds together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.kernel.findings import VerifyError

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.runs import Store


@click.command("verify")
@options.workspace
@options.run
def command(workspace: Path, run_id: str | None) -> None:
    """Recompute the hashes and invariants of a run.

    Every table's hash and row count is compared with the manifest, and the proof is computed again
    from cells, statement lines and remainders. Exit code 8 if anything differs.

    Where the workspace has a record, the chain of events and everything that was issued are checked
    too: note the hash of the last event elsewhere, and nobody can cut the chain unseen.
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
    _record(workspace, store)


def _record(workspace: Path, store: Store) -> None:
    from truecost.record.opening import has_record, set_up

    if not has_record(workspace):
        return
    set_up(workspace)
    from truecost.record.services import integrity

    checked = integrity.check(store)
    if checked.findings:
        raise VerifyError(checked.findings)
    click.echo("record: whole")
    for line in checked.held:
        click.echo(f"  {line}")
