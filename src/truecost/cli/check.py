"""`truecost check`: whether anything stands in the way of a build."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.wording import counted, listed, wrapped
from truecost.kernel.findings import SourceError
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from truecost.model.types import Model


@click.command("check")
@options.workspace
@options.data
@click.option(
    "--model-only", is_flag=True, help="Don't read the sources: only check that the model holds."
)
@click.option(
    "--focus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Instead: say which rules of the FOCUS specification this file breaks.",
)
@click.option(
    "--focus-version",
    type=click.Choice(["1.0", "1.1", "1.2", "1.3", "1.4"]),
    help="The version that the file is held to; by default the one that it is of.",
)
@click.option("--strict", is_flag=True, help="With --focus: end with exit code 4 if any is broken.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="With --focus: how the report is written.")  # fmt: skip
def command(
    workspace: Path,
    data: Path | None,
    focus: Path | None,
    focus_version: str | None,
    form: str,
    *,
    model_only: bool,
    strict: bool,
) -> None:
    """Check that nothing stands in the way of a build.

    The model, the sources and the driver files are read, every ledger line is placed and every
    month is allocated, as a build would; only that no run is saved. Faults are listed together,
    each with its place and what to do, and the exit code is the build's. What was read is kept in
    the store, so that a build need not read it again.
    """
    if focus is not None:
        _conformance(focus, focus_version or "", form, strict=strict)
        return
    model = options.read_model(workspace)
    head = wrapped(f"{visible(model.organisation)}: the model holds")
    click.echo("\n".join([*head, *_entries(model)]))
    if model_only:
        return
    from truecost.cli.progress import progress
    from truecost.cli.report_sources import sources_report
    from truecost.engine.build import load_sources, rehearse
    from truecost.engine.closed import ClosedPeriods
    from truecost.engine.started_rates import refuse_changed

    store = options.store_to_write(workspace)
    with store.lock(wait=True, waiting=options.waiting):
        refuse_changed(store, model)
        with progress() as show:
            sources = load_sources(model, store, data, show)
        distinct = [source.name for source in model.sources if source.distinct]
        click.echo(sources_report(sources, distinct, options.latest(store), store, model.calendar))
        with progress() as show:
            closed = ClosedPeriods.of(store)
            made = rehearse(model, sources, closed=closed, progress=show)
    for warning in made.warnings:
        click.echo(str(warning), err=True)
    first, last = made.periods[0], made.periods[-1]
    span = str(first) if first == last else f"{first} to {last}"
    click.echo(f"\nNothing stands in the way of a build of {span}")


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


def _conformance(file: Path, version: str, form: str, *, strict: bool) -> None:
    """Print which rules of FOCUS a file breaks."""
    from truecost.sources import focus_conformance

    found = focus_conformance.conformance(file, file.name, version)
    if form == "json":
        click.echo(json.dumps(focus_conformance.as_json(found), indent=1, ensure_ascii=False))
    else:
        click.echo(focus_conformance.as_text(found))
    if strict and found.breaches:
        sys.exit(SourceError.exit_code)
