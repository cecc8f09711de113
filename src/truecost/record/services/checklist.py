"""What stands in the way of closing a period: computed from its run and from what was decided.

An entry is settled where it says that all is well, or where somebody decided it on the very same
figures (`facts`): another run with other figures asks again, one with the same does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from truecost.engine.cells import Outcome
from truecost.kernel import digest
from truecost.kernel.findings import VerifyError
from truecost.statements import charged, proof
from truecost.statements.lines import gross
from truecost.statements.locale import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from truecost.kernel.periods import Period
    from truecost.record.models import Decision, Organisation
    from truecost.statements.book import Book

#: What becomes of lines that no rule places.
LOOSE = (Outcome.UNMAPPED_ACCOUNT, Outcome.UNMAPPED_CENTRE, Outcome.NO_CONSUMER)


class Item(StrEnum):
    """The kinds of entries."""

    SOURCES = "sources"
    REJECTS = "rejects"
    RECONCILED = "reconciled"
    UNMAPPED = "unmapped"
    VARIANCE = "variance"
    SIGN_OFF = "sign-off"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that is not settled by itself.

    `what` says it in words, `subject` is what it is about, `facts` the hash of its figures.
    `decidable` is false where no decision helps. `settled` says that it was decided, `by` whom
    (a person's key) and for which `reason`. `refused_by` and `refusal` tell of the last time that
    somebody refused to sign it off, which a later decision may have overruled.
    """

    item: Item
    subject: str
    what: str
    facts: str
    decidable: bool = True
    settled: bool = False
    by: str = ""
    reason: str = ""
    refused_by: str = ""
    refusal: str = ""


def entries(
    book: Book, period: Period, rules: Organisation, decisions: list[Decision]
) -> tuple[Entry, ...]:
    """Give the entries of a period, the settled ones too, in the order of the items.

    `decisions` stand in the order in which they were taken.
    """
    found = (
        _sources(book, period),
        _rejects(book),
        _reconciled(book, period),
        _unmapped(book, period),
        _variance(book, period, rules),
        _sign_offs(book, period),
    )
    return tuple(_settled((entry for some in found for entry in some), decisions))


def sign_offs(book: Book, period: Period, decisions: list[Decision]) -> tuple[Entry, ...]:
    """Give those of the entries that ask owners to sign off."""
    return tuple(_settled(_sign_offs(book, period), decisions))


def listed(entries: Iterable[Entry]) -> str:
    """Give the hash of a list of entries with their figures: whoever decides all saw these."""
    return digest.of([[each.item, each.subject, each.facts] for each in entries])


def _settled(found: Iterable[Entry], decisions: list[Decision]) -> Iterator[Entry]:
    last = {(each.item, each.subject, each.facts): each for each in decisions}
    refused = {(each.item, each.subject, each.facts): each for each in decisions if each.refused}
    for entry in found:
        key = (str(entry.item), entry.subject, entry.facts)
        by = last.get(key) if entry.decidable else None
        if by is None:
            yield entry
            continue
        changed = entry if by.refused else replace(
            entry, settled=True, by=by.actor, reason=by.reason
        )  # fmt: skip
        no = refused.get(key)
        yield replace(changed, refused_by=no.actor, refusal=no.reason) if no else changed


def currencies(book: Book, period: Period) -> tuple[str, ...]:
    """Give the currencies in which consumers are charged, the workspace's own first."""
    found = book.texts("charges", period, "currency") | {book.currency}
    return tuple(sorted(found, key=lambda currency: (currency != book.currency, currency)))


def _entry(item: Item, subject: str, what: str, facts: Any) -> Entry:
    return Entry(item, subject, what, digest.of(facts))


def _sources(book: Book, period: Period) -> Iterator[Entry]:
    there = book.texts("cells", period, "source")
    for source in book.manifest.get("sources", ()):
        name = str(source["name"])
        if name not in there:
            what = f"source {name} has no line in {period.words}"
            yield _entry(Item.SOURCES, name, what, [name, "none"])


def _rejects(book: Book) -> Iterator[Entry]:
    held = proof.held_back(book.manifest)
    if held.lines:
        sums = ", ".join(shown(each.amount, each.name) for each in held.amounts) or "no amount"
        what = f"{held.lines} lines could not be read and are held back: {sums}"
        yield _entry(Item.REJECTS, "", what, held)


def _reconciled(book: Book, period: Period) -> Iterator[Entry]:
    for currency in currencies(book, period):
        try:
            proof.proof(book, (period,), currency)
        except VerifyError as error:
            yield Entry(Item.RECONCILED, currency, str(error), "", decidable=False)


def _unmapped(book: Book, period: Period) -> Iterator[Entry]:
    sums: dict[tuple[str, str], int] = {}
    for row in book.rows("cells", period, outcome=[str(each) for each in LOOSE]):
        key = (row["outcome"], row["currency"])
        sums[key] = sums.get(key, 0) + row["amount"]
    for (outcome, currency), amount in sorted(sums.items()):
        subject = f"{outcome} {currency}"
        yield _entry(Item.UNMAPPED, subject, f"{outcome}: {shown(amount, currency)}", amount)


def _variance(book: Book, period: Period, rules: Organisation) -> Iterator[Entry]:
    before = period - 1
    if before not in book.periods:
        return
    tree = book.tree(period)
    for currency in currencies(book, period):
        now, was = (charged.totals(book, each, currency) for each in (period, before))
        for consumer in sorted(now.keys() | was.keys()):
            old, new = was.get(consumer, 0), now.get(consumer, 0)
            moved = abs(new - old)
            if moved < max(rules.threshold, 1) or moved * 100 < abs(old) * rules.threshold_percent:
                continue
            node = tree.get(consumer)
            name = node.name if node else consumer
            what = f"{name}: {shown(old, currency)} became {shown(new, currency)}"
            yield _entry(Item.VARIANCE, f"{consumer} {currency}", what, [old, new])


def _sign_offs(book: Book, period: Period) -> Iterator[Entry]:
    costs = {each: gross(book, period, each) for each in currencies(book, period)}
    for row in sorted(book.rows("services", period), key=lambda row: str(row["id"])):
        object_ = f"service {row['id']}"
        found = {unit: cost[object_] for unit, cost in costs.items() if cost.get(object_)}
        if found:
            sums = ", ".join(shown(amount, unit) for unit, amount in found.items())
            yield _entry(Item.SIGN_OFF, row["id"], f"{row['name']} cost {sums}", found)
