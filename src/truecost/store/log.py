"""An act of people that is kept for good: numbered files that are written once, each sealed.

Files are `<sequence>.json`; each holds the SHA-256 of its own content. Nothing is ever changed or
removed: a gap in the sequence or another hash stops whoever reads.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, StoreError
from truecost.store import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from truecost.store.layout import Layout


class Log:
    """The acts in one folder of a store. `what` is what one is called in messages.

    Whoever appends holds the store's lock.
    """

    def __init__(
        self, layout: Layout, folder: Path, what: str, clock: Callable[[], datetime]
    ) -> None:
        self._layout = layout
        self._folder = folder
        self._what = what
        self._clock = clock

    def read(self) -> list[dict[str, Any]]:
        """Give every act in order. Raise StoreError for one that is damaged or missing."""
        found: list[dict[str, Any]] = []
        for path in sorted(self._folder.glob("*.json")):
            place = Place(self._layout.shown(path))
            try:
                content = json.loads(path.read_bytes())
                whole = content["sha256"] == digest.seal(content)
                number = content["sequence"]
            except (OSError, ValueError, TypeError, KeyError) as error:
                what = f"this {self._what} can't be read"
                hint = "restore it from a backup: what was done must be known"
                raise StoreError(Finding(place, what, hint)) from error
            if not whole or number != len(found) + 1:
                what = f"this {self._what} is not as it was written, or one before it is missing"
                raise StoreError(Finding(place, what, "restore the folder from a backup"))
            found.append(content)
        return found

    def append(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Keep an act, with its number and the moment (`done`, ISO 8601)."""
        number = len(self.read()) + 1
        kept: dict[str, Any] = json.loads(digest.canonical(dict(content)))
        kept |= {"sequence": number, "done": self._clock().isoformat(timespec="seconds")}
        kept["sha256"] = digest.seal(kept)
        text = f"{json.dumps(kept, indent=1, ensure_ascii=False)}\n"
        path = self._folder / f"{number:06}.json"
        durable.write_file(path, text.encode(), self._layout.temporary)
        return kept
