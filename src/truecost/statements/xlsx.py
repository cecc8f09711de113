"""A statement, and a summary, as a workbook: the page, its lines as data, the proof.

* **Statement** reads and prints like the page.
* **Lines** has one row per service and class, and what was kept apart: to be filtered and summed.
* **Proof** has both sides of the period's proof, and the hashes of what the figures came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import figures, locale, sentences
from truecost.statements.lines import CLASSES
from truecost.statements.page_sheet import document_sheet
from truecost.statements.pages import statement_document
from truecost.statements.summary_pages import summary_document
from truecost.statements.workbook import INDENT, SOFT, WASH, Sheet, Workbook, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from truecost.statements.lines import StatementLine
    from truecost.statements.summary import Cost, SummaryView
    from truecost.statements.views import StatementView

_DATA = (
    # title, width; those that are printed come first
    ("consumer name", 26), ("name", 28), ("class", 10), ("amount", 16), ("use", 34), ("share", 9),
    ("unit cost", 12), ("what could be saved", 38), ("kind", 11), ("object", 24), ("owner", 24),
    ("description", 40), ("quantity", 12), ("driver total", 13), ("unit", 12), ("driver", 18),
    ("stands for", 14), ("statement", 11), ("period", 9), ("consumer", 14), ("currency", 9),
    ("run id", 19),
)  # fmt: skip
_PRINTED = 8
_UNBILLED = {"show": "shown", "central": "funded centrally"}
_NUMBERS = {
    *("amount", "share", "unit cost", "quantity", "driver total"),
    *("run", "grow", "transform", "change"),
}
#: The title of what was before, in months or periods, stands in place of {}.
_COSTS = (
    ("name", 44), ("run", 17), ("grow", 17), ("transform", 17), ("amount", 17),
    ("{} before", 17), ("change", 17), ("charged", 12), ("currency", 9),
)  # fmt: skip
_AT = {title: column for column, (title, _) in enumerate(_DATA)}


def statement_xlsx(view: StatementView) -> bytes:
    """Write a statement as a workbook."""
    with locale.speaking(view.locale):
        document = statement_document(view)
        book = Workbook(document)
        document_sheet(book, "Statement", document)
        _lines_sheet(book, view)
        proof_sheet(book, view)
        return book.close()


def _lines_sheet(book: Workbook, view: StatementView) -> None:
    sheet = data_sheet(book, "Lines", _DATA)
    row = 0
    number = view.number or view.status
    common = {
        "statement": number,
        "period": str(view.period),
        "consumer": view.consumer,
        "consumer name": view.name,
        "currency": view.currency,
        "run id": view.run_id,
    }
    for line in view.lines:
        for cls, amount in zip(CLASSES, line.classes, strict=True):
            if amount:
                row += 1
                _data_row(
                    sheet, row, common | _described(line, cls, view.currency), amount, view.currency
                )
                _use_figures(sheet, row, line)
        if line.at_rate and line.amount != sum(line.classes):
            row += 1
            words = common | _described(line, "", view.currency) | {"kind": "rate instead of cost"}
            _data_row(sheet, row, words, line.amount - sum(line.classes), view.currency)
    for each in view.unbilled:
        row += 1
        words = common | {"kind": _UNBILLED[each.treatment], "object": each.object}
        _data_row(sheet, row, words | {"name": each.name}, each.amount, view.currency)
    for apart in view.apart:
        row += 1
        words = common | {"kind": "kept apart", "name": apart.name}
        _data_row(sheet, row, words, apart.amount, view.currency)
    sheet.sheet.autofilter(0, 0, max(row, 1), len(_DATA) - 1)
    sheet.sheet.print_area(0, 0, max(row, 1), _PRINTED - 1)


def _place(name: str) -> str:
    return name[:1].lower() + name[1:]


def data_sheet(book: Workbook, name: str, columns: tuple[tuple[str, int], ...]) -> Sheet:
    """Add a sheet of rows under a header that stays in sight and is printed on every page."""
    sheet = book.sheet(name, tuple(width for _, width in columns))
    for column, (title, _) in enumerate(columns):
        how = {"align": "right"} if title in _NUMBERS or title.endswith(" before") else INDENT
        sheet.text(0, column, title, bold=True, bg_color=WASH, bottom=1, text_wrap=True, **how)
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.repeat_rows(0)
    return sheet


def _described(line: StatementLine, cls: str, currency: str) -> dict[str, str]:
    return {
        "kind": "line",
        "object": line.object,
        "name": line.name,
        "owner": line.owner,
        "description": line.description,
        "class": cls,
        "use": sentences.use(line, currency),
        "unit": line.use.unit,
        "driver": line.use.driver,
        "stands for": line.use.stands_for,
        "what could be saved": line.saving.text,
    }


def _data_row(sheet: Sheet, row: int, words: dict[str, str], amount: int, currency: str) -> None:
    for title, text in words.items():
        if text:
            sheet.text(row, _AT[title], text, **INDENT)
    form = grouped(money.digits(currency))
    sheet.money(row, _AT["amount"], amount, currency, num_format=form)


def _use_figures(sheet: Sheet, row: int, line: StatementLine) -> None:
    use = line.use
    if use.share is not None:
        share = figures.rounded(use.share, 6)
        sheet.number(row, _AT["share"], share, num_format="0.00%")
    found: dict[str, Decimal | None] = {
        "quantity": use.quantity,
        "driver total": use.driver_total,
        "unit cost": line.each,
    }
    for title, value in found.items():
        if value is not None:
            sheet.number(row, _AT[title], value, num_format="#,##0.######")


def summary_xlsx(view: SummaryView) -> bytes:
    """Write a summary as a workbook: the page, services and towers with their charts, the proof."""
    with locale.speaking(view.locale):
        book = Workbook(summary_document(view))
        document_sheet(book, "Summary", summary_document(view))
        _costs_sheet(book, "Services", view, view.services)
        _costs_sheet(book, "Towers", view, view.towers)
        proof_sheet(book, view)
        return book.close()


def _costs_sheet(book: Workbook, name: str, view: SummaryView, costs: Sequence[Cost]) -> None:
    """Add what each thing cost, and a chart of what is charged, which comes first."""
    unit = view.period.calendar.unit
    sheet = data_sheet(book, name, tuple((title.format(unit), width) for title, width in _COSTS))
    form = grouped(money.digits(view.currency))
    for row, cost in enumerate(costs, start=1):
        sheet.text(row, 0, cost.name, **INDENT)
        amounts = (*cost.classes, cost.total, cost.previous, cost.change)
        for column, amount in enumerate(amounts, start=1):
            if amount is not None:
                sheet.money(row, column, amount, view.currency, num_format=form)
        sheet.text(row, len(_COSTS) - 2, "yes" if cost.charged else "no", **INDENT)
        sheet.text(row, len(_COSTS) - 1, view.currency, **INDENT)
    sheet.sheet.autofilter(0, 0, max(len(costs), 1), len(_COSTS) - 1)
    if charged := sum(cost.charged for cost in costs):
        title = f"{name}, {locale.month(view.period)}, {view.currency}"
        sheet.bars(title, first=1, last=charged, series=(1, 2, 3), at=len(costs) + 2)


def proof_sheet(book: Workbook, view: StatementView | SummaryView) -> None:
    """Add both sides of the proof, what stands outside of it, and what the figures came from."""
    sheet = data_sheet(book, "Proof", (("side", 24), ("name", 60), ("amount", 20), ("currency", 9)))
    proof = view.proof
    rows = [
        *(("ledger", entry.name, entry.amount) for entry in proof.ledger),
        *(("moved", entry.name, entry.amount) for entry in proof.moved),
        ("came in", "together", proof.total)
        if proof.moved
        else ("ledger", "together", proof.total),
        *(("went to", _place(name), amount) for name, amount in sentences.went(proof)),
        *(("not charged", entry.name, entry.amount) for entry in proof.remainders),
        ("went to", "together", proof.total),
        *(("left out of both", entry.name, entry.amount) for entry in proof.ignored),
    ]
    form = grouped(money.digits(view.currency))
    for row, (side, name, amount) in enumerate(rows, start=1):
        how = {"bold": True, "top": 1} if name == "together" else {}
        sheet.text(row, 0, side, **INDENT, **how)
        sheet.text(row, 1, name, **INDENT, **how)
        sheet.money(row, 2, amount, view.currency, num_format=form, **how)
        sheet.text(row, 3, view.currency, **INDENT, **how)
    said = sentences.after_proof(view)
    for row, text in enumerate(said, start=len(rows) + 2):
        sheet.text(row, 0, text, **INDENT)
    references = [("run", view.run_id), ("manifest, SHA-256", view.manifest_digest)]
    model = getattr(view, "model_digest", "")
    references += [("model of the period, SHA-256", model)] if model else []
    for row, (name, text) in enumerate(references, start=len(rows) + 3 + len(said)):
        sheet.text(row, 0, name, font_color=SOFT, **INDENT)
        sheet.text(row, 1, text, font_color=SOFT, **INDENT)
