"""What questions about a run's ledger lines share: sources that are open, rules, what was found.

A session serves one question, or many of one run: what one has read the next one finds. Some of it
is done in the background, one after the other, while other things are told.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Self, TypeVar

from truecost.engine.lineage_rows import Ledger
from truecost.engine.lineage_rules import Rules
from truecost.kernel.findings import Finding, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from concurrent.futures import Future
    from types import TracebackType

    from truecost.engine.lineage_rows import Sizes
    from truecost.engine.lineage_rules import RuleKey
    from truecost.kernel.periods import Period
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource

T = TypeVar("T")

#: So many of the largest amounts are looked at, one number after the other, before all lines are.
TRIES = (64, 256, 1024, 8192)
#: Searches that are kept; each keeps the amounts of its periods. Of how many the search may begin
#: before it is known which lines are in the figure.
_KEPT, _FEW = 8, 3


class Session:
    """A run opened for questions about its ledger lines; a context, for one question at a time."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._run = run
        self._rules: list[Rules | None] = []
        self._ledgers: dict[str, Ledger] = {}
        self._largest: dict[tuple[str, tuple[int, ...], str], Largest] = {}
        self._lock = RLock()

    def __enter__(self) -> Self:
        """Begin it."""
        self._stack = ExitStack()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lineage")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Wait for what is under way, and close what is open."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._stack.close()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have something done in the background."""
        return self._worker.submit(work)

    def begin(self, periods: Collection[Period] = (), currency: str = "") -> None:
        """Open in the background what lines are told from, before the figure is known.

        With a few `periods`, their largest amounts in a currency are sought too. What can't be read
        is told when it is needed.
        """
        if 0 < len(periods) <= _FEW:
            self.submit(partial(self._seek, [period.index for period in periods], currency))
        elif not periods:
            self.submit(self._open)

    def ready(self) -> None:
        """Wait for what was begun."""
        self.submit(bool).result()

    def _open(self) -> None:
        with suppress(StoreError):
            if self.rules:
                for source in self._run.manifest["inputs"]["sources"]:
                    self.ledger(source)

    def _seek(self, periods: Collection[int], currency: str) -> None:
        with suppress(StoreError):
            if self.rules:
                for source in self._run.manifest["inputs"]["sources"]:
                    found = self.largest(source, periods, currency).first(TRIES[0])
                    self.ledger(source).expect([place for place, *_ in found])

    @property
    def rules(self) -> Rules | None:
        """The rules that recognise lines; None where the run was written before runs kept them."""
        with self._lock:
            if not self._rules:
                self._rules.append(Rules.of(self._run))
            return self._rules[0]

    def ledger(self, source: str) -> Ledger:
        """Open the rows of a source of the run. Raise StoreError where it is gone or damaged."""
        with self._lock:
            if source not in self._ledgers:
                coded = source_of(self._store, self._run, source)
                self._ledgers[source] = self._stack.enter_context(Ledger(coded))
            return self._ledgers[source]

    def largest(self, source: str, periods: Collection[int], currency: str) -> Largest:
        """Give the largest amounts of some periods of a source, sought once."""
        key = (source, tuple(sorted(periods)), currency)
        if key not in self._largest:
            if len(self._largest) >= _KEPT:
                self._largest.pop(next(iter(self._largest)))
            rules = self.rules
            if rules is None:
                raise ValueError("a run without rules can't tell lines")
            self._largest[key] = Largest(self.ledger(source), rules, key[1], currency)
        return self._largest[key]


class Largest:
    """The largest amounts of some periods of a source, put through the rules as far as asked."""

    def __init__(
        self, ledger: Ledger, rules: Rules, periods: Collection[int], currency: str
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._sizes: Sizes = ledger.sizes(periods, currency)
        self._found: list[tuple[int, int, RuleKey]] = []

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._sizes.sizes)

    def first(self, count: int) -> list[tuple[int, int, RuleKey]]:
        """Give the place, size and rules of so many rows, the largest first.

        A size is the amount without its sign, in units of the source's last digit.
        """
        if len(self._found) < min(count, self.rows):
            chosen = self._sizes.largest(count)[len(self._found) :]
            places = self._sizes.places[chosen].tolist()
            sizes = self._sizes.sizes[chosen].tolist()
            keys = self._rules.won(self._ledger, places)
            self._found += zip(places, sizes, keys, strict=True)
        return self._found[:count]


def source_of(store: Store, run: Run, source: str) -> CodedSource:
    """Give the coded source that a run was made from. Raise StoreError where it is gone."""
    load = run.manifest["inputs"]["sources"][source]
    found = store.source(load)
    if found is None:
        raise StoreError(
            Finding(
                None,
                f'the coded source "{source}" of run {run.id} is not in the store',
                "build again, from the same files: it is read again under the same id",
            )
        )
    return found
