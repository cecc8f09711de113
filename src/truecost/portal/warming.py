"""The newest month is opened before somebody asks: the first reader waits no longer than others.

To open a run takes a second: its tables, its model, the summary of its month. `serve` keeps a
thread that does it when it begins, and when another month is closed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError

from truecost.kernel.findings import TruecostError
from truecost.portal.beside import beside
from truecost.portal.opened import opened
from truecost.portal.overview.views import content_of
from truecost.portal.shown import newest

if TYPE_CHECKING:
    import threading
    from contextlib import AbstractContextManager

_PAUSES = (5.0, 60.0)
_LOG = logging.getLogger("truecost.serve")


def running() -> AbstractContextManager[None]:
    """Open the newest month in a thread, and look every few seconds whether there is another."""
    known: tuple[str, str] | None = None

    def look(_ending: threading.Event) -> None:
        nonlocal known
        known = warm(known)

    wrong = (TruecostError, DatabaseError, OSError)  # pages tell of these
    return beside("opening the newest month", look, _LOG, pauses=_PAUSES, expected=wrong)


def warm(known: tuple[str, str] | None = None) -> tuple[str, str] | None:
    """Open the newest month unless it is the one that is `known`; give its run and label."""
    with newest() as at:
        if at is None:
            return None
        found = (at.run.id, str(at.period))
        if found == known:
            return known
        content_of(at)
        with opened(at.run.id) as held:
            try:
                held.less(at.period, at.currency)
                _ = held.inquiry
            except TruecostError as error:  # a run of an older version keeps less
                _LOG.info("%s", error)
    return found
