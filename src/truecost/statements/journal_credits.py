"""The journal of credit notes: what was charged is taken back from where it was charged to.

A credit note says a service or the whole bill, not accounts. So it is split over the charges that
it gives a part of back, by their amounts (largest remainder), and each part is posted by the rule
that posted its charge, turned round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from truecost.kernel.apportion import apportion
from truecost.kernel.findings import Finding, ModelError
from truecost.statements.journal import Journal, check, transactions_of
from truecost.statements.journal_charges import Charge, charges_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from truecost.kernel.periods import Period
    from truecost.model.journal import JournalModel
    from truecost.statements.book import Book
    from truecost.statements.journal import Transaction


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note: `amount` in minor units, more than nothing.

    `service` is the object of the line that it is of, as charges have it; None is the whole bill.
    """

    number: str
    cites: str
    consumer: str
    service: str | None
    amount: int
    day: dt.date


def posted_for(period: Period | str, ordinal: int) -> str:
    """Give what the n-th batch of credit notes of a period is posted for."""
    return f"{period} credit notes {ordinal}"


def credit_journal(
    book: Book, model: JournalModel, period: Period, currency: str, notes: Sequence[CreditNote],
    ordinal: int,
) -> Journal:  # fmt: skip
    """Make the journal of some credit notes of a period, dated on the day of the last of them.

    `charged` is less than nothing: what they give back. Raise ModelError for charges that the model
    does not say how to post.
    """
    charges = charges_of(book, model, period, currency)
    number = f"{model.number.format(period=period, currency=currency)}-C{ordinal}"
    some = [one for note in notes for one in _of(note, charges)]
    made = Journal(
        number,
        period,
        max(note.day for note in notes),
        currency,
        book.said("organisation"),
        book.id,
        str(book.manifest["sha256"]),
        -sum(note.amount for note in notes),
        tuple(replace(one, number=f"{number}/{at:04}") for at, one in enumerate(some, 1)),
        tuple(model.entities.items()),
        posted_for(period, ordinal),
        tuple(note.number for note in notes),
    )
    check(made)
    return made


def _of(note: CreditNote, charges: Sequence[Charge]) -> Iterator[Transaction]:
    there = [
        each
        for each in charges
        if each.consumer == note.consumer
        and note.service in {None, each.service}
        and each.amount > 0
    ]
    if not there:
        what = f"nothing was charged that {note.number} could be taken back from"
        raise ModelError(Finding(None, what, "look at the run that the period is closed by"))
    parts = apportion(-note.amount, [each.amount for each in there])
    back = [replace(each, amount=part) for each, part in zip(there, parts, strict=True) if part]
    for one in transactions_of(back):
        yield replace(one, text=f"Credit note {note.number} to {note.cites}: {one.text}")
