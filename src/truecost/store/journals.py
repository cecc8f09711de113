"""Journals that were posted: kept whole, in the order of posting, never changed.

A period is posted once. Whoever wants to post it again, from another run, posts the reversal of
the first before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding, UsageError
from truecost.store.log import Log

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
        self._log = Log(layout, layout.journals, "posted journal", clock)

    def read(self) -> list[Posted]:
        """Give every posted journal in order. Raise StoreError for a damaged or missing one."""
        return [_posted(content) for content in self._log.read()]

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
        content = {
            "period": period,
            "currency": currency,
            "number": number,
            "run": run,
            "reverses": reverses.sequence if reverses else None,
            "journal": dict(journal),
        }
        return _posted(self._log.append(content))


def _posted(content: Mapping[str, Any]) -> Posted:
    return Posted(
        content["sequence"], content["period"], content["currency"], content["number"],
        content["run"], content["done"], content["reverses"], content["journal"],
        content["sha256"],
    )  # fmt: skip


def _twice(stands: Posted, run: str) -> Finding:
    day = f"posted {stands.posted[:10]}"
    if stands.run == run:
        what = f"{stands.period} of run {run} is in the ledger: {stands.number}, {day}"
        return Finding(None, what, "export it again without --post")
    what = f"{stands.period} of run {stands.run} is in the ledger: {stands.number}, {day}"
    hint = f"take that back first:  truecost journal --period {stands.period} --reverse"
    return Finding(None, what, hint)
