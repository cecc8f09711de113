"""`truecost close`: months that stand as they are, whatever comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options, record
from truecost.kernel.findings import Finding, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.record.services.acts import By
    from truecost.store.run import Run
    from truecost.store.runs import Store


@click.command("close")
@click.argument("period", type=options.PERIOD, required=False)
@options.workspace
@options.run
@record.person
@click.option(
    "--history",
    is_flag=True,
    help="With a record: close what lies before its first month with it, as it is.",
)
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
    email: str | None,
    reason: str,
    *,
    history: bool,
    reopen: bool,
    adjust: bool,
) -> None:
    """Close a month by a run, or list what is closed.

    Every month of the run up to PERIOD that is still open is closed with it, and the run is kept
    for good. Later builds give closed months as they are: a ledger line that comes late is placed
    in the open month and told apart; a model that would give other amounts is refused.

    Where the workspace has a record (truecost serve), a month is closed by the run under review,
    once its checklist is settled: see truecost review.
    """
    store = options.store_to_read(workspace)
    month = options.period_in(store.need(run_id).calendar, period, "PERIOD")
    if month is None:
        _list(store)
    elif (by := record.opened(workspace, email)) is not None:
        if adjust or run_id:
            raise UsageError(_by_the_record(month))
        _in_record(by, month, reason, reopen=reopen, history=history)
    elif reopen:
        if not reason:
            raise click.UsageError("say why with --reason")
        _reopen(store, month, reason)
    elif adjust:
        _adjust(workspace, store, month)
    else:
        _close(store, store.need(run_id), month)


def _by_the_record(period: Period) -> Finding:
    what = f"the record of this workspace closes {period} by the run under review"
    hint = "truecost review PERIOD --run ID; of a closed month, reopen it first"
    return Finding(None, what, hint)


def _in_record(by: By, period: Period, reason: str, *, reopen: bool, history: bool) -> None:
    """Close or reopen through the record's services, which pages use too."""
    from truecost.record.services import periods

    row = periods.get(str(period))
    if reopen:
        periods.reopen(by, row, reason)
        click.echo(f"{row.words} is open again; what was closed and issued stays")
        return
    row = periods.close(by, row, history=history)
    click.echo(f"closed {row.words} by run {row.run_id}")


def _close(store: Store, run: Run, period: Period) -> None:
    """Close every open month of a run up to one. Raise VerifyError for a run that does not hold."""
    from truecost.statements import closing
    from truecost.statements.book import Book

    Book.of(run).check_period(period)
    with store.lock(wait=True, waiting=options.waiting):
        stands = store.closings.standing()
        if period.index in stands:
            store.closings.close(period.index, run.id, run.sha256, str(period))
        months = closing.to_close(store, run, period)
        closing.check_run(run, period)
        closing.close(store, run, months)
    for month in months:
        click.echo(f"closed {month.words} by run {run.id}")


def _reopen(store: Store, period: Period, reason: str) -> None:
    from truecost.statements import closing

    with store.lock(wait=True, waiting=options.waiting):
        closing.reopen(store, period, reason)
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
