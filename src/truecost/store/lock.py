"""One build at a time in a workspace: a file lock that dies with the process that holds it.

The operating system holds the lock, so a stale one can't exist. The file only tells who has it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import BusyError, Finding, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a locked byte can't be read by others, so it lies behind what they read

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_PAUSE = 0.05


def silent() -> None:
    """Wait without a word."""


class Lock:
    """A lock on a file; the thread that holds it may enter again."""

    def __init__(self, path: Path, shown: str, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._shown = shown
        self._clock = clock
        self._thread = threading.RLock()
        self._depth = 0

    @contextmanager
    def hold(
        self, *, wait: bool, waiting: Callable[[], None], timeout: float | None
    ) -> Iterator[bool]:
        """Hold the lock for a block; give whether it was newly taken.

        `waiting` is called once if another holds it. Raise BusyError when `wait` is False, or
        after `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        told = False

        def pause() -> None:
            nonlocal told
            if not wait or (deadline is not None and time.monotonic() > deadline):
                raise BusyError(self._busy())
            if not told:
                told = True
                waiting()
            time.sleep(_PAUSE)

        while not self._thread.acquire(blocking=False):
            pause()
        try:
            if self._depth:
                self._depth += 1
                try:
                    yield False
                finally:
                    self._depth -= 1
                return
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                while not _try_lock(descriptor):
                    pause()
                self._sign(descriptor)
                self._depth = 1
                try:
                    yield True
                finally:
                    self._depth = 0
                    os.ftruncate(descriptor, 0)
            finally:
                os.close(descriptor)
        finally:
            self._thread.release()

    def _sign(self, descriptor: int) -> None:
        since = self._clock().isoformat(timespec="seconds")
        signed = f"{json.dumps({'pid': os.getpid(), 'since': since})}\n".encode()
        # on a full disk the lock holds all the same, and what does not fit is told by its name
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, signed)

    def _busy(self) -> Finding:
        holder = self.holder()
        by = f" by process {holder['pid']} since {holder['since']}" if holder else ""
        hint = "wait until it has ended, then try again"
        return Finding(Place(self._shown), f"the workspace is held{by}", hint)

    def holder(self) -> dict[str, Any] | None:
        """Tell who holds the lock (`pid`, `since`), as far as it is written down."""
        try:
            holder = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return None
        return holder if isinstance(holder, dict) and {"pid", "since"} <= holder.keys() else None
