"""`truecost explain`: what stands behind a figure, and what a ledger line became."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.kernel.periods import span
from truecost.model.types import Class

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store

_CLASSES = [each.value for each in Class]


@click.command("explain")
@click.argument("consumer", required=False)
@click.argument("service", required=False)
@options.workspace
@options.run
@options.periods
@click.option("--service", "of_service", help="What a service charges all consumers together.")
@click.option("--tower", help="What the ledger has in a tower.")
@click.option("--pool", help="What the ledger has in a cost pool.")
@click.option("--remainder", help="What is named and not charged, or ignored for a reason.")
@click.option("--line", "where", help="A ledger line, as FILE:LINE or by its identity.")
@click.option("--against", type=options.PERIOD, help="Why a bill changed since this period.")
@click.option("--against-run", help="The run that has that month; by default the same.")
@click.option("--model", is_flag=True, help="With --against: what changed in the model.")
@click.option("--class", "cls", type=click.Choice(_CLASSES), help="Run, grow or transform only.")
@click.option("--currency", help="By default the workspace's.")
@click.option("--all", "everything", is_flag=True, help="Everything, not the top ones.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for reading, or data.",
)
def command(
    workspace: Path,
    consumer: str | None,
    service: str | None,
    run_id: str | None,
    period: str | None,
    first: str | None,
    last: str | None,
    of_service: str | None,
    tower: str | None,
    pool: str | None,
    remainder: str | None,
    where: str | None,
    against: str | None,
    against_run: str | None,
    cls: str | None,
    currency: str | None,
    form: str,
    *,
    model: bool,
    everything: bool,
) -> None:
    """Explain a figure down to its ledger lines, a ledger line, or a change.

    CONSUMER is an id of model/consumers.yaml, SERVICE one of its statement's lines: a service's id,
    or "directly" for what was bought for it alone; without it the statement's total is explained.
    With --against the way from one month's bill to another's is told: the model, your own use,
    others' use, IT's cost, one-offs.
    """
    asked = {"service": of_service, "tower": tower, "pool": pool, "remainder": remainder}
    named = {kind: name for kind, name in asked.items() if name is not None}
    if (consumer is not None) + len(named) + (where is not None) + model != 1:
        raise click.UsageError(
            "name a consumer, or one of --service, --tower, --pool, --remainder, --line, --model"
        )
    if (model and against is None) or (against is not None and not model and consumer is None):
        raise click.UsageError("--against goes with a consumer or --model, and --model with it")
    from truecost.engine.lineage_lines import TOP
    from truecost.statements.book import Book
    from truecost.statements.inquiry import Inquiry

    store = options.store_to_read(workspace)
    run = store.need(run_id)
    book = Book.of(run)
    if where is not None:
        _tell_line(store, run, book, where, form, everything=everything)
        return
    if against is not None:
        if service is not None or cls is not None:
            raise click.UsageError("a change is told of whole bills: leave out service and class")
        earlier = store.need(against_run) if against_run else None
        month = options.period_in(book.calendar, period, "--period") or book.periods[-1]
        than = options.period_in(book.calendar, against, "--against") or month
        _tell_change(store, run, book, consumer, (month, than), currency, earlier, form)
        return
    begins, ends = options.span_of(book.calendar, period, first, last)
    ends = ends or book.periods[-1]
    months = tuple(span(begins or (book.periods[0] if named and period is None else ends), ends))
    for month in months or (ends,):
        book.check_period(month)
    if consumer is not None and len(months) != 1:
        raise click.UsageError(f"a statement is of one {book.calendar.unit}: give --period")
    with Inquiry(store, run, book) as inquiry:
        top = None if everything else TOP
        if consumer is not None:
            found = inquiry.statement(
                consumer, months[0], service=service, cls=cls or "", currency=currency, top=top
            )
        else:
            ((kind, name),) = named.items()
            found = inquiry.figure(kind, name, months, cls=cls or "", currency=currency, top=top)
    if form == "json":
        from truecost.statements.explain_json import explanation_json

        click.echo(explanation_json(found), nl=False)
    else:
        from truecost.statements.explain_text import explanation_text

        click.echo(explanation_text(found), nl=False)


def _tell_line(
    store: Store, run: Run, book: Book, where: str, form: str, *, everything: bool
) -> None:
    from truecost.statements.inquiry import Inquiry

    with Inquiry(store, run, book) as inquiry:
        found = inquiry.line(where)
    if form == "json":
        from truecost.statements.explain_json import line_json

        click.echo(line_json(found), nl=False)
        return
    from truecost.statements.explain_text import line_text

    limit = {"top": None} if everything else {}
    click.echo("\n".join(line_text(each, **limit) for each in found), nl=False)


def _tell_change(
    store: Store,
    run: Run,
    book: Book,
    consumer: str | None,
    months: tuple[Period, Period],
    currency: str | None,
    earlier: Run | None,
    form: str,
) -> None:
    from truecost.statements import explain_bridge, explain_model

    if consumer is None:
        model = explain_model.model_view(
            store, run, book, *months, currency=currency, earlier=earlier
        )
        as_json, as_text = explain_model.model_json, explain_model.model_text
        click.echo(as_json(model) if form == "json" else as_text(model), nl=False)
        return
    view = explain_bridge.bridge_view(
        store, run, book, consumer, *months, currency=currency, earlier=earlier
    )
    told = explain_bridge.bridge_json if form == "json" else explain_bridge.bridge_text
    click.echo(told(view), nl=False)
