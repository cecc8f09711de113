"""`truecost show`: true cost as a table."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.table import drawn
from truecost.kernel.periods import Period, span
from truecost.statements.book import Book
from truecost.statements.show import BY, currencies, show_table, to_csv, to_json
from truecost.store.runs import Run, Store

if TYPE_CHECKING:
    from pathlib import Path


@click.command("show")
@options.workspace
@options.run
@options.periods
@click.option(
    "--by", type=click.Choice(BY), default="service", show_default=True, help="What a row is."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="A table for reading, or data.",
)
@click.option("--currency", help="One currency; by default each has its own table.")
def command(
    workspace: Path,
    run_id: str | None,
    period: Period | None,
    first: Period | None,
    last: Period | None,
    by: str,
    form: str,
    currency: str | None,
) -> None:
    """Show true cost by service, tower, pool, class or consumer.

    Whatever the rows, a table ends in the same total: the ledger, which is what statements charge
    plus what is named and not charged.
    """
    first, last = options.span_of(period, first, last)
    run = Store.open(workspace / "store").need(run_id)
    periods = _periods(run, first, last)
    for number, each in enumerate([currency] if currency else currencies(run, periods)):
        table = show_table(run, by, periods, each)
        if form == "json":
            click.echo(to_json(table), nl=False)
        elif form == "csv":
            click.echo(to_csv(table), nl=False)
        else:
            if number:
                click.echo()
            click.echo(drawn(table, shutil.get_terminal_size().columns))


def _periods(run: Run, first: Period | None, last: Period | None) -> tuple[Period, ...]:
    """Give the asked periods, which the run must have; by default all that it has."""
    book = Book.of(run)
    known = book.periods
    if not known:
        return ()
    asked = tuple(span(first or known[0], last or known[-1]))
    for period in (asked[0], asked[-1]) if asked else (first or known[0],):
        book.check_period(period)
    return asked
