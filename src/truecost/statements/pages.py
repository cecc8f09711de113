"""A statement's view as a document of blocks: the content and order of the page, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from truecost.statements import charts, locale, sentences, words
from truecost.statements.blocks import (
    Column,
    Document,
    Money,
    Part,
    Rate,
    Row,
    Section,
    Slot,
    Table,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from truecost.kernel.periods import Period
    from truecost.statements.lines import StatementLine
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import ClassTotal, IndexView, StatementView

DRAFT_MARK = "DRAFT"


def statement_document(view: StatementView) -> Document:
    """Lay a statement out. Text is in the view's locale."""
    with locale.speaking(view.locale):
        month = locale.month(view.period)
        for_whom = f" for {view.head}" if view.head else ""
        whole = view.organisation if view.organisation != view.name else "Whole organisation"
        sections = [_why(view), _lines(view)]
        if view.lines:
            parts = parts_section(view.classes, charts.classes(view))
            sections.append(replace(parts, title=sentences.classes(view)))
        if view.unbilled:
            sections.append(Section("", sentences.unbilled(view), aside=True))
        if view.apart:
            sections.append(Section("", sentences.apart(view), aside=True))
        if advice := sentences.advice(view):
            sections.append(Section("What you can do", bullets=advice))
        if view.members:
            sections.append(_members(view))
        sections.append(proof_section(view, sentences.proof(view)))
        return laid_out(
            view,
            sections,
            title=f"Technology statement, {month}: {view.name}",
            path=view.path[:-1] or (whole,),
            name=view.name,
            what=f"Technology statement · {locale.dated(view.period)}{for_whom}",
            headline=sentences.headline(view),
        )


def laid_out(
    view: StatementView | SummaryView,
    sections: Iterable[Section | None],
    *,
    title: str,
    path: tuple[str, ...],
    name: str,
    what: str,
    headline: tuple[str, ...],
) -> Document:
    """Put sections, those that are there, into a document with what every document says."""
    return Document(
        title=title,
        path=path,
        name=name,
        what=what,
        status=sentences.status(view),
        mark="" if view.number else DRAFT_MARK,
        organisation=view.organisation,
        currency=view.currency,
        locale=view.locale,
        period=view.period,
        date=view.issued or last_day(view.period),
        total=Money(view.total),
        headline=headline,
        history=charts.history(view),
        sections=tuple(section for section in sections if section),
        closing=closing(view),
        run_id=view.run_id,
    )


def last_day(period: Period) -> dt.date:
    """Give the date of a document that is not issued: the last day of its period."""
    return period.last_day


def closing(view: StatementView | IndexView | SummaryView) -> tuple[str, ...]:
    """Give the sentences that end a document: basis, about, whose data, which run."""
    drawn = f"Drawn by Truecost from run {view.run_id}, manifest {view.manifest_digest[:16]}."
    texts = (
        *sentences.basis(view.basis, view.period.calendar.unit),
        view.about,
        view.attribution,
        drawn,
    )
    return tuple(text for text in texts if text)


def _why(view: StatementView) -> Section | None:
    if view.previous is None:
        return None
    table = Table(
        f"What the change since {locale.month(view.previous.period)} is made of",
        (Column("Change", Slot.CHANGE), Column("Reason", Slot.NAME)),
        tuple(Row((Money(each.amount, sign=True), each.text)) for each in view.reasons),
        Row((Money(view.previous.change, sign=True), "together"), strong=True),
    )
    tables = (table,) if view.reasons else ()
    note = (view.reasons_note,) if view.reasons_note else ()
    return Section("Why it changed", (sentences.why(view),), tables=tables, after=note)


def _lines(view: StatementView) -> Section:
    month = locale.month(view.period)
    if not view.lines:
        return Section("What you pay for", (sentences.lines(view),))
    each = any(line.each is not None for line in view.lines)
    slots = [
        Column("Service", Slot.NAME),
        Column("Your use", Slot.USE),
        Column("About, each", Slot.EACH),
        Column("Amount", Slot.AMOUNT),
        Column("Change", Slot.CHANGE),
        Column("What could be saved", Slot.NOTE),
    ]
    left_out = {Slot.EACH: not each, Slot.CHANGE: view.previous is None}
    keep = [i for i, column in enumerate(slots) if not left_out.get(column.slot)]

    def row(line: StatementLine) -> Row:
        tag = "credit" if line.amount < 0 else "ended" if line.ended else ""
        cells = (
            line.name,
            sentences.use(line, view.currency),
            None if line.each is None else Rate(line.each),
            Money(line.amount),
            Money(line.change, sign=True),
            line.saving.text,
        )
        small = sentences.small(line, view.currency)
        return Row(tuple(cells[i] for i in keep), small, tag)

    change = Money(view.previous.change if view.previous else None, sign=True)
    total = ("Total", None, None, Money(view.total), change, None)
    return Section(
        "What you pay for",
        (sentences.lines(view),),
        tables=(
            Table(
                f"Lines of the statement of {month}",
                tuple(slots[i] for i in keep),
                tuple(map(row, view.lines)),
                Row(tuple(total[i] for i in keep), strong=True),
            ),
        ),
    )


def parts_section(
    classes: Iterable[ClassTotal], blocks: Iterable[charts.Block], title: str = "What it is for"
) -> Section:
    """Show run, grow and transform, as a bar and with their figures."""
    parts = []
    for part in classes:
        percent = "" if part.percent is None else f" {part.percent} %"
        heading = words.capital(part.name) + percent
        parts.append(Part(part.name, heading, part.amount, sentences.CLASS_WORDS[part.name]))
    bar = tuple((block.name, block.x, block.width) for block in blocks)
    return Section(title, bar=bar, parts=tuple(parts))


def _members(view: StatementView) -> Section:
    first = view.members[0].depth
    table = Table(
        f"Totals of {locale.month(view.period)} by part of {view.name}",
        (Column("Part", Slot.NAME), Column("Amount", Slot.AMOUNT)),
        tuple(
            Row(
                (member.name, Money(member.total)),
                depth=member.depth - first,
                strong=not member.leaf,
            )
            for member in view.members
        ),
    )
    return Section("Whose bills these are", (sentences.MEMBERS,), tables=(table,))


def proof_section(view: StatementView | IndexView | SummaryView, text: str) -> Section:
    """Show both sides of the period's proof, each with its total."""
    proof = view.proof
    amount = Column("Amount", Slot.AMOUNT)
    foot = Row(("Together", Money(proof.total)), strong=True)
    came = tuple(Row((each.name, Money(each.amount))) for each in (*proof.ledger, *proof.moved))
    went = (
        *(Row((name, Money(amount))) for name, amount in sentences.went(proof)),
        *(Row((f"Not charged: {entry.name}", Money(entry.amount))) for entry in proof.remainders),
    )
    after = sentences.after_proof(view)
    return Section(
        "Proof",
        (text,),
        tables=(
            Table("The ledger, by source", (Column("Source", Slot.NAME), amount), came, foot),
            Table("Where it went", (Column("Place", Slot.NAME), amount), went, foot),
        ),
        after=tuple(text for text in after if text),
        beside=True,
    )
