"""The documents that are issued: drawn from a view, sealed, numbered.

Drawing is pure: the same view gives the same bytes, so two who issue at once draw the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.record import models
from truecost.statements import corrections, issued
from truecost.statements.corrections import CorrectionView
from truecost.statements.html import statement_html
from truecost.statements.pdf import statement_pdf
from truecost.statements.views import StatementView
from truecost.statements.xlsx import statement_xlsx

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

STATEMENT = "statement"
DISPUTE = "dispute"
BRIEFING = "briefing"
#: The letter that a kind's numbers begin with; supplements are numbered with the statements.
LETTERS = {
    STATEMENT: "S", corrections.SUPPLEMENT: "S", corrections.CREDIT: "C", DISPUTE: "D",
    BRIEFING: "B",
}  # fmt: skip
FORMS = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: What a seal hashes: named one by one, for a column that is added must not change old hashes.
_SEALED = (
    "number", "kind", "period_id", "consumer", "name", "currency", "amount", "cites_id", "reason",
    "day", "run_id", "view",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """A statement or correction that is ready to be written: its row, branches, documents."""

    row: models.Statement
    branches: tuple[str, ...]
    documents: tuple[models.Document, ...]


def numbered(kind: str, day: dt.date, count: int) -> str:
    """Give a number: kind, year, and the count within both, as in `S-2026-00017`."""
    return f"{LETTERS[kind]}-{day.year}-{count:05}"


def kind_of(view: StatementView | CorrectionView) -> str:
    """Say what a view is of."""
    return STATEMENT if isinstance(view, StatementView) else view.kind


def restored(row: models.Statement) -> StatementView | CorrectionView:
    """Give the view that an issued document was drawn from."""
    if row.kind == STATEMENT:
        return issued.restored(row.view, StatementView)
    return issued.restored(row.view, CorrectionView)


def drawn(view: StatementView | CorrectionView) -> dict[str, bytes]:
    """Draw every form of a document."""
    if isinstance(view, StatementView):
        return {
            "html": statement_html(view).encode(),
            "pdf": statement_pdf(view),
            "xlsx": statement_xlsx(view),
        }
    return {
        "html": corrections.correction_html(view).encode(),
        "pdf": corrections.correction_pdf(view),
        "xlsx": corrections.correction_xlsx(view),
    }


def page(view: StatementView | CorrectionView) -> str:
    """Draw a document for a page that has its own frame."""
    if isinstance(view, StatementView):
        return statement_html(view, bare=True)
    return corrections.correction_html(view, bare=True)


def paper(
    view: StatementView | CorrectionView, *, period: models.Period, run: models.Run,
    branches: Iterable[str], cites: models.Statement | None = None,
) -> Paper:  # fmt: skip
    """Draw and seal a document."""
    if view.number is None or view.issued is None:
        raise ValueError("a document that is issued has a number and a day")
    row = models.Statement(
        number=view.number, kind=kind_of(view), period=period, consumer=view.consumer,
        name=view.name, currency=view.currency, amount=view.total, cites=cites,
        reason="" if isinstance(view, StatementView) else view.reason,
        day=view.issued, run=run, view=issued.recorded(view),
    )  # fmt: skip
    documents = tuple(
        models.Document(statement=row, form=form, content=content, sha256=hash_of(content))
        for form, content in drawn(view).items()
    )
    row.sha256 = seal(row, {each.form: each.sha256 for each in documents})
    return Paper(row, tuple(branches), documents)


def seal(row: models.Statement, documents: dict[str, str]) -> str:
    """Hash what a statement says, the bytes of its documents included; not which act issued it."""
    said: dict[str, Any] = {name: getattr(row, name) for name in _SEALED}
    return digest.of({**said, "documents": documents})


def digest_of(papers: Iterable[models.Statement]) -> str:
    """Hash the numbers and seals of what one act issued."""
    return digest.of(sorted([row.number, row.sha256] for row in papers))


def write(papers: Iterable[Paper], issue: models.Issue | None) -> None:
    """Write documents, inside the transaction of the act that issues them."""
    some = list(papers)
    for each in some:
        each.row.issue = issue
    models.Statement.objects.bulk_create(each.row for each in some)
    models.Branch.objects.bulk_create(
        models.Branch(statement=each.row, consumer=one) for each in some for one in each.branches
    )
    models.Document.objects.bulk_create(
        (document for each in some for document in each.documents), batch_size=50
    )


def hash_of(content: bytes) -> str:
    """Give the SHA-256 of a document's bytes, in hex."""
    return hashlib.sha256(content).hexdigest()
