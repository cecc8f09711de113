"""`truecost scenario`: what a change would do to bills, and what it would save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options

if TYPE_CHECKING:
    from truecost.scenarios.base import Base

FORMATS = ("text", "json", "csv")


@click.command("scenario")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@options.workspace
@options.run
@options.periods
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Text for reading, or data.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to a file, whose name may say the format.",
)
def command(
    names: tuple[str, ...],
    workspace: Path,
    run_id: str | None,
    period: str | None,
    first: str | None,
    last: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Try a change: who would pay more or less, why, and what is really saved.

    Computes the scenarios of scenarios/NAME.yaml, or all of them, over the newest run. One is told
    in full; several are ranked by what they save a month. Nothing is saved, billed or posted.

    Where the model was changed since the newest run, the sources are computed anew.
    """
    from truecost.cli.output import deliver, from_name
    from truecost.model.scenario_reading import read_scenarios
    from truecost.scenarios.cascade import cascades
    from truecost.scenarios.compute import compute
    from truecost.statements.scenario_json import scenario_rows, scenarios_csv, scenarios_json
    from truecost.statements.scenario_text import Ranked, ranking, scenario_text

    form = from_name(output, FORMATS, form)
    base = _base(workspace, run_id)
    begins, ends = options.span_of(base.model.calendar, period, first, last)
    scenarios = read_scenarios(base.model, workspace, names)
    months = [
        each
        for each in base.periods
        if (begins is None or begins <= each) and (ends is None or each <= ends)
    ]
    if not months:
        raise click.UsageError(f"the run has {base.periods[0]} to {base.periods[-1]}")
    detail = form == "json" or len(scenarios) == 1
    found = []
    ranked = []
    rows = []
    with base.at_hand(months):
        for scenario in scenarios:
            for each in compute(base, scenario, months, detail=detail):
                if form == "csv":
                    rows.append(scenario_rows(each))
                elif detail:
                    found.append((each, cascades(base, scenario, each.periods[-1])))
                else:
                    ranked.append(Ranked.of(each))
    if form == "json":
        document = scenarios_json(base, found)
    elif form == "csv":
        document = scenarios_csv(rows)
    elif detail:
        document = "\n".join(scenario_text(base, *each) for each in found)
    else:
        document = ranking(base, ranked)
    deliver(document, form, output)


def _base(workspace: Path, run_id: str | None) -> Base:
    """Give what scenarios start from: a run of today's model, or the sources computed anew."""
    from truecost.engine.bridge_sides import need
    from truecost.scenarios.base import Base
    from truecost.scenarios.further import Further, Rehearsal

    model = options.read_model(workspace)
    if run_id is not None:
        run = options.store_to_read(workspace).need(run_id)
        return Base(need(run).model, run, Further(model, options.store_to_write(workspace)))
    store = options.store_to_write(workspace)
    further = Further(model, store)
    newest = options.latest(store)
    if newest is not None and further.is_of(newest):
        return Base(need(newest).model, newest, further)
    if newest is not None:
        click.echo("the model was changed since the newest run: computing anew", err=True)
    return Base(model, Rehearsal.of(model, store), further)
