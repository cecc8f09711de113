"""`truecost summary`: a period on a page for leaders."""

from __future__ import annotations

from pathlib import Path

import click

from truecost.cli import options
from truecost.cli.output import deliver, from_name
from truecost.cli.renderers import FORMS, renderer


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
    form = form or from_name(output, FORMS, "text")
    deliver(renderer("summary", form)(view), form, output)
