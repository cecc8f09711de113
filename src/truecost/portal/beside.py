"""What is done again and again in a thread, while something else goes on."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from logging import Logger

_PAUSES = (2.0, 30.0, 120.0)
_ENDING = 8.0  # seconds in which what is in hand may come to its end


@contextmanager
def beside(
    name: str,
    what: Callable[[threading.Event], object],
    log: Logger,
    *,
    pauses: Sequence[float] = _PAUSES,
    expected: type[Exception] | tuple[type[Exception], ...] = (),
) -> Iterator[None]:
    """Do something in a thread until the block ends; `what` is given what says that it has.

    `pauses` are seconds between two times, the further ones after it failed so often. Whatever it
    fails of, it is done again; of what is `expected` the log has a line, of others all.
    """
    ending = threading.Event()

    def run() -> None:
        failures = 0
        while True:
            try:
                what(ending)
                failures = 0
            except expected as error:
                failures += 1
                log.warning("%s: %s", name, error)
            except Exception:
                failures += 1
                log.exception("%s: it failed, and is done again", name)
            finally:
                connections.close_all()
            if ending.wait(pauses[min(failures, len(pauses) - 1)]):
                return

    thread = threading.Thread(target=run, daemon=True, name=name)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(_ENDING)
