"""`truecost review`: a period under review, and what stands in the way of closing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options, record

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.record.services.checklist import Entry

_ITEMS = ("sources", "rejects", "unmapped", "variance", "sign-off")


@click.command("review")
@click.argument("period", type=options.PERIOD)
@options.workspace
@options.run
@record.person
@click.option(
    "--accept",
    "item",
    type=click.Choice(_ITEMS),
    metavar="ITEM",
    help=f"Settle entries of a kind: {', '.join(_ITEMS)}.",
)
@click.option("--about", default="", metavar="WHAT", help="With --accept: one entry, not all.")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept for good.")
def command(
    period: str,
    workspace: Path,
    run_id: str | None,
    email: str | None,
    item: str | None,
    about: str,
    reason: str,
) -> None:
    """Put a run of PERIOD up for review in the record, and list what closing still asks.

    A period that is under review stays so; --run puts another run in its place. --accept settles
    entries of the list, which hold as long as their figures are the same.
    """
    by = record.needed(workspace, email)
    from truecost.record.services import periods
    from truecost.record.services.checklist import Item

    store = options.store_to_read(workspace)
    month = options.period_in(store.need(run_id).calendar, period, "PERIOD")
    if month is None:
        raise click.UsageError("name a period")
    known = {row.label: row for row in periods.known()}.get(str(month))
    if known is None or known.state == periods.State.OPEN or run_id is not None:
        known = periods.review(by, month, store.need(run_id))
    if item is not None:
        asked = [each for each in periods.entries(known) if not each.settled]
        kind = Item(item)
        chosen = [(each.item, each.subject) for each in asked if each.item is kind]
        if about:
            chosen = [(kind, about)]
        periods.decide(by, known, chosen, reason)
        known = periods.get(known.label)
    click.echo(f"{known.words}: {known.state}, run {known.run_id}")
    for entry in periods.entries(known):
        click.echo(_line(entry))


def _line(entry: Entry) -> str:
    mark = "settled" if entry.settled else "open"
    why = f" ({entry.reason})" if entry.settled else ""
    return f"  {mark:<8}{entry.item:<11}{entry.what}{why}"
