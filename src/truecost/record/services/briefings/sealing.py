"""What seals a briefing, and whether all of them are what was published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from truecost.kernel import digest
from truecost.kernel.findings import Finding
from truecost.record import models

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHED, WITHDRAWN = "briefing published", "briefing withdrawn"
#: So many signs of a hash stand on pages.
SHOWN_HASH = 12
#: What a seal hashes: named one by one, for a column that is added must not change old hashes.
_SEALED = ("number", "title", "body", "about", "author", "draft", "cites_id")


def hash_of(row: models.Draft) -> str:
    """Hash what a draft says: who publishes names it, so that what was previewed is published."""
    return digest.of([row.title, row.body, row.about, row.cites_id])


def seal(row: models.Briefing) -> str:
    """Hash all that a briefing says."""
    said = {name: getattr(row, name) for name in _SEALED}
    return digest.of({**said, "moment": row.moment.isoformat(timespec="milliseconds")})


def sealed() -> Iterator[Finding]:
    """Compare every briefing with its seal and its event, and each that was withdrawn."""
    told = {
        each.subject: json.loads(each.after)["sha256"]
        for each in models.Event.objects.filter(kind=PUBLISHED)
    }
    for row in models.Briefing.objects.order_by("number").iterator():
        if {seal(row), told.pop(subject(row.number), None)} != {row.sha256}:
            yield Finding(None, f"briefing {row.number} is not as it was published")
    for gone in told:
        yield Finding(None, f"{gone} is gone")
    said = models.Event.objects.filter(kind=WITHDRAWN)
    stand = {(subject(each.briefing_id), each.why) for each in models.Withdrawal.objects.iterator()}
    if stand != {(each.subject, json.loads(each.after)["why"]) for each in said}:
        yield Finding(None, "briefings were not withdrawn as events say")


def subject(number: str) -> str:
    """Give what events call a briefing."""
    return f"briefing {number}"
