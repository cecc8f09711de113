"""`truecost close`: months that stand as they are, whatever comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.kernel.findings import Finding, UsageError, VerifyError

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.store.run import Run
    from truecost.store.runs import Store


@click.command("close")
@click.argument("period", type=options.PERIOD, required=False)
@options.workspace
@options.run
@click.option("--reopen", is_flag=True, help="Open the month again; needs --reason.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is opened again; kept for good.")
@click.option(
    "--adjust",
    is_flag=True,
    help="Compute a closed month anew with its late lines, and give what changes.",
)
def command(
    period: str | None,
    workspace: Path,
    run_id: str | None,
    reason: str,
    *,
    reopen: bool,
    adjust: bool,
) -> None:
    """Close a month by a run, or list what is closed.

    Every month of the run up to PERIOD that is still open is closed with it, and the run is kept
    for good. Later builds give closed months as they are: a ledger line that comes late is placed
    in the open month and told apart; a model that would give other amounts is refused.
    """
    store = options.store_to_read(workspace)
    month = options.period_in(store.need(run_id).calendar, period, "PERIOD")
    if month is None:
        _list(store)
    elif reopen:
        if not reason:
            raise click.UsageError("say why with --reason")
        _reopen(store, month, reason)
    elif adjust:
        _adjust(workspace, store, month)
    else:
        _close(store, store.need(run_id), month)


def _close(store: Store, run: Run, period: Period) -> None:
    """Close every open month of a run up to one. Raise VerifyError for a run that does not hold."""
    from truecost.engine.verify import verify_run
    from truecost.statements.book import Book

    book = Book.of(run)
    book.check_period(period)
    months = [each for each in book.periods if each <= period]
    with store.lock(wait=True, waiting=options.waiting):
        stands = store.closings.standing()
        if period.index in stands:
            store.closings.close(period.index, run.id, str(run.manifest["sha256"]), str(period))
        calendar = period.calendar
        later = [calendar.period(index) for index in stands if index > period.index]
        if later:
            what = f"{later[0]} is closed, and {period} lies before it"
            raise UsageError(Finding(None, what, f"reopen {later[0]} first"))
        found = verify_run(run).findings
        if found:
            raise VerifyError(found)
        digest = str(run.manifest["sha256"])
        for month in months:
            if month.index not in stands:
                store.closings.close(month.index, run.id, digest, str(month))
                click.echo(f"closed {month.words} by run {run.id}")
        store.pin(run.id, f"closed {period}")


def _reopen(store: Store, period: Period, reason: str) -> None:
    with store.lock(wait=True, waiting=options.waiting):
        stands = store.closings.standing()
        later = [period.calendar.period(index) for index in stands if index > period.index]
        if later:
            what = f"{later[-1]} is closed too, and stands on {period}"
            raise UsageError(Finding(None, what, f"reopen {later[-1]} first"))
        store.closings.reopen(period.index, reason, str(period))
    click.echo(f"{period.words} is open again; what was closed stays in the store")


def _adjust(workspace: Path, store: Store, period: Period) -> None:
    from truecost.cli.progress import progress
    from truecost.engine.adjust import adjust
    from truecost.statements.supplements import supplements_text

    model = options.read_model(workspace)
    with store.lock(wait=True, waiting=options.waiting):
        with progress() as show:
            made = adjust(model, store, period, progress=show)
        if made is None:
            click.echo(f"{period.words} stands: no line of it came later")
            return
        stood = f"{made.before.act} {made.before.day} by run {made.before.run}, which stays"
        click.echo(supplements_text(made.run, period, stood), nl=False)


def _list(store: Store) -> None:
    found = store.closings.read()
    if not found:
        newest = options.latest(store)
        click.echo(f"no {newest.calendar.unit if newest else 'month'} is closed")
        return
    calendar = store.need().calendar
    for each in found:
        why = f": {each.reason}" if each.reason else ""
        click.echo(f"{each.day}  {calendar.period(each.period)}  {each.act}  run {each.run}{why}")
