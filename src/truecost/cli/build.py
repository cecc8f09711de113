"""`truecost build`: sources and model become a run, with its proof."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.progress import progress
from truecost.cli.report import build_report
from truecost.engine.build import build
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.kernel.periods import Period


@click.command("build")
@options.workspace
@options.periods
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that stands in for the folder of the source's files.",
)
@click.option("--no-wait", is_flag=True, help="End with exit code 7 if another build is running.")
def command(
    workspace: Path,
    period: Period | None,
    first: Period | None,
    last: Period | None,
    data: Path | None,
    *,
    no_wait: bool,
) -> None:
    """Compute true cost, allocations and draft statements.

    Without periods: those that truecost.yaml names, or else all that the ledger has. The run is
    saved whole or not at all; the same inputs give the same run. Ends with the reconciliation.
    """
    first, last = options.span_of(period, first, last)
    model = options.read_model(workspace)
    store = Store.open(workspace / "store")
    began = time.perf_counter()
    with store.lock(wait=not no_wait, waiting=_waiting), progress() as show:
        before = store.latest()
        built = build(model, store, first=first, last=last, data=data, progress=show)
    seconds = time.perf_counter() - began
    distinct = [source.name for source in model.sources if source.distinct]
    click.echo(build_report(built, seconds, distinct, before, store))


def _waiting() -> None:
    click.echo("another build of this workspace is running: waiting for it to end", err=True)
