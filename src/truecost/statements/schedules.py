"""The accounts of schedules in a table: what is prepaid, capitalised or accrued, and what of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.kernel.findings import Finding, VerifyError
from truecost.statements import proof as proofs
from truecost.statements.book import Book, Run
from truecost.statements.safe import visible
from truecost.statements.show import RowKind, ShowRow, ShowTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.kernel.periods import Period

_SUMS = ("posted", "released", "lost", "proceeds")
_COLUMNS = ("opening", "posted", "counted", "lost", "sold for", "closing")
_RARE = ("lost", "sold for")


def schedule_table(run: Run, periods: Iterable[Period], currency: str | None = None) -> ShowTable:
    """Lay out the accounts of a run's schedules over some periods, by what is recognised how.

    Columns, in minor units: what was on the balance before the first period, what was posted, what
    of it counted, what disposals lost and were sold for (where there were any), what is left after
    the last. Raise UsageError for a period that the run does not have, VerifyError where an account
    does not add up.
    """
    book = Book.of(run)
    chosen = tuple(sorted(set(periods)))
    for period in chosen:
        book.check_period(period)
    currency = currency or book.currency
    sums: dict[tuple[str, str, str], list[int]] = {}
    for period in chosen:
        for row in book.rows("schedules", period, currency=currency):
            key = (str(row["way"]), str(row["rule"]), str(row["source"]))
            found = sums.setdefault(key, [0] * len(_COLUMNS))
            found[0] += row["opening"] if period == chosen[0] else 0
            found[5] += row["closing"] if period == chosen[-1] else 0
            for place, name in enumerate(_SUMS, 1):
                found[place] += row[name]
    rows = tuple(
        ShowRow(" ".join(key), str(visible(key[1] or key[2])), RowKind.LINE, tuple(found))
        for key, found in sorted(sums.items(), key=lambda each: (-abs(each[1][5]), each[0]))
    )
    total = tuple(sum(found[place] for found in sums.values()) for place in range(len(_COLUMNS)))
    _check(total, currency)
    # disposals are rare
    shown = [place for place, name in enumerate(_COLUMNS) if name not in _RARE or total[place]]
    rows = tuple(replace(row, amounts=tuple(row.amounts[at] for at in shown)) for row in rows)
    return ShowTable(
        by="schedule",
        organisation=book.said("organisation"),
        currency=currency,
        periods=chosen,
        columns=tuple(_COLUMNS[place] for place in shown),
        derived="",
        rows=(*rows, ShowRow("", "Total", RowKind.TOTAL, tuple(total[at] for at in shown))),
        proof=proofs.proof(book, chosen, currency),
        run_id=book.id,
    )


def _check(total: tuple[int, ...], currency: str) -> None:
    opening, posted, released, lost, sold, closing = total
    rest = opening + posted - released - lost - sold - closing
    if rest:
        what = f"the accounts of schedules differ by {money.shown(rest, currency)}"
        raise VerifyError(Finding(None, what, "the run is damaged; build it again"))
