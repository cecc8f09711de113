"""`truecost issue`: the numbered statements of a closed period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truecost.cli import options, record

if TYPE_CHECKING:
    from pathlib import Path


@click.command("issue")
@click.argument("period", type=options.PERIOD)
@options.workspace
@record.person
def command(period: str, workspace: Path, email: str | None) -> None:
    """Issue PERIOD: every consumer gets its numbered statement, which never changes again.

    Issuing twice is issuing once. A period that was reopened, and closed by another run, is issued
    again by what differs: supplements and credit notes that cite the originals.
    """
    by = record.needed(workspace, email)
    from truecost.record.services import issuing, periods

    calendar = options.store_to_read(workspace).need().calendar
    month = options.period_in(calendar, period, "PERIOD")
    made = issuing.issue(by, periods.get(str(month)))
    numbers = sorted(made.statements.values_list("number", flat=True))
    if not numbers:
        click.echo(f"{month} is issued: nothing differs from what was issued before")
        return
    span = numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    click.echo(f"{month} is issued: {made.documents} documents, {span}, dated {made.day}")
