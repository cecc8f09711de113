"""`truecost runs`: what is in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.wording import counted, wrapped

if TYPE_CHECKING:
    from pathlib import Path


@click.command("runs")
@options.workspace
@click.option("--pin", metavar="ID", help="Keep a run for good.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is pinned; needed with --pin.")
@click.option(
    "--clear", type=click.IntRange(min=1), metavar="N", help="Keep the newest N and the pinned."
)
def command(workspace: Path, pin: str | None, reason: str, clear: int | None) -> None:
    """List the runs in the store; pin one, or clear old ones away.

    A pinned run is kept whatever is cleared. Clearing also removes what was read from sources and
    is no longer needed.
    """
    store = options.store_to_read(workspace)
    if pin:
        if not reason:
            raise click.UsageError("say why with --reason")
        with store.lock(wait=True, waiting=options.waiting):
            store.pin(store.need(pin).id, reason)
    if clear is not None:
        with store.lock(wait=True, waiting=options.waiting):
            gone = store.collect(clear)
        click.echo(f"cleared {counted(len(gone), 'run')}")
    latest = store.latest()
    pins = store.pins()
    for run in store.runs():
        periods = sorted(run.manifest["inputs"]["model"])
        marks = [
            *(["latest"] if latest and run.id == latest.id else []),
            *([f"pinned: {pins[run.id]}"] if run.id in pins else []),
        ]
        span = " to ".join(dict.fromkeys((periods[0], periods[-1])) if periods else ("no periods",))
        for line in wrapped(f"{run.id}  {span}  {', '.join(marks)}".rstrip()):
            click.echo(line)
