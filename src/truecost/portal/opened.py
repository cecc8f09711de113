"""Runs that pages have opened and look at again: books, inquiries, months to ask what-if of.

A run that is registered never changes, so what was read of it stays good. Not more than `KEPT` are
held; the one that was not looked at for longest is closed when another is opened and nobody uses
it. A run answers one thread at a time: neither a book nor an inquiry is made for several.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock, RLock
from typing import TYPE_CHECKING

from truecost.record.services import acts, runs
from truecost.statements.book import Book
from truecost.statements.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from truecost.store.run import Run
    from truecost.store.runs import Store

#: So many runs are held open: those that a year's statements are usually read from.
KEPT = 6


@dataclass(eq=False)
class OpenedRun:
    """A run that is open: to be used inside `opened` only."""

    store: Store
    run: Run
    book: Book
    users: int = 0
    lock: AbstractContextManager[bool] = field(default_factory=RLock)
    begun: bool = False

    @cached_property
    def inquiry(self) -> Inquiry:
        """Questions down to the ledger lines; begun at the first."""
        self.begun = True
        return Inquiry(self.store, self.run, self.book).__enter__()

    def close(self) -> None:
        """Close what was begun."""
        if self.begun:
            self.inquiry.__exit__(None, None, None)


_HELD: dict[tuple[Path, str], OpenedRun] = {}
_LOCK = Lock()


@contextmanager
def opened(run_id: str, run: Run | None = None) -> Iterator[OpenedRun]:
    """Give a run of the record, open, for one thread until the block ends.

    A `run` of the store that the record does not know yet has to be given. Raise StoreError where
    the store has it no more, or another under its name.
    """
    key = (acts.place().store, run_id)
    found, closing = _taken(key, run)
    for each in closing:
        each.close()
    try:
        with found.lock:
            yield found
    finally:
        with _LOCK:
            found.users -= 1


def _taken(key: tuple[Path, str], run: Run | None) -> tuple[OpenedRun, list[OpenedRun]]:
    """Take a run, and let go of those that are too many."""
    with _LOCK:
        found = _HELD.pop(key, None)
        if found is not None:
            _HELD[key] = found  # the one used last stands last
            found.users += 1
            return found, []
    store = acts.store()
    run = run or runs.known(store, key[1])
    made = OpenedRun(store, run, Book(run, store))
    with _LOCK:
        found = _HELD.setdefault(key, made)  # another thread may have been quicker
        found.users += 1
        free = [name for name, each in _HELD.items() if not each.users]
        over = free[: max(0, len(_HELD) - KEPT)]
        return found, [_HELD.pop(name) for name in over]


def close_all() -> None:
    """Close every run that nobody uses."""
    with _LOCK:
        closing = [_HELD.pop(name) for name, each in [*_HELD.items()] if not each.users]
    for each in closing:
        each.close()
