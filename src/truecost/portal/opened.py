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
from typing import TYPE_CHECKING, Any, TypeVar

from truecost.engine.bridge_sides import need
from truecost.record.services import acts, runs
from truecost.scenarios.base import Base
from truecost.scenarios.less import LessUse
from truecost.statements.book import Book
from truecost.statements.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

    from truecost.engine.frozen import Frozen
    from truecost.kernel.periods import Period
    from truecost.store.run import Run
    from truecost.store.runs import Store

T = TypeVar("T")

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
    _last: tuple[Hashable, Any] | None = None

    @cached_property
    def inquiry(self) -> Inquiry:
        """Questions down to the ledger lines; begun at the first."""
        self.begun = True
        return Inquiry(self.store, self.run, self.book).__enter__()

    @cached_property
    def frozen(self) -> Frozen:
        """The whole model that the run keeps. Raise StoreError where it keeps none."""
        return need(self.run)

    def less(self, period: Period, currency: str) -> LessUse:
        """Give a month to ask what-if of: what it takes to open it (a second) is taken once."""

        def made() -> LessUse:
            return LessUse(self._base, period, currency)

        return self.book.once(("less", period, currency), made)

    @cached_property
    def _base(self) -> Base:
        return Base(self.frozen.model, self.run, _not_kept)

    def last(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what is too large to keep of many: the last that was asked for stays."""
        if self._last is None or self._last[0] != key:
            self._last = (key, make())
        found: T = self._last[1]
        return found

    def close(self) -> None:
        """Close what was begun."""
        if self.begun:
            self.inquiry.__exit__(None, None, None)


def _not_kept(_name: str, _period: Period) -> None:
    """Give nothing for a driver that the run does not keep: nobody is charged by it."""


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
