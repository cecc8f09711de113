"""A build in a process of its own: `python -m truecost.portal.jobs.child FOLDER FIRST LAST`.

A run is saved whole or not at all, wherever that is ended.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import UsageError
from truecost.portal.jobs.telling import tell

if TYPE_CHECKING:
    from truecost.kernel.calendars import Calendar, Period
    from truecost.portal.jobs.telling import Telling


def built(folder: Path, first: str, last: str, said: Telling) -> dict[str, Any]:
    """Build, and give what came of it: the run, whether it was known, warnings, seconds."""
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


if __name__ == "__main__":
    tell(partial(built, Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
