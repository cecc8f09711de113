"""`truecost check`: whether the model holds and the data is whole."""

from __future__ import annotations

from pathlib import Path

import click

from truecost.cli import options
from truecost.cli.progress import progress
from truecost.cli.report import sources_report
from truecost.engine.build import load_sources
from truecost.store.runs import Store


@click.command("check")
@options.workspace
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that stands in for the folder of the source's files.",
)
@click.option("--model-only", is_flag=True, help="Don't read the sources.")
def command(workspace: Path, data: Path | None, *, model_only: bool) -> None:
    """Check that the model holds and that its sources can be read.

    All faults of all files are listed at once, each with its place and what to do. What was read
    is kept in the store, so that a build need not read it again.
    """
    model = options.read_model(workspace)
    click.echo(
        f"{model.organisation}: {len(model.accounts)} account rules, "
        f"{len(model.cost_centres)} cost centre rules, {len(model.services)} services, "
        f"{len(model.consumers)} consumers, {len(model.allocations)} allocation rules: they hold"
    )
    if model_only:
        return
    store = Store.open(workspace / "store")
    with store.lock(wait=True), progress() as show:
        sources = load_sources(model, store, data, show)
    click.echo(sources_report(sources))
