"""`truecost check`: whether the model holds and the data is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.wording import counted, listed, wrapped
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.types import Model


@click.command("check")
@options.workspace
@options.data
@click.option("--model-only", is_flag=True, help="Don't read the sources.")
def command(workspace: Path, data: Path | None, *, model_only: bool) -> None:
    """Check that the model holds and that its sources can be read.

    All faults of all files are listed at once, each with its place and what to do. What was read
    is kept in the store, so that a build need not read it again.
    """
    model = options.read_model(workspace)
    head = wrapped(f"{visible(model.organisation)}: the model holds")
    click.echo("\n".join([*head, *_entries(model)]))
    if model_only:
        return
    from truecost.cli.progress import progress
    from truecost.cli.report import sources_report
    from truecost.engine.build import load_sources

    store = options.store_to_write(workspace)
    with store.lock(wait=True, waiting=options.waiting), progress() as show:
        sources = load_sources(model, store, data, show)
    click.echo(sources_report(sources))


def _entries(model: Model) -> list[str]:
    """Say of how many entries a model consists."""
    branches = {consumer.parent for consumer in model.consumers}
    entries = (
        (len(model.accounts), "account rule"),
        (len(model.cost_centres), "cost centre rule"),
        (len(model.services), "service"),
        (sum(consumer.id not in branches for consumer in model.consumers), "consumer"),
        (len(model.allocations), "allocation rule"),
    )
    return listed((counted(number, thing) for number, thing in entries), "  ")
