"""What corrects a statement: a credit note, or a supplement. The original stays as it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements import locale, sentences
from truecost.statements.blocks import Column, Document, Money, Row, Section, Slot, Table
from truecost.statements.html import document_html
from truecost.statements.page_sheet import document_sheet
from truecost.statements.pdf import document_pdf
from truecost.statements.workbook import Workbook

if TYPE_CHECKING:
    import datetime as dt

    from truecost.kernel.periods import Period
    from truecost.statements.views import StatementView

CREDIT, SUPPLEMENT = "credit note", "supplement"


@dataclass(frozen=True, slots=True)
class CorrectedLine:
    """A line of the bill that is corrected, in minor units; `was` counts earlier corrections."""

    object: str
    name: str
    was: int
    now: int


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A credit note or supplement, whole; amounts in minor units of `currency`.

    `total` is the difference: negative where it is a credit. `cites` is the number of the statement
    that it corrects, issued on `cites_day` over `cites_total`. `lines` are empty where a sum was
    credited that no line stands for.
    """

    kind: str
    number: str
    issued: dt.date
    organisation: str
    locale: str
    currency: str
    period: Period
    consumer: str
    name: str
    path: tuple[str, ...]
    cites: str
    cites_day: dt.date
    cites_total: int
    reason: str
    lines: tuple[CorrectedLine, ...]
    total: int
    run_id: str
    manifest_digest: str


def corrected_lines(was: StatementView, now: StatementView) -> tuple[CorrectedLine, ...]:
    """Give the lines whose amounts differ between two drawings of the same bill."""
    before = {line.object: line for line in was.lines}
    after = {line.object: line for line in now.lines}
    found = (
        CorrectedLine(
            object_,
            (after.get(object_) or before[object_]).name,
            before[object_].amount if object_ in before else 0,
            after[object_].amount if object_ in after else 0,
        )
        for object_ in {**before, **after}
    )
    return tuple(line for line in found if line.was != line.now)


def correction_document(view: CorrectionView) -> Document:
    """Lay a correction out."""
    with locale.speaking(view.locale):
        month = locale.month(view.period)
        what = "Credit note" if view.kind == CREDIT else "Supplementary statement"
        word = "less" if view.total < 0 else "more"
        original = f"{view.cites} of {view.cites_day.day} {view.cites_day:%B %Y}"
        amount = locale.shown(view.cites_total, view.currency)
        return Document(
            title=f"{what}, {month}: {view.name}",
            path=view.path[:-1] or (view.organisation,),
            name=view.name,
            what=f"{what} · {locale.dated(view.period)}",
            status=sentences.issued(view.number, view.issued),
            mark="",
            organisation=view.organisation,
            currency=view.currency,
            locale=view.locale,
            period=view.period,
            date=view.issued,
            total=Money(view.total, sign=True),
            headline=(
                f"So much {word} than statement {original}, which was over {amount}.",
                "That statement stays as it was sent; both are to be read together.",
            ),
            history=None,
            sections=(Section("Why", (view.reason,)), *_lines(view)),
            closing=(
                f"Drawn by Truecost from run {view.run_id}, manifest {view.manifest_digest[:16]}.",
            ),
            run_id=view.run_id,
        )


def _lines(view: CorrectionView) -> tuple[Section, ...]:
    if not view.lines:
        return ()
    columns = (
        Column("Service", Slot.NAME),
        Column("Before", Slot.EACH),
        Column("Now", Slot.AMOUNT),
        Column("Change", Slot.CHANGE),
    )
    rows = tuple(
        Row((line.name, Money(line.was), Money(line.now), Money(line.now - line.was, sign=True)))
        for line in view.lines
    )
    sums = (sum(line.was for line in view.lines), sum(line.now for line in view.lines))
    foot = Row(
        ("Together", *map(Money, sums), Money(sums[1] - sums[0], sign=True)),
        strong=True,
    )
    return (Section("What changes", tables=(Table("Lines that change", columns, rows, foot),)),)


def correction_html(view: CorrectionView, *, bare: bool = False) -> str:
    """Draw a correction as a page."""
    return document_html(correction_document(view), bare=bare)


def correction_pdf(view: CorrectionView) -> bytes:
    """Draw a correction on paper."""
    return document_pdf(correction_document(view))


def correction_xlsx(view: CorrectionView) -> bytes:
    """Write a correction as a workbook."""
    with locale.speaking(view.locale):
        document = correction_document(view)
        book = Workbook(document)
        document_sheet(book, "Correction", document)
        return book.close()
