"""How often a person may ask: reads are counted in memory, what acts in the database.

Counting reads in the database would write at each. There is one process that answers; where there
are more, each counts its own.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from truecost.portal import limits

READS, ACTS = 600, "120/m"
_WINDOW = 60
_PEOPLE = 10_000
_LOCK = Lock()
_COUNTED: OrderedDict[str, tuple[float, int]] = OrderedDict()


def wait(key: str, *, acts: bool) -> int:
    """Count a request of somebody; give the seconds to wait, 0 where it may go on."""
    if acts:
        return limits.wait("api", key, ACTS)
    return read(key, time.monotonic())


def read(key: str, now: float) -> int:
    """Count a read at a moment (seconds of any clock)."""
    with _LOCK:
        began, count = _COUNTED.pop(key, (now, 0))
        if now - began >= _WINDOW:
            began, count = now, 0
        _COUNTED[key] = (began, count + 1)
        while len(_COUNTED) > _PEOPLE:
            _COUNTED.popitem(last=False)
    return 0 if count < READS else max(1, int(began + _WINDOW - now) + 1)


def forget() -> None:
    """Begin to count anew."""
    with _LOCK:
        _COUNTED.clear()
