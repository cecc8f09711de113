"""`truecost summary`: a period on a page for leaders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.output import deliver, from_name
from truecost.cli.renderers import FORMS, renderer

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.statements.charging import ChargingView


@click.command("summary")
@options.workspace
@options.run
@click.option("--period", type=options.PERIOD, help="The period; by default the run's last.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    help="By default what the output's name ends in, or else text.",
)
@click.option("--currency", help="By default the workspace's own.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="A file to write instead of standard output.",
)
def command(
    workspace: Path,
    run_id: str | None,
    period: str | None,
    form: str | None,
    currency: str | None,
    output: Path | None,
) -> None:
    """Sum a period up for leaders.

    True cost by service, tower and run, grow, transform; what moved most since the month before;
    what is on no bill, and who bought it; and the reconciliation.
    """
    from truecost.statements.book import Book
    from truecost.statements.summary import summary_view

    book = Book.of(options.store_to_read(workspace).need(run_id))
    asked = options.period_in(book.calendar, period, "--period")
    view = summary_view(book, asked or book.periods[-1], currency)
    view = replace(view, charging=_charging(workspace, book, view.period))
    form = form or from_name(output, FORMS, "text")
    deliver(renderer("summary", form)(view), form, output)


def _charging(workspace: Path, book: Book, period: Period) -> ChargingView | None:
    """Give what charging itself took, where the workspace records it."""
    if not (workspace / "model" / "charging_costs.yaml").exists():
        return None
    from truecost.sources.charging_costs import charging_costs
    from truecost.statements.charging import charging_views

    (view,) = charging_views(book, charging_costs(options.read_model(workspace)), (period,))
    return view if view.hours or view.disputes else None
