"""The process that does the jobs of a queue: `python -m truecost.portal.worker [QUEUE]`.

It is a child of `truecost serve`, and a process because the library's worker wants signals of its
own. It ends with its parent, also where that is killed: standard input is then at its end. It holds
a lock of its queue, so it is alone at it, and what stands there as running was left by a worker
that is gone.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import sys
import threading
from contextlib import nullcontext
from functools import partial

import django
from django.core.management import call_command
from django.utils.module_loading import import_string

from truecost.portal import logs
from truecost.portal.jobs import LONG, QUEUES, SHORT, STARTING
from truecost.store.lock import Lock, silent

_KEPT_DAYS = 14
_LOG = logging.getLogger("truecost.worker")


def main(queue: str) -> None:
    """Do jobs until the parent ends."""
    django.setup()
    logs.begin()
    logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from truecost.portal import calls, delivery  # noqa: PLC0415  Django is set up
    from truecost.record.services.acts import place  # noqa: PLC0415

    name = f"worker-{queue}.lock"
    lock = Lock(place().folder / name, f"record/{name}", partial(dt.datetime.now, dt.UTC))
    with lock.hold(wait=True, waiting=silent, timeout=None):
        _take_over(queue)
        sending = queue == SHORT
        with (
            delivery.running() if sending else nullcontext(),
            calls.running() if sending else nullcontext(),
        ):
            call_command("db_worker", verbosity=1, reload=False, queue_name=queue)


def _take_over(queue: str) -> None:
    """Say of what another worker left that it failed; begin what the queue begins with."""
    from django_tasks import TaskResultStatus  # noqa: PLC0415  Django is set up
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415

    from truecost.record.services import jobs  # noqa: PLC0415

    now = dt.datetime.now(dt.UTC)
    old = DBTaskResult.objects.filter(
        queue_name=queue, finished_at__lt=now - dt.timedelta(days=_KEPT_DAYS)
    )
    old.delete()
    left = DBTaskResult.objects.filter(queue_name=queue, status=TaskResultStatus.RUNNING)
    count = left.update(
        status=TaskResultStatus.FAILED, finished_at=now, exception_class_path="builtins.SystemExit"
    )
    if queue == LONG:
        count = max(count, jobs.abandoned(now))
    if count:
        _LOG.warning("jobs were left undone by a worker that is gone: %d", count)
    for path in STARTING[queue]:
        import_string(path).enqueue()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # unbuffered: a buffer's lock can't be had at the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else SHORT
    if asked not in QUEUES:
        raise SystemExit(f"there is no queue {asked}")
    main(asked)
