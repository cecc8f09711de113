"""`truecost build`: sources and model become a run, with its proof."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from truecost.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("build")
@options.workspace
@options.periods
@options.data
@options.engine
@click.option("--full", is_flag=True, help="Compute all anew, whatever was computed before.")
@click.option("--no-wait", is_flag=True, help="End with exit code 7 if another build is running.")
def command(
    workspace: Path,
    period: str | None,
    first: str | None,
    last: str | None,
    data: Path | None,
    engine: str | None,
    *,
    full: bool,
    no_wait: bool,
) -> None:
    """Compute true cost, allocations and draft statements.

    Without periods: those that truecost.yaml names, or else all that the ledger has. The run is
    saved whole or not at all; the same inputs give the same run. What has not changed since a
    build before is taken from it: the run is the same as with --full, to the bit. Ends with the
    reconciliation.
    """
    from truecost.cli.progress import progress
    from truecost.cli.report import build_report
    from truecost.cli.report_sources import sources_report
    from truecost.engine.build import build

    model = options.with_engine(options.read_model(workspace), engine)
    begins, ends = options.span_of(model.calendar, period, first, last)
    store = options.store_to_write(workspace)
    with store.lock(wait=not no_wait, waiting=options.waiting), progress() as show:
        began = time.perf_counter()
        known = store.ids()
        before = options.latest(store)
        built = build(model, store, first=begins, last=ends, data=data, progress=show, full=full)
        seconds = time.perf_counter() - began
    for warning in built.warnings:
        click.echo(str(warning), err=True)
    distinct = [source.name for source in model.sources if source.distinct]
    sources = sources_report(built.sources, distinct, before, store, model.calendar)
    click.echo(build_report(built, sources, seconds, known=built.run.id in known))
