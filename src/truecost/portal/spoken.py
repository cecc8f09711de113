"""The locale of the workspace, for pages that show no run: that of the newest period's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import StoreError
from truecost.portal.opened import opened
from truecost.record.services import periods
from truecost.statements import locale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from truecost.kernel.calendars import Calendar


@contextmanager
def speaking() -> Iterator[Callable[[Any], str]]:
    """Write figures, months and days as readers of the workspace do, until the block ends.

    Give what puts a period of the record into words.
    """
    spoken, calendar = _newest()

    def month(row: Any) -> str:
        return locale.month(calendar.period(row.index)) if calendar else str(row.words)

    with locale.speaking(spoken):
        yield month


def _newest() -> tuple[str, Calendar | None]:
    row = periods.newest()
    if row is None:
        return "", None
    try:
        with opened(row.run_id) as held:
            return held.book.locale, held.book.calendar
    except StoreError:
        return "", None  # what the record holds can be shown without
