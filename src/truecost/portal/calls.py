"""Webhooks are told what waits for them: a thread of the worker's process."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections
from django.utils import timezone

from truecost import __version__
from truecost.kernel.findings import UsageError
from truecost.portal import outward
from truecost.record.services import deliveries, hooks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from truecost.record.calling import Calling

_LOG = logging.getLogger("truecost.webhooks")
_PAUSES = (2.0, 30.0, 120.0)  # seconds between two looks; longer where looking itself fails
_ENDING = 8.0
_ALWAYS = {"content-type": "application/json", "user-agent": f"truecost/{__version__}"}


@contextmanager
def running() -> Iterator[None]:
    """Deliver in a thread, while something else goes on; the one in hand is brought to an end."""
    ending = threading.Event()
    thread = threading.Thread(target=_run, args=(ending,), daemon=True, name="webhooks")
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(_ENDING)


def _run(ending: threading.Event) -> None:
    failures = 0
    while not ending.wait(_PAUSES[min(failures, len(_PAUSES) - 1)]):
        try:
            deliver(settings.TRUECOST_WEBHOOKS, timezone.now, ending)
            failures = 0
        except Exception:  # noqa: BLE001  whatever it was, the next ones are to be told
            failures += 1
            _LOG.exception("webhooks could not be told")
        finally:
            connections.close_all()


def deliver(
    may: Calling, now: Callable[[], dt.datetime], ending: threading.Event | None = None
) -> int:
    """Deliver what is due; give how many were taken."""
    count = 0
    while not (ending and ending.is_set()) and (row := deliveries.take(now())) is not None:
        try:
            headers = {**_ALWAYS, **hooks.headers(row, now())}
            status = outward.post(row.hook.url, headers, row.body.encode(), may)
        except (outward.UnansweredError, UsageError) as error:
            _LOG.warning("a webhook did not answer", extra={"said": {"delivery": row.pk}})
            hooks.failed(now(), row, str(error))
        else:
            hooks.answered(now(), row, status)
            count += status // 100 == 2  # noqa: PLR2004  as HTTP has it
    return count
