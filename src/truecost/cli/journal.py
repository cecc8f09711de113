"""`truecost journal`: what was charged, as balanced entries for the ledger."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options, record
from truecost.cli.output import deliver
from truecost.kernel.findings import Finding, ModelError, UsageError

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.model.journal import JournalModel
    from truecost.record.services.acts import By
    from truecost.statements.journal import Journal
    from truecost.store.journals import Posted
    from truecost.store.runs import Store

_FORMATS = (
    "text", "csv", "json", "beancount", "hledger", "focus-invoice-detail", "focus-billing-period",
)  # fmt: skip


@click.command("journal")
@options.workspace
@options.run
@click.option("--period", type=options.PERIOD, help="The period; by default the run's last.")
@click.option("--currency", help="By default the workspace's.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    metavar="FORM",
    help=f"{', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file to write instead of standard output.",
)
@record.person
@click.option("--post", is_flag=True, help="Record it as posted; a period is posted once.")
@click.option("--reverse", is_flag=True, help="Post the reversal of what was posted.")
@click.option(
    "--credit-notes",
    "credits_",
    is_flag=True,
    help="Those of the period that are not posted yet (with --post); else the last batch posted.",
)
@click.option("--list", "listed", is_flag=True, help="List what was posted.")
def command(
    workspace: Path,
    run_id: str | None,
    period: str | None,
    currency: str | None,
    form: str,
    output: Path | None,
    email: str | None,
    *,
    post: bool,
    reverse: bool,
    credits_: bool,
    listed: bool,
) -> None:
    """Write what was charged as balanced double entry, by model/journal.yaml.

    A period that was posted is written as it was posted; otherwise, and with --run, the journal is
    a draft made from the run. --post records it, and the run is kept for good. Where the workspace
    has a record, what was issued is posted.
    """
    if post + reverse + listed > 1:
        raise click.UsageError("say one of --post, --reverse and --list")
    store = options.store_to_read(workspace)
    if listed:
        _list(store)
        return
    model = options.read_model(workspace)
    postings = model.journal
    if postings is None:
        what = "this workspace does not say how charges are posted"
        hint = "write model/journal.yaml; see docs/how-to/post-the-journal.md"
        raise ModelError(Finding(None, what, hint))
    asked = options.period_in(model.calendar, period, "--period")
    month = asked or _last(store, run_id)
    unit = currency or model.currency
    if credits_:
        if reverse or run_id:
            raise click.UsageError("--credit-notes goes with --post, or alone")
        by = record.opened(workspace, email) if post else None
        made, kept = _credits(store, by, month, postings, unit)
        deliver(_rendered(made, form, kept, postings), form, output)
        return
    if (post or reverse) and (by := record.opened(workspace, email)) is not None:
        made, kept = _in_record(by, month, postings, unit, run_id, post=post)
        deliver(_rendered(made, form, kept, postings), form, output)
        return
    draft = _draft(store, run_id, postings, month, unit) if post or run_id else None
    posted_for = draft.posted_for if draft else str(month)
    stands = store.journals.standing(posted_for, unit)
    if post and draft:
        from truecost.statements.journal import renumbered

        earlier = store.journals.posted(posted_for, unit)
        made = renumbered(draft, len(earlier) // 2)  # each was posted, and taken back
        stands = _post(store, made)
    elif reverse:
        made, stands = _reverse(store, stands, month)
    elif stands is not None and draft is None:
        made = _restored(stands)
    else:
        made, stands = draft or _draft(store, run_id, postings, month, unit), None
    deliver(_rendered(made, form, stands, postings), form, output)


def _in_record(
    by: By, period: Period, model: JournalModel, currency: str, run_id: str | None, *, post: bool
) -> tuple[Journal, Posted]:
    """Post or reverse through the record's services, which pages use too."""
    from truecost.record.services import journals, periods

    if run_id:
        raise UsageError("what was issued is posted: leave --run out")
    row = periods.get(str(period))
    if post:
        made, kept, _ = journals.post(by, row, model, currency)
    else:
        made, kept, _ = journals.reverse(by, row, currency)
    return made, kept


def _credits(
    store: Store, by: By | None, period: Period, model: JournalModel, currency: str
) -> tuple[Journal, Posted]:
    """Post the credit notes that wait, or give the last batch of them that was posted."""
    if by is not None:
        from truecost.record.services import journals, periods

        made, kept, _ = journals.post_credits(by, periods.get(str(period)), model, currency)
        return made, kept
    found = [
        each
        for each in store.journals.read()
        if each.currency == currency and each.period.startswith(f"{period} credit notes ")
    ]
    if not found:
        what = f"no credit notes of {period} are posted in {currency}"
        raise UsageError(Finding(None, what, "post them with  --credit-notes --post"))
    return _restored(found[-1]), found[-1]


def _last(store: Store, run_id: str | None) -> Period:
    from truecost.statements.book import Book

    return Book.of(store.need(run_id)).periods[-1]


def _draft(
    store: Store, run_id: str | None, model: JournalModel, period: Period, currency: str
) -> Journal:
    from truecost.statements.book import Book
    from truecost.statements.journal import journal
    from truecost.statements.proof import proof

    book = Book.of(store.need(run_id))
    made = journal(book, model, period, currency)
    proof(book, (period,), currency)  # nothing is posted from a run that does not hold
    return made


def _restored(posted: Posted) -> Journal:
    from truecost.statements.journal_record import restored

    return restored(posted.journal)


def _post(store: Store, made: Journal) -> Posted:
    with store.lock(wait=True, waiting=options.waiting):
        store.pin(made.run_id, f"posted as journal {made.number}")
        return _kept(store, made)


def _kept(store: Store, made: Journal, reverses: Posted | None = None) -> Posted:
    from truecost.statements.journal_record import recorded

    return store.journals.post(
        recorded(made),
        period=made.posted_for,
        currency=made.currency,
        number=made.number,
        run=made.run_id,
        reverses=reverses,
    )


def _reverse(store: Store, stands: Posted | None, period: Period) -> tuple[Journal, Posted]:
    from truecost.statements.journal import reversed_journal

    if stands is None:
        raise UsageError(f"nothing is posted for {period} that could be reversed")
    made = reversed_journal(_restored(stands))
    with store.lock(wait=True, waiting=options.waiting):
        return made, _kept(store, made, stands)


def _rendered(made: Journal, form: str, posted: Posted | None, model: JournalModel) -> str:
    """Draw a journal; each form is imported only where it is needed."""
    if form == "csv":
        from truecost.statements.journal_rows import journal_csv

        return journal_csv(made, model.csv)
    if form == "json":
        from truecost.statements.journal_rows import journal_json

        return journal_json(made)
    if form in ("beancount", "hledger"):
        from truecost.statements import journal_ledger

        draw = (
            journal_ledger.journal_beancount
            if form == "beancount"
            else journal_ledger.journal_hledger
        )
        return draw(made)
    if form.startswith("focus"):
        from truecost.statements import journal_focus

        when = datetime.fromisoformat(posted.posted) if posted else None
        focus = (
            journal_focus.invoice_detail
            if form == "focus-invoice-detail"
            else journal_focus.billing_period
        )
        return focus(made, when)
    from truecost.statements.journal_text import journal_text

    status = f"draft from run {made.run_id}: not posted"
    if posted is not None:
        status = f"posted {posted.posted[:10]} from run {posted.run}"
    return journal_text(made, status)


def _list(store: Store) -> None:
    found = store.journals.read()
    if not found:
        click.echo("nothing has been posted")
    back = {each.reverses: each for each in found if each.reverses}
    for each in found:
        mark = f"  reversed by {back[each.sequence].number}" if each.sequence in back else ""
        click.echo(
            f"{each.period}  {each.currency}  {each.number}  posted {each.posted[:10]}{mark}"
        )
