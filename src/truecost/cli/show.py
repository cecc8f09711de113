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
    from truecost.store.run import Run
    from truecost.store.runs import Store

WHAT = ("capacity", "commitments", "schedules", "charges", "recovery", "charging")
BY = ("service", "tower", "pool", "class", "consumer")


@click.command("show")
@click.argument("what", required=False, type=click.Choice(WHAT))
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

    capacity: instead, what could be done and what was, what a unit costs, and whose the cost of
    what nobody used is.

    commitments: instead, what cloud bills say of commitments, credits and tokens: billed against
    amortised cost by billing month, what each commitment saved, and for whom.

    schedules: instead, the accounts of what is prepaid, capitalised or accrued: what was on the
    balance, what was posted, what of it counted, what is left.

    charges: instead, what each consumer is charged, shown or funded for, part by part.

    recovery: instead, what rates charged for each service against what it cost, and how that is
    split into volume, spending and price.

    charging: instead, what charging itself takes (model/charging_costs.yaml) beside the money that
    it moves.
    """
    from truecost.cli.table import drawn
    from truecost.statements.book import Book
    from truecost.statements.schedules import schedule_table
    from truecost.statements.show import show_table, to_csv, to_json

    store = options.store_to_read(workspace)
    run = store.need(run_id)
    book = Book.of(run)
    periods = _periods(book, *options.span_of(book.calendar, period, first, last))
    if what == "charging":
        _charging_costs(workspace, book, periods, form)
        return
    if what in {"charges", "recovery"}:
        _charging(book, what, periods, form, currency)
        return
    if what == "capacity":
        _capacity(book, periods, form, currency)
        return
    if what == "commitments":
        _commitments(store, run, book, periods, form, currency)
        return
    asked = _currencies(book, periods, currency)
    if what == "schedules":
        tables = [schedule_table(book, periods, each) for each in asked]
    else:
        tables = [show_table(book, by, periods, each) for each in asked]
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


def _charging(
    book: Book, what: str, periods: Sequence[Period], form: str, currency: str | None
) -> None:
    from truecost.statements import show_charges

    for period in periods:
        book.check_period(period)
    found = show_charges.charging_table(book, what, periods, currency and currency.upper())
    text = {
        "table": show_charges.to_text, "json": show_charges.to_json, "csv": show_charges.to_csv,
    }[form](found)  # fmt: skip
    click.echo(text.encode(), nl=False)


def _capacity(book: Book, periods: Sequence[Period], form: str, currency: str | None) -> None:
    from truecost.statements import capacity_view as view

    rows = [
        row
        for each in _currencies(book, periods, currency)
        for row in view.capacity_rows(book, periods, each)
    ]
    if form == "table":
        click.echo(view.capacity_text(book, rows), nl=False)
        return
    text = (view.capacity_json if form == "json" else view.capacity_csv)(book, rows)
    click.echo(text.encode(), nl=False)


def _charging_costs(workspace: Path, book: Book, periods: Sequence[Period], form: str) -> None:
    from truecost.sources.charging_costs import charging_costs
    from truecost.statements.charging import (
        charging_csv,
        charging_json,
        charging_text,
        charging_views,
    )

    views = charging_views(book, charging_costs(options.read_model(workspace)), periods)
    if form == "table":
        click.echo(charging_text(book, views))
        return
    text = charging_json(views) if form == "json" else charging_csv(views)
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
