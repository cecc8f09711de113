"""A statement, or a summary, as plain text of at most 80 columns, figures aligned."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from truecost.statements import charged, locale, sentences, words
from truecost.statements.blocks import Money, Slot
from truecost.statements.safe import visible
from truecost.statements.summary_pages import summary_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.statements.blocks import Document, Table
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import StatementView

WIDTH = 80
_INDENT = "  "


def statement_text(view: StatementView) -> str:
    """Write a statement as text that ends in a line break."""
    with locale.speaking(view.locale):
        return ended(_statement(view))


def _statement(view: StatementView) -> list[str]:
    out = [
        *_wrapped(view.name.upper()),
        *_wrapped(f"Technology statement · {locale.dated(view.period)} · {view.organisation}"),
        *_wrapped(sentences.status(view)),
        "",
        f"{_INDENT}{locale.shown(view.total, view.currency)}",
        *_each(sentences.headline(view)),
    ]
    if view.previous:
        out += ["", "Why it changed", *_wrapped(sentences.why(view))]
        out += _figures(
            [(reason.amount, reason.text) for reason in view.reasons], view.currency, sign=True
        )
        out += _each([view.reasons_note])
    out += ["", "What you pay for", *_lines(view)]
    if view.lines:
        parts = [
            f"{words.capital(part.name)}"
            f"{'' if part.percent is None else f' {part.percent} %'}"
            f" {locale.shown(part.amount, view.currency)}"
            for part in view.classes
        ]
        lead = f"{sentences.classes(view)}. " if view.at_rates else ""
        out += ["", *_wrapped(lead + ", ".join(parts) + ".")]
    out += _block("", sentences.unbilled(view))
    out += _block("", sentences.apart(view))
    out += _block("What you can do", sentences.advice(view))
    if view.members:
        out += ["", "Whose bills these are"]
        first = view.members[0].depth
        named = [
            (entry.total, _INDENT * (entry.depth - first) + entry.name) for entry in view.members
        ]
        out += _figures(named, view.currency)
    out += ["", "Proof", *_wrapped(sentences.proof(view)), *_sides(view)]
    out += _each(sentences.after_proof(view))
    out += _block(
        "", (*sentences.basis(view.basis, view.period.calendar.unit), view.about, view.attribution)
    )
    out += _wrapped(f"Run {view.run_id}, manifest {view.manifest_digest[:16]}.")
    return out


def summary_text(view: SummaryView) -> str:
    """Write a summary as text that ends in a line break."""
    document = summary_document(view)
    with locale.speaking(document.locale):
        return ended(_document(document))


def _document(document: Document) -> list[str]:
    out = [
        *_wrapped(document.name.upper()),
        *_wrapped(f"{document.what} · {' · '.join(document.path)}"),
        *_each([document.status]),
        "",
        f"{_INDENT}{locale.shown(document.total.minor or 0, document.currency)}",
        *_each(document.headline),
    ]
    for section in document.sections:
        out += ["", section.title, *_each(section.texts)]
        out += _figures([(part.amount, part.title) for part in section.parts], document.currency)
        for table in section.tables:
            out += [*_each([table.caption] if section.beside else []), *_table(table, document)]
        out += _each((*section.bullets, *section.after))
    return [*out, "", *_each(document.closing)]


def _table(table: Table, document: Document) -> list[str]:
    """Set a table's amounts (or, without them, its changes) as figures, with the rest in words."""
    entries = []
    for row in (*table.rows, *((table.foot,) if table.foot else ())):
        cells = {column.slot: cell for column, cell in zip(table.columns, row.cells, strict=True)}
        amount, change = cells.get(Slot.AMOUNT), cells.get(Slot.CHANGE)
        text = f"{_INDENT * row.depth}{cells.get(Slot.NAME) or ''}"
        notes = [row.tag] if row.tag else []
        moved = change.minor if isinstance(change, Money) else None
        if isinstance(amount, Money) and moved:
            titles = {column.slot: column.title for column in table.columns}
            word = titles[Slot.CHANGE].lower()
            notes.append(f"{word} {locale.shown(moved, document.currency, sign=True)}")
        if isinstance(said := cells.get(Slot.NOTE), str):
            notes.append(said)
        figure = amount.minor if isinstance(amount, Money) else moved
        entries.append((figure or 0, f"{text} ({'; '.join(notes)})" if notes else text))
    return _figures(entries, document.currency)


def ended(lines: Iterable[str]) -> str:
    """Give lines as one text, with nothing after their last word."""
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _lines(view: StatementView) -> list[str]:
    if not view.lines:
        return _wrapped(sentences.lines(view))
    entries: list[tuple[int, str]] = []
    for line in view.lines:
        about = []
        if use := sentences.use(line, view.currency):
            about.append(use)
        if line.each is not None:
            about.append(f"about {words.unit_cost(line.each, view.currency)} each")
        if line.saving.text:
            about.append(line.saving.text)
        more = [charged.beside(line.charged, view.currency)] if line.at_rate else []
        entries.append((line.amount, "\n".join([line.name, "; ".join(about), *more]).rstrip()))
    return _figures([*entries, (view.total, "together")], view.currency)


def _sides(view: StatementView) -> list[str]:
    proof = view.proof
    return _figures(
        [
            *((entry.amount, f"from {entry.name}") for entry in proof.ledger),
            *((entry.amount, entry.name) for entry in proof.moved),
            *((amount, _to(name)) for name, amount in sentences.went(proof)),
            *((entry.amount, f"not charged: {entry.name}") for entry in proof.remainders),
        ],
        view.currency,
    )


def _to(name: str) -> str:
    return "to all statements" if name == "All statements" else name.lower()


def _figures(entries: Sequence[tuple[int, str]], currency: str, *, sign: bool = False) -> list[str]:
    """Set amounts flush right in a column, each with its text, wrapped beside it."""
    shown = [locale.shown(amount, currency, sign=sign) for amount, _ in entries]
    width = max((len(text) for text in shown), default=0)
    out = []
    for figure, (_, text) in zip(shown, entries, strict=True):
        lead = f"{_INDENT}{figure:>{width}}{_INDENT}"
        for paragraph in text.split("\n"):
            out += _wrapped(paragraph, lead, " " * len(lead))
            lead = " " * len(lead)
    return out


def _block(title: str, texts: Iterable[str]) -> list[str]:
    lines = _each(texts)
    return ["", *([title] if title else []), *lines] if lines else []


def _each(texts: Iterable[str]) -> list[str]:
    return [line for text in texts if text for line in _wrapped(text)]


def _wrapped(text: str, lead: str = _INDENT, rest: str = _INDENT) -> list[str]:
    return textwrap.wrap(visible(text), WIDTH, initial_indent=lead, subsequent_indent=rest)
