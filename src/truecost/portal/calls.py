"""Webhooks are told what waits for them: a thread of the worker's process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from truecost import __version__
from truecost.kernel.findings import UsageError
from truecost.portal import outward
from truecost.portal.beside import beside
from truecost.record.services import deliveries, hooks

if TYPE_CHECKING:
    import datetime as dt
    import threading
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from truecost.record.calling import Calling

_LOG = logging.getLogger("truecost.webhooks")
_ALWAYS = {"content-type": "application/json", "user-agent": f"truecost/{__version__}"}


def running() -> AbstractContextManager[None]:
    """Deliver in a thread, while something else goes on; the one in hand is brought to an end."""
    return beside("webhooks", _due, _LOG)


def _due(ending: threading.Event) -> None:
    deliver(settings.TRUECOST_WEBHOOKS, timezone.now, ending)


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
