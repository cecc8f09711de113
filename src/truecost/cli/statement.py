"""`truecost statement`: what a consumer owes for a period, and why."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.cli.output import deliver, from_name, write
from truecost.cli.renderers import FORMS, renderer
from truecost.kernel.findings import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.statements.views import StatementView

_FORMATS = (*FORMS, "csv")


@click.command("statement")
@click.argument("consumer", required=False)
@options.workspace
@options.run
@click.option("--period", type=options.PERIOD, help="The period; by default the run's last.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="By default what the output's name ends in, or else text; html with --all.",
)
@click.option("--all", "everyone", is_flag=True, help="All consumers, and an index.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file to write instead of standard output; with --all, a folder.",
)
def command(
    workspace: Path,
    consumer: str | None,
    run_id: str | None,
    period: str | None,
    form: str | None,
    output: Path | None,
    *,
    everyone: bool,
) -> None:
    """Write the statement of a consumer, or of all.

    CONSUMER is an id of model/consumers.yaml; a branch of the tree gives its sum. Until it is
    issued a statement is a draft and says so.
    """
    from truecost.statements.book import Book
    from truecost.statements.views import statement_view

    if everyone == (consumer is not None):
        raise click.UsageError("name a consumer, or say --all")
    store = options.store_to_read(workspace)
    book = Book.of(store.need(run_id), store)
    month = options.period_in(book.calendar, period, "--period") or book.periods[-1]
    if consumer is not None:
        form = form or from_name(output, _FORMATS, "text")
        deliver(_renderer(form, month)(statement_view(book, consumer, month)), form, output)
        return
    if output is None:
        raise click.UsageError("say with -o into which folder the statements go")
    _write_all(book, month, form or "html", output)


def _write_all(book: Book, period: Period, form: str, folder: Path) -> None:
    """Write everybody's statement into a folder, with an index where it is HTML."""
    from truecost.statements.html import file_name, index_html
    from truecost.statements.views import index_view, statement_view

    index = index_view(book, period)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    render = _renderer(form, period)
    suffix = "txt" if form == "text" else form
    for entry in index.entries:
        path = folder / file_name(entry.id, period, suffix)
        write(render(statement_view(book, entry.id, period)), path)
    click.echo(f"{len(index.entries)} statements for {period.words} in {folder}")
    if form == "html":
        write(index_html(index), folder / "index.html")
        click.echo(str(folder / "index.html"))


def _renderer(form: str, period: Period) -> Callable[[StatementView], str | bytes]:
    """Give the function that draws a statement; pages of a folder link to each other."""
    draw = renderer("statement", form)
    if form != "html":
        return draw
    from truecost.statements.html import file_name

    return partial(draw, link=partial(file_name, period=period))
