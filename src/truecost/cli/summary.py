"""`truecost summary`: a period on a page for leaders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.output import deliver, from_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.statements.summary import SummaryView

_FORMATS = ("text", "html", "pdf", "xlsx", "json")


@click.command("summary")
@options.workspace
@options.run
@click.option("--period", type=options.PERIOD, help="The period; by default the run's last.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
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
    form = form or from_name(output, _FORMATS, "text")
    deliver(_renderer(form)(view), form, output)


def _renderer(form: str) -> Callable[[SummaryView], str | bytes]:
    """Give the function that renders a view; each is imported only where it is needed."""
    if form == "html":
        from truecost.statements.html import summary_html

        return summary_html
    if form == "pdf":
        from truecost.statements.pdf import summary_pdf

        return summary_pdf
    if form == "xlsx":
        from truecost.statements.xlsx import summary_xlsx

        return summary_xlsx
    if form == "json":
        from truecost.statements.summary_json import summary_json

        return summary_json
    from truecost.statements.text import summary_text

    return summary_text
