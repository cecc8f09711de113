"""Journals that were posted: kept whole, in the order of posting, never changed.

A period is posted once. Whoever wants to post it again, from another run, posts the reversal of
the first before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, StoreError, UsageError
from truecost.store import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from truecost.store.layout import Layout


@dataclass(frozen=True, slots=True)
class Posted:
    """A journal as it was posted. `reverses` is the sequence of the one it takes back, or None.

    `posted` is the moment, in ISO 8601; `journal` is the content that the caller gave.
    """

    sequence: int
    period: str
    currency: str
    number: str
    run: str
    posted: str
    reverses: int | None
    journal: Mapping[str, Any]
    sha256: str


class Journals:
    """The journals of a store. Whoever posts holds the store's lock."""

    def __init__(self, layout: Layout, clock: Callable[[], datetime]) -> None:
        self._layout = layout
        self._clock = clock

    def read(self) -> list[Posted]:
        """Give every posted journal in order. Raise StoreError for a damaged or missing one."""
        found: list[Posted] = []
        for path in sorted(self._layout.journals.glob("*.json")):
            place = Place(self._layout.shown(path))
            try:
                content = json.loads(path.read_bytes())
                posted = _posted(content)
            except (OSError, ValueError, TypeError, KeyError) as error:
                hint = "restore it from a backup: what was posted must be known"
                what = "this posted journal can't be read"
                raise StoreError(Finding(place, what, hint)) from error
            if _seal(content) != posted.sha256 or posted.sequence != len(found) + 1:
                what = "this posted journal is not as it was written, or one before it is missing"
                raise StoreError(Finding(place, what, "restore the folder from a backup"))
            found.append(posted)
        return found

    def standing(self, period: str, currency: str) -> Posted | None:
        """Give the journal that a period is posted with; None where it was reversed."""
        same = self.posted(period, currency)
        return same[-1] if same and same[-1].reverses is None else None

    def posted(self, period: str, currency: str) -> list[Posted]:
        """Give what was posted for a period and currency, reversals too, in order."""
        return [each for each in self.read() if (each.period, each.currency) == (period, currency)]

    def post(
        self,
        journal: Mapping[str, Any],
        *,
        period: str,
        currency: str,
        number: str,
        run: str,
        reverses: Posted | None = None,
    ) -> Posted:
        """Keep a journal as posted.

        Raise UsageError where the period is posted already or, with `reverses`, is not posted so.
        """
        stands = self.standing(period, currency)
        if reverses is None and stands is not None:
            raise UsageError(_twice(stands, run))
        if reverses is not None and (stands is None or stands.sequence != reverses.sequence):
            what = f"journal {reverses.number} does not stand any more"
            raise UsageError(Finding(None, what, "look at what stands:  truecost journal --list"))
        sequence = len(self.read()) + 1
        content: dict[str, Any] = {
            "sequence": sequence,
            "period": period,
            "currency": currency,
            "number": number,
            "run": run,
            "posted": self._clock().isoformat(timespec="seconds"),
            "reverses": reverses.sequence if reverses else None,
            "journal": json.loads(digest.canonical(dict(journal))),
        }
        content["sha256"] = _seal(content)
        path = self._layout.journals / f"{sequence:06}.json"
        text = f"{json.dumps(content, indent=1, ensure_ascii=False)}\n"
        durable.write_file(path, text.encode(), self._layout.temporary)
        return _posted(content)


def _posted(content: Mapping[str, Any]) -> Posted:
    return Posted(**{each.name: content[each.name] for each in fields(Posted)})


def _twice(stands: Posted, run: str) -> Finding:
    day = f"posted {stands.posted[:10]}"
    if stands.run == run:
        what = f"{stands.period} of run {run} is in the ledger: {stands.number}, {day}"
        return Finding(None, what, "export it again without --post")
    what = f"{stands.period} of run {stands.run} is in the ledger: {stands.number}, {day}"
    hint = f"take that back first:  truecost journal --period {stands.period} --reverse"
    return Finding(None, what, hint)


def _seal(content: Mapping[str, Any]) -> str:
    return digest.of({key: value for key, value in content.items() if key != "sha256"})
