"""Which run and month a page shows: chosen in its address, of those that the reader may see."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.opened import OpenedRun, opened
from truecost.record.services import looking
from truecost.statements import locale, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.http import HttpRequest

    from truecost.kernel.periods import Period
    from truecost.record.services.acts import By
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Shown:
    """A run that is open, the month and currency that are shown, and what else may be chosen.

    `state` says how far the month has come; "" where it lies before what the record closed. `query`
    is what an address of another page needs to show the same.
    """

    store: Store
    run: Run
    book: Book
    period: Period
    currency: str
    state: str
    latest: bool
    periods: tuple[Period, ...]
    currencies: tuple[str, ...]
    may_latest: bool
    query: str


@contextmanager
def shown(request: HttpRequest) -> Iterator[Shown | None]:
    """Open what a page shows, by `month`, `run` and `currency` of its address.

    Give None where there is nothing to see yet; raise Http404 for what is not to be seen. Figures
    inside the block are written as the run's readers write them.
    """
    with chosen(by(request), request.GET) as at:
        yield at


@contextmanager
def chosen(who: By, wanted: Mapping[str, str]) -> Iterator[Shown | None]:
    """Open what `shown` opens, for somebody, by what was said."""
    with _opened(looking.periods(who), looking.latest(who), wanted) as at:
        yield at


@contextmanager
def newest() -> Iterator[Shown | None]:
    """Open the last month that was closed, for the program itself."""
    with _opened(looking.closed(), None, {}) as at:
        yield at


@contextmanager
def _opened(
    rows: Sequence[Any], newest: Run | None, wanted: Mapping[str, str]
) -> Iterator[Shown | None]:
    if newest is not None and (wanted.get("run") == LATEST or not rows):
        with opened(newest.id, newest) as held, locale.speaking(held.book.locale):
            periods = held.book.periods
            period = _parsed(held.book, wanted.get("month"), periods) or periods[-1]
            yield _made(held, period, periods, wanted, state="latest run", may=True)
        return
    if wanted.get("run"):
        raise Http404
    if not rows:
        yield None
        return
    first = rows[-1]
    label = wanted.get("month") or rows[0].label
    # what is no period of its own may be the history of the first that was closed
    row = next((each for each in rows if each.label == label), first)
    with opened(row.run_id) as held, locale.speaking(held.book.locale):
        calendar = held.book.calendar
        there = {each.index for each in rows} | {*range(first.run.first, first.index)}
        periods = tuple(calendar.period(index) for index in sorted(there))
        period = _parsed(held.book, label, periods) or calendar.period(row.index)
        state = next((each.state for each in rows if each.index == period.index), "")
        yield _made(held, period, periods, wanted, state=state, may=newest is not None)


def _parsed(book: Book, label: str | None, periods: tuple[Period, ...]) -> Period | None:
    if not label:
        return None
    try:
        period = book.calendar.parse(label)
    except (UsageError, ValueError) as error:
        raise Http404 from error
    if period not in periods or period not in book.periods:
        raise Http404
    return period


def _made(
    held: OpenedRun,
    period: Period,
    periods: tuple[Period, ...],
    wanted: Mapping[str, str],
    *,
    state: str,
    may: bool,
) -> Shown:
    book = held.book
    currencies = show.currencies(book, (period,))
    currency = wanted.get("currency") or book.currency
    if currency not in currencies and wanted.get("currency"):
        raise Http404
    latest = state == "latest run"
    said = {"month": str(period)} | ({"run": LATEST} if latest else {})
    if currency != book.currency:
        said["currency"] = currency
    return Shown(
        held.store, held.run, book, period, currency, state, latest,
        periods[::-1], currencies, may, urlencode(said),
    )  # fmt: skip
