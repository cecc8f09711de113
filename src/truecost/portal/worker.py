"""The process that does jobs: `python -m truecost.portal.worker`, a child of `truecost serve`.

It is a process because the library's worker wants signals of its own. It ends with its parent, also
where that is killed: standard input is then at its end.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

import django
from django.core.management import call_command

from truecost.portal import logs


def main() -> None:
    """Do jobs until the parent ends."""
    django.setup()
    logs.begin()
    logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    call_command("db_worker", verbosity=1, reload=False)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # unbuffered: a buffer's lock can't be had at the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
