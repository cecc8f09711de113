"""Pins: runs that are never collected, each with the reasons for which it is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, StoreError
from truecost.store import durable

if TYPE_CHECKING:
    from truecost.store.layout import Layout

_NAME = 16


def add(layout: Layout, run_id: str, reason: str) -> None:
    """Pin a run. The same pin twice is one pin; another reason is another pin."""
    path = layout.pins / f"{run_id}-{digest.of(reason)[:_NAME]}.json"
    content = json.dumps({"run": run_id, "reason": reason}, indent=1, ensure_ascii=False)
    durable.write_file(path, f"{content}\n".encode(), layout.temporary)


def read(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Give the reasons of every pinned run, in alphabetical order, by run id.

    Raise StoreError for a pin that can't be read: what it keeps must not be guessed.
    """
    reasons: dict[str, list[str]] = {}
    for path in sorted(layout.pins.glob("*.json")):
        try:
            pin = json.loads(path.read_bytes())
            reasons.setdefault(str(pin["run"]), []).append(str(pin["reason"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            what = "the pin can't be read, so the run that it keeps is not known"
            hint = "restore it from a backup; until then nothing can be collected"
            raise StoreError(Finding(Place(layout.shown(path)), what, hint)) from error
    return {run: tuple(sorted(found)) for run, found in sorted(reasons.items())}
