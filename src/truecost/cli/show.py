"""`truecost show`: true cost as a table."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.kernel.findings import UsageError
from truecost.kernel.periods import Period, span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from truecost.statements.book import Book
    from truecost.store.runs import Run, Store

BY = ("service", "tower", "pool", "class", "consumer")


@click.command("show")
@click.argument("what", required=False, type=click.Choice(["commitments"]))
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
@click.option("--currency", metavar="CODE", help="One currency; by default each has its own table.")
def command(
    what: str | None,
    workspace: Path,
    run_id: str | None,
    period: str | None,
    first: str | None,
    last: str | None,
    by: str,
    form: str,
    currency: str | None,
) -> None:
    """Show true cost by service, tower, pool, class or consumer.

    Whatever the rows, a table ends in the same total: the ledger, which is what statements charge
    plus what is named and not charged.

    commitments: instead, what cloud bills say of commitments, credits and tokens: billed against
    amortised cost by billing month, what each commitment saved, and for whom.
    """
    from truecost.cli.table import drawn
    from truecost.statements.book import Book
    from truecost.statements.show import show_table, to_csv, to_json

    store = options.store_to_read(workspace)
    run = store.need(run_id)
    book = Book.of(run)
    periods = _periods(book, *options.span_of(book.calendar, period, first, last))
    if what is not None:
        _commitments(store, run, book, periods, form, currency)
        return
    tables = [show_table(book, by, periods, each) for each in _currencies(book, periods, currency)]
    if form == "table":
        width = shutil.get_terminal_size().columns
        click.echo("\n\n".join(drawn(table, width) for table in tables))
        return
    if form == "json":
        if len(tables) > 1:
            known = ", ".join(table.currency for table in tables)
            raise click.UsageError(f"one currency at a time in JSON: --currency, one of {known}")
        text = to_json(tables[0])
    else:
        first_table, *more = map(to_csv, tables)
        text = first_table + "".join(rows.partition("\r\n")[2] for rows in more)
    # bytes, so that data is the same whatever the encoding of the terminal
    click.echo(text.encode(), nl=False)


def _commitments(
    store: Store, run: Run, book: Book, periods: Sequence[Period], form: str, currency: str | None
) -> None:
    import json

    from truecost.statements.commitments import bills
    from truecost.statements.commitments_text import commitments_document, commitments_text

    if form == "csv":
        raise click.UsageError("what bills say of commitments is a table or JSON")
    views = bills(store, run, book, periods, currency and currency.upper())
    if form == "table":
        click.echo(commitments_text(views))
    else:
        text = json.dumps(commitments_document(views), indent=1, ensure_ascii=False)
        click.echo(f"{text}\n".encode(), nl=False)


def _currencies(book: Book, periods: Sequence[Period], asked: str | None) -> tuple[str, ...]:
    """Give the currencies to show: the asked one, which the run must have, or all."""
    from truecost.statements.show import currencies

    known = currencies(book, periods) or (book.currency,)
    if asked is None:
        return known
    if asked.upper() not in known:
        raise UsageError(f"there is nothing in {asked}; there is {', '.join(known)}")
    return (asked.upper(),)


def _periods(book: Book, first: Period | None, last: Period | None) -> tuple[Period, ...]:
    """Give the asked periods, which the run must have; by default all that it has."""
    known = book.periods
    if not known:
        return ()
    asked = tuple(span(first or known[0], last or known[-1]))
    for period in (asked[0], asked[-1]) if asked else (first or known[0],):
        book.check_period(period)
    return asked
