"""The checklist of a period as the room shows it: each check, where it is solved, who said what."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.urls import reverse

from truecost.kernel.findings import UsageError
from truecost.record.services import checklist, people, periods, signing
from truecost.record.services.checklist import Item
from truecost.record.services.periods import State
from truecost.record.services.permissions import Act
from truecost.statements import locale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.kernel.periods import Period
    from truecost.record.services.acts import By
    from truecost.record.services.checklist import Entry
    from truecost.record.services.permissions import Rights
    from truecost.statements.book import Book

TITLES = {
    Item.SOURCES: "Sources are complete",
    Item.REJECTS: "Refused lines are decided",
    Item.RECONCILED: "All reconciles",
    Item.UNMAPPED: "Nothing is without a place",
    Item.VARIANCE: "Large changes are reviewed",
    Item.SIGN_OFF: "Service owners have signed off",
}
_BETWEEN = "\x1f"  # stands in no subject


def shown(who: By, row: Any, book: Book, period: Period) -> list[dict[str, Any]]:
    """Give each check with its entries; of a period that is closed, with what was decided."""
    found = periods.entries(row, book)
    held = who.rights
    if row.state != State.REVIEW:
        found = tuple(each for each in found if each.settled or each.refused_by)
    names = people.names({key for each in found for key in (each.by, each.refused_by) if key})
    owners = signing.owners(
        (each.subject for each in found if each.item is Item.SIGN_OFF and not each.settled), who.day
    )
    well = _well(book, period)
    made = []
    by_item = {item: list(some) for item, some in groupby(found, key=lambda each: each.item)}
    for item, title in TITLES.items():
        entries = by_item.get(item, [])
        together = periods.open_of(entries, item)
        if not all(_may(held, each) for each in together):
            together = ()
        made.append(
            {
                "item": str(item),
                "title": title,
                "well": well[item],
                "way": _way(item, row, held),
                "entries": [_entry(each, held, names, owners, row) for each in entries],
                "waits": sum(not each.settled for each in entries),
                "all": f"{item}{_BETWEEN}{checklist.listed(together)}",
                "together": len(together),
            }
        )
    return made


def chosen(row: Any, alls: Iterable[str], some: Iterable[str]) -> dict[tuple[Item, str], str]:
    """Read what was ticked: `all` of a check, or entries; give the figures that somebody saw.

    Raise UsageError for what is no entry, and where a list is other than it was.
    """
    found: dict[tuple[Item, str], str] = {}
    for each in alls:
        item, digest = _read(each, 2)
        found |= dict.fromkeys(periods.all_of(row, Item(item), digest), "")
    for each in some:
        item, about, facts = _read(each, 3)
        found[Item(item), about] = facts
    return found


def _read(text: str, parts: int) -> list[str]:
    found = text.split(_BETWEEN)
    if len(found) != parts or found[0] not in set(Item):
        raise UsageError("the checklist has no such entry: look again")
    return found


def _may(held: Rights, entry: Entry) -> bool:
    if entry.item is Item.SIGN_OFF:
        return held.may(Act.SIGN_OFF, (entry.subject,))
    return held.may(Act.KEEP_PERIODS)


def _entry(
    entry: Entry,
    held: Rights,
    names: dict[str, str],
    owners: dict[str, list[signing.Owner]],
    row: Any,
) -> dict[str, Any]:
    link = ""
    if entry.item is Item.VARIANCE and _sees(row, held):
        consumer = entry.subject.rpartition(" ")[0]
        link = f"{reverse('consumer', args=[consumer])}?month={quote(row.label)}"
    return {
        "entry": entry,
        "key": _BETWEEN.join((entry.item, entry.subject, entry.facts)),
        "by": names.get(entry.by, entry.by),
        "refused_by": names.get(entry.refused_by, entry.refused_by),
        "owners": owners.get(entry.subject, []),
        "may": _may(held, entry),
        "link": link,
    }


def _sees(row: Any, held: Rights) -> bool:
    """Say whether somebody may look at a period's figures where departments do (`looking`)."""
    return bool(row.state != State.REVIEW or held.parts(Act.SIGN_OFF) != frozenset())


def _way(item: Item, row: Any, held: Rights) -> tuple[str, str]:
    """Give the address where a check is solved, and the words of the link to it."""
    label = row.label
    ways = {
        Item.SOURCES: (reverse("builds"), "Bring what is missing, and build again"),
        Item.REJECTS: (reverse("rejects", args=[label]), "See the lines, with file and line"),
        Item.RECONCILED: (reverse("reconciliation", args=[label]), "See the reconciliation"),
        Item.UNMAPPED: (reverse("unmapped", args=[label]), "See accounts and cost centres"),
    }
    if item in ways:
        return ways[item]
    if not _sees(row, held):
        return "", ""
    if item is Item.VARIANCE:
        return f"{reverse('consumers')}?month={quote(label)}", "See each department's months"
    if held.parts(Act.SIGN_OFF) == frozenset() or row.state != State.REVIEW:
        return "", ""
    return reverse("sign_offs"), "See the figures, and sign off or refuse"


def _well(book: Book, period: Period) -> dict[Item, str]:
    """Say of each check what was found where nothing is asked."""
    rules = periods.organisation()
    count = len(book.manifest.get("sources", ()))
    month = locale.month(period)
    threshold = locale.shown(rules.threshold, book.currency)
    compared = f"No bill moved by {rules.threshold_percent} % and {threshold} or more."
    if period - 1 not in book.periods:
        compared = "There is no month before to compare with."
    return {
        Item.SOURCES: f"Each of the {count} sources has lines in {month}.",
        Item.REJECTS: "Every line was read.",
        Item.RECONCILED: "What came in is what was charged and what remains by name, to the cent.",
        Item.UNMAPPED: "Every line has an account, a cost centre and a consumer that are known.",
        Item.VARIANCE: compared,
        Item.SIGN_OFF: "No service cost anything.",
    }
