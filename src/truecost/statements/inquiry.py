"""A run opened for questions: what one answer has read, the next one finds.

A command asks one question. A service keeps an inquiry open for as long as the run is looked at,
and asks it for one answer at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from truecost.engine.lineage_lines import TOP
from truecost.engine.lineage_session import Session
from truecost.statements import explain_figures as figures
from truecost.statements.book import Book
from truecost.statements.explain import explained
from truecost.statements.explain_line import line_explained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from truecost.kernel.periods import Period
    from truecost.statements.explain import Explanation
    from truecost.statements.explain_line import LineExplanation
    from truecost.store.run import Run
    from truecost.store.runs import Store

_FIGURES = {
    "service": figures.service_figure,
    "tower": figures.tower_figure,
    "pool": figures.pool_figure,
    "remainder": figures.remainder_figure,
}


class Inquiry:
    """Questions about the figures and ledger lines of a run; a context.

    What it keeps grows with the periods that are asked about. Answers raise UsageError for what the
    run does not have, StoreError where it, or a source that it was made from, is gone or damaged.
    """

    def __init__(self, store: Store, run: Run, book: Book | None = None) -> None:
        self.store = store
        self.run = run
        self.book = book or Book.of(run)
        self._session = Session(store, run)

    def __enter__(self) -> Self:
        """Begin to open it, in the background."""
        self._session.__enter__()
        self._session.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close it."""
        self._session.__exit__(kind, error, at)

    def ready(self) -> None:
        """Wait until it is open: rules are read, and where ledger lines are."""
        self.book.check_period(self.book.periods[-1])
        self._session.ready()

    def statement(
        self,
        consumer: str,
        period: Period,
        *,
        service: str | None = None,
        cls: str = "",
        currency: str | None = None,
        top: int | None = TOP,
    ) -> Explanation:
        """Explain a statement's total, or one line of it, as `explain_figures` names them."""
        self.book.check_period(period)
        self._session.begin((period,), currency or self.book.currency)
        figure = figures.statement_figure(
            self.run, self.book, consumer, period, service=service, cls=cls, currency=currency
        )
        return explained(self.store, self.run, self.book, figure, top, self._session)

    def figure(
        self,
        kind: str,
        name: str,
        periods: Sequence[Period],
        *,
        cls: str = "",
        currency: str | None = None,
        top: int | None = TOP,
    ) -> Explanation:
        """Explain what a "service", "tower", "pool" or "remainder" comes to in some periods."""
        currency = currency or self.book.currency
        self._session.begin(periods, currency)
        found = _FIGURES[kind](self.run, self.book, name, periods, currency, cls)
        return explained(self.store, self.run, self.book, found, top, self._session)

    def line(self, where: str) -> tuple[LineExplanation, ...]:
        """Explain the ledger line at `FILE:LINE`, or of an identity (or its beginning)."""
        return line_explained(self.store, self.run, self.book, where, self._session)
