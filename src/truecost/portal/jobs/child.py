"""A build in a process of its own: `python -m truecost.portal.jobs.child FOLDER FIRST LAST`.

It knows nothing of Django and of the record. On standard output it says, line by line as JSON, how
far it is, and at last what came of it. At the end of its standard input it ends: so it never
outlives the worker that started it. A run is saved whole or not at all, wherever that is.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from truecost.kernel.findings import TruecostError, UsageError

if TYPE_CHECKING:
    from truecost.kernel.calendars import Calendar, Period

_PAUSE = 0.5  # seconds between two words on how far a stage is
_ENDED = 3


class _Said:
    """What the worker reads."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._stage, self._told = "", 0.0

    def progress(self, stage: str, done: int, of: int) -> None:
        """Tell how far a stage is: its beginning, and then now and again."""
        now = time.monotonic()
        if stage == self._stage and now - self._told < _PAUSE:
            return
        self._stage, self._told = stage, now
        self.write({"progress": [stage, done, of]})

    def write(self, said: dict[str, Any]) -> None:
        """Write a line."""
        print(json.dumps(said), file=self._to, flush=True)


def main(arguments: list[str]) -> None:
    """Build, and say what came of it."""
    said = _Said(_own_output())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        result = _built(Path(arguments[0]), arguments[1], arguments[2], said)
    except TruecostError as error:
        faults = [
            {"place": str(each.place or ""), "what": each.what, "detail": each.detail,
             "hint": each.hint}
            for each in error.findings
        ]  # fmt: skip
        result = {"faults": faults}
    said.write({"result": result})


def _built(folder: Path, first: str, last: str, said: _Said) -> dict[str, Any]:
    from truecost.engine.build import build  # noqa: PLC0415  the worker waits for the first line
    from truecost.model.load import load  # noqa: PLC0415
    from truecost.store.arrow import without_pandas  # noqa: PLC0415
    from truecost.store.runs import Store  # noqa: PLC0415

    without_pandas()
    said.progress("reading the model", 0, 1)
    began = time.monotonic()
    model = load(folder)
    begins, ends = (_period(model.calendar, each) for each in (first, last))
    if begins and ends and ends < begins:
        raise UsageError(f"{ends} lies before {begins}")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        known = store.ids()
        made = build(model, store, first=begins, last=ends, progress=said.progress)
    return {
        "run": made.run.id,
        "known": made.run.id in known,
        "warnings": [str(each) for each in made.warnings],
        "seconds": round(time.monotonic() - began),
    }


def _period(calendar: Calendar, label: str) -> Period | None:
    if not label:
        return None
    try:
        return calendar.parse(label)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _own_output() -> TextIO:
    """Keep standard output for what the worker reads; what else is printed goes to the errors."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(_ENDED)


if __name__ == "__main__":
    main(sys.argv[1:])
