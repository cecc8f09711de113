"""A summary's view as a document of blocks: the total, what moved, where it went, what is outside.

Every bar stands in the row of its figure, so a drawing never needs a legend of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from truecost.statements import charts, locale, sentences
from truecost.statements.blocks import Bar, Column, Money, Row, Section, Slot, Table
from truecost.statements.charging import charging_sentence
from truecost.statements.lines import CLASSES
from truecost.statements.pages import laid_out, parts_section, proof_section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.statements.blocks import Document
    from truecost.statements.summary import Cost, Recovered, SummaryView

_TITLE = "True cost of technology"


def summary_document(view: SummaryView) -> Document:
    """Lay a summary out. Text is in the view's locale."""
    with locale.speaking(view.locale):
        month = locale.month(view.period)
        sections = [
            _moved(view),
            _costs(view, "By service", "Service", view.services),
            _costs(view, "By tower", "Tower", view.towers),
            _parts(view),
            _recovery(view),
            _outside(view),
            proof_section(view, sentences.balance(view)),
        ]
        return laid_out(
            view,
            sections,
            title=f"{_TITLE}, {month}: {view.organisation}",
            path=("Summary for leaders",),
            name=view.organisation,
            what=f"{_TITLE} · {locale.dated(view.period)}",
            headline=headline(view),
        )


def headline(view: SummaryView) -> tuple[str, ...]:
    """Set the total against other periods, and say how much of it is on bills."""
    found = []
    if view.previous or view.last_year:
        found = [
            sentences.comparison(
                view.previous, view.currency, sentences.before(view.period), view.period
            ),
            sentences.comparison(view.last_year, view.currency, "a year before"),
        ]
    if view.year_to_date is not None:
        amount = locale.shown(view.year_to_date, view.currency)
        found.append(f"{amount} since {locale.month(view.year_first)}, {view.year_label} to date.")
    charged = locale.shown(view.charged, view.currency)
    bills = sentences.count(view.bill_count, "statement")
    if not view.proof.at_cost:
        billed = locale.shown(view.proof.charged, view.currency)
        found.append(f"{billed} is billed, on {bills}, for what truly cost {charged}.")
    text = f"{charged} is charged, on {bills}"
    if not view.proof.at_cost:
        text = f"{charged} is what consumers used"
    if rest := view.total - view.charged:
        text += f"; {locale.shown(rest, view.currency)} is not charged, and named below"
    found.append(f"{text}.")
    if view.charging is not None:
        found.append(charging_sentence(view.charging))
    return tuple(found)


def _moved(view: SummaryView) -> Section | None:
    if view.previous is None:
        return None
    before = locale.month(view.previous.period)
    change = view.previous.change
    if not view.moved and not view.bills:
        return Section("What moved most", (f"Nothing changed since {before}.",))
    shown = locale.shown(abs(change), view.currency)
    lead = f"True cost {'rose' if change > 0 else 'fell'} by {shown}" if change else "It evens out"
    whose = "Departments' bills" if view.proof.at_cost else "What departments used, at true cost"
    billed = sum(cost.change or 0 for cost in view.bills)
    tables = (
        _changes("Services, and what is not charged", "What", view.moved, change),
        _changes(whose, "Whose", view.bills, billed),
    )
    text = f"{lead} since {before}. Each statement says why it changed."
    return Section("What moved most", (text,), tables=tables, beside=True)


def _changes(caption: str, what: str, costs: Sequence[Cost], change: int) -> Table:
    columns = (
        Column(what, Slot.NAME),
        Column("Amount", Slot.AMOUNT),
        Column("Change", Slot.CHANGE),
    )
    rows = tuple(
        Row((cost.name, Money(cost.total), Money(cost.change, sign=True))) for cost in costs
    )
    foot = Row(("Change together", None, Money(change, sign=True)), strong=True)
    return Table(caption, columns, rows, foot)


def _costs(view: SummaryView, title: str, what: str, costs: Sequence[Cost]) -> Section:
    """Show costs; what is charged has a bar of run, grow and transform, longest for the dearest."""
    charged = [cost for cost in costs if cost.charged]
    longest = max((sum(max(0, part) for part in cost.classes) for cost in charged), default=0)
    changed = view.previous is not None
    columns = (
        Column(what, Slot.NAME),
        Column("Run, grow, transform", Slot.BAR),
        Column("Amount", Slot.AMOUNT),
        *((Column("Change", Slot.CHANGE),) if changed else ()),
    )

    def row(cost: Cost) -> Row:
        bar = Bar(tuple(zip(CLASSES, cost.classes, strict=True)), longest) if cost.charged else None
        change = (Money(cost.change, sign=True),) if changed else ()
        tag = (
            "not charged"
            if not cost.charged
            else ""
            if cost.total
            else f"nothing this {view.period.calendar.unit}"
        )
        return Row((cost.name, bar, Money(cost.total), *change), tag=tag)

    change = (Money(view.previous.change, sign=True),) if view.previous else ()
    foot = Row(("Total", None, Money(view.total), *change), strong=True)
    caption = f"{title}, {locale.month(view.period)}"
    return Section(title, tables=(Table(caption, columns, tuple(map(row, costs)), foot),))


def _recovery(view: SummaryView) -> Section | None:
    """Show what rates charged against what services cost."""
    if not view.recovery:
        return None
    columns = (
        Column("Service at rates", Slot.NAME),
        Column("Charged", Slot.AMOUNT),
        Column("Recovery", Slot.CHANGE),
        Column("Of what it is", Slot.NOTE),
    )
    rows = tuple(
        Row((e.name, Money(e.charged), Money(e.amount, sign=True), _of_what(e, view.currency)))
        for e in view.recovery
    )
    total = sum(each.amount for each in view.recovery)
    charged = sum(each.charged for each in view.recovery)
    foot = Row(("Together", Money(charged), Money(total, sign=True), None), strong=True)
    text = "What rates charged, less what the services truly cost: above it +, below it −."
    caption = f"Recovery, {locale.month(view.period)}"
    return Section("Recovery", (text,), tables=(Table(caption, columns, rows, foot),))


def _of_what(each: Recovered, currency: str) -> str:
    """Say what a recovery is made of."""
    said = [f"cost {locale.shown(each.cost, currency)}"]
    if each.settled:
        said.append(f"settled {locale.shown(each.settled, currency, sign=True)}")
    if each.volume is None:
        return f"{'; '.join(said)}; volume and spending are not known without a plan"
    parts = (("volume", each.volume), ("spending", each.spending), ("price", each.price))
    said += [f"{name} {locale.shown(part, currency, sign=True)}" for name, part in parts if part]
    return "; ".join(said)


def _parts(view: SummaryView) -> Section:
    drawn = parts_section(view.classes, charts.classes(view), "Run, grow, transform")
    return replace(
        drawn, texts=("Of what is charged.",) if view.proof.at_cost else ("Of true cost.",)
    )


def _outside(view: SummaryView) -> Section | None:
    if not view.remainders:
        return None
    amount = Column("Amount", Slot.AMOUNT)
    rest = view.total - view.charged
    named = tuple(Row((cost.name, Money(cost.total))) for cost in view.remainders if cost.total)
    tables = [
        Table(
            "Named, and not charged",
            (Column("Name", Slot.NAME), amount),
            named,
            Row(("Together", Money(rest)), strong=True),
        )
    ]
    texts: tuple[str, ...] = ("No department's bill holds these.",)
    if view.bought:
        bought = locale.shown(view.bought_total, view.currency)
        texts = (
            (
                f"Departments bought {bought} of it themselves; each sees its own beside its bill."
                " Nothing here says whether that was agreed."
            ),
        )
        rows = tuple(Row((each.name, Money(each.amount))) for each in view.bought)
        foot = Row(("Together", Money(view.bought_total)), strong=True)
        tables.append(Table("Who bought it", (Column("Who", Slot.NAME), amount), rows, foot))
    return Section("Outside of the bills", texts, tables=tuple(tables), beside=True)
