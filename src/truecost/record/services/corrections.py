"""Credit notes by hand: a part of what was charged is given back, the original stays as it is."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, UsageError
from truecost.kernel.money import shown
from truecost.record.services import events, numbers, papers, periods
from truecost.record.services.acts import By, acting
from truecost.record.services.issuing import correction
from truecost.record.services.permissions import Act
from truecost.statements.corrections import CREDIT, CorrectedLine
from truecost.statements.explain_figures import DIRECTLY
from truecost.statements.views import StatementView

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.record import models


def credit(
    by: By,
    original: models.Statement,
    amount: int,
    reason: str,
    line: str = "",
    settling: Callable[[models.Statement], AbstractContextManager[object]] = nullcontext,
) -> models.Statement:
    """Give a part of a statement back: `amount` in minor units, more than nothing.

    `line` is the object of the line that it is of (`service rosa`, `directly` for what is of no
    service), "" for the whole. `settling` is what else the act does: it is entered, with the credit
    note, once the period is locked, and left when all is written. Raise UsageError for more than
    still stands, of the statement or of the line.
    """
    by.need(Act.CORRECT)
    said = periods.said_why(reason)
    if original.kind != papers.STATEMENT:
        hint = f"credit the statement itself: {original.cites_id}"
        raise UsageError(Finding(None, f"{original.number} is a correction", hint))
    first = papers.restored(original)
    if not isinstance(first, StatementView):
        raise TypeError(original.number)
    changed = _line(first, line, amount)
    branches = tuple(original.branches.order_by("id").values_list("consumer", flat=True))
    for _ in range(numbers.TRIES):
        given = numbers.Next(by.day)
        view = correction(
            by, first, original, given.give(CREDIT), CREDIT, said, changed, -amount, first
        )
        made = papers.paper(
            view, period=original.period, run=original.run, branches=branches, cites=original
        )
        try:
            with acting():
                periods.locked(original.period_id)
                with settling(made.row):
                    check(original, amount, line)
                    given.take()
                    papers.write([made], None)
                    after = {
                        "number": view.number, "cites": original.number, "amount": -amount,
                        "currency": original.currency, "why": said, "line": line,
                        "sha256": made.row.sha256,
                    }  # fmt: skip
                    events.record(by, events.CREDITED, f"statement {original.number}", after=after)
        except numbers.TakenError:
            continue
        return made.row
    raise UsageError("others keep issuing: try again")


def _line(first: StatementView, line: str, amount: int) -> tuple[CorrectedLine, ...]:
    if not line:
        return ()
    of = object_of(line)
    found = next((each for each in first.lines if each.object == of), None)
    if found is None:
        known = ", ".join(each.object or DIRECTLY for each in first.lines)
        raise UsageError(Finding(None, f'the statement has no line "{line}"', f"it has {known}"))
    return (CorrectedLine(of, found.name, found.amount, found.amount - amount),)


def object_of(line: str) -> str:
    """Give the object of a line as views have it: what is of no service is called `directly`."""
    return "" if line == DIRECTLY else line


def standing(original: models.Statement, line: str = "") -> int:
    """Give what still stands of a statement or a line, in minor units: what may be credited."""
    corrected = list(original.corrections.all())
    stands = original.amount + sum(each.amount for each in corrected)
    if line:
        of = object_of(line)
        first = papers.restored(original)
        known = {each.object: each.amount for each in getattr(first, "lines", ())}
        credited = sum(
            now.was - now.now
            for each in corrected
            if each.issue_id is None
            for now in getattr(papers.restored(each), "lines", ())
            if now.object == of
        )
        stands = min(stands, known[of] - credited)
    return max(stands, 0)


def check(original: models.Statement, amount: int, line: str) -> None:
    """Raise UsageError for nothing, and for more than still stands."""
    if amount <= 0:
        raise UsageError("a credit is more than nothing")
    stands = standing(original, line)
    if amount > stands:
        left = shown(stands, original.currency)
        what = f"{shown(amount, original.currency)} is more than what stands: {left}"
        raise UsageError(Finding(None, what, "credit that at most"))
