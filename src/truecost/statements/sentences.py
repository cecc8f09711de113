"""The sentences of a statement, the same in every form: total, why, what to do, proof."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.statements import charged, locale, words
from truecost.statements.savings import SavingKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.headed import Basis, Comparison
    from truecost.statements.lines import StatementLine
    from truecost.statements.proof import Named, Proof
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import IndexView, StatementView

CLASS_WORDS = {
    "run": "keeping what there is at work",
    "grow": "more of it, for more demand",
    "transform": "something new",
}
MEMBERS = "This statement is all of these together."
_DRAFT = "DRAFT · not issued yet: it has no number and may still change"
_HASH = 12
# Lines of which all are named in a sentence; of more, so many are.
_MANY, _NAMED = 8, 3
_BASES = {
    "cash": "Cash basis: a cost counts in the {unit} in which it was paid",
    "accrual": "Accrual basis: a cost counts in the {unit} in which it was used",
}
# What is most in the reader's hand comes first.
_ADVICE = {
    SavingKind.AT_ONCE: "falls as soon as you use less: {names}.",
    SavingKind.RATED: "is charged by rates, so your bill falls as you use less: {names}.",
    SavingKind.NOTICE: "falls after notice: {dated}.",
    SavingKind.STEPS: "is saved only in whole steps: {dated}.",
    SavingKind.OWN: "was bought for you alone and is yours to end.",
    SavingKind.SHARED: "falls only when all use less, because you pay a share: {dated}.",
    SavingKind.FIXED: "is fixed: using less would only move it to others: {dated}.",
    SavingKind.UNKNOWN: "has no known way to be saved: {names}.",
}


def status(view: StatementView | IndexView | SummaryView) -> str:
    """Say what the document is worth: a draft has no number."""
    number, day = getattr(view, "number", None), getattr(view, "issued", None)
    return issued(number, day) if number and day else _DRAFT


def issued(number: str, day: dt.date) -> str:
    """Say that a document is issued: `No. S-2022-00017 · issued 9 March 2022`."""
    return f"No. {number} · issued {day.day} {day:%B %Y}"


def comparison(
    compared: Comparison | None, currency: str, ago: str, now: Period | None = None
) -> str:
    """Compare the total with another period's; `ago` says which one it is: "the month before".

    Where the period `now` has more or fewer weeks, that is said too.
    """
    if compared is None:
        return f"There is no statement for {ago} to compare with."
    then = f"in {locale.month(compared.period)}, {ago}"
    if now is not None and now.weeks != compared.period.weeks:
        then += f", which had {compared.period.weeks} weeks, not {now.weeks}"
    if not compared.change:
        return f"As much as {then}."
    word = "more" if compared.change > 0 else "less"
    percent = ""
    if compared.percent is not None:
        percent = f" ({words.percent(compared.percent, sign=True)})"
    return f"{locale.shown(abs(compared.change), currency)} {word} than {then}{percent}."


def headline(view: StatementView) -> tuple[str, ...]:
    """Set the total against last month, last year and the fiscal year."""
    found = ["There is no earlier statement to compare with."]
    if view.previous or view.last_year:
        found = [
            comparison(view.previous, view.currency, before(view.period), view.period),
            comparison(view.last_year, view.currency, "a year before", view.period),
        ]
    if view.year_to_date is not None:
        amount = locale.shown(view.year_to_date, view.currency)
        found.append(
            f"{amount} since {locale.month(view.year_first)}, in fiscal year {view.year_label}."
        )
    found += [
        f"You are also charged {locale.shown(other.amount, other.name)}, on a statement in"
        f" {other.name}."
        for other in view.others
    ]
    return tuple(found)


def why(view: StatementView) -> str:
    """Say how the total changed; the reasons follow it."""
    if view.previous is None:
        return f"There is no {view.period.calendar.unit} before to compare with."
    if not view.reasons:
        return f"Nothing changed since {locale.month(view.previous.period)}."
    change = view.previous.change
    shown = locale.shown(abs(change), view.currency)
    lead = f"Your total {'rose' if change > 0 else 'fell'} by {shown}" if change else "It evens out"
    since = locale.month(view.previous.period)
    if any(reason.part for reason in view.reasons):
        return f"{lead} since {since}, for these reasons:"
    return f"{lead}. What changed most since {since}:"


def lines(view: StatementView) -> str:
    """Say how the lines are to be read, or that there are none."""
    if not view.lines:
        return f"Nothing is charged to you for {locale.month(view.period)}."
    if view.at_rates:
        return (
            "The dearest first. Where a rate holds, the amount is a quantity times a price;"
            " elsewhere it is your share of what the service cost."
        )
    if any(line.each is not None for line in view.lines):
        return (
            "The dearest first. Where a cost is shared, the cost of one is “about”:"
            " the amount is your share."
        )
    return "The dearest first. Each amount is your share of what the service cost."


def use(line: StatementLine, currency: str) -> str:
    """Say what the reader used of a service; at a rate, how the amount came about."""
    return charged.words_of(line.charged, currency) if line.at_rate else line.use.text


def small(line: StatementLine, currency: str) -> str:
    """Say what a service is, and what stands behind a charge that is not its cost."""
    return " ".join(filter(None, (line.description, charged.beside(line.charged, currency))))


def classes(view: StatementView) -> str:
    """Give the heading of run, grow and transform: of what they are, if that is not the total."""
    if not view.at_rates:
        return "What it is for"
    return f"What its true cost is for: {locale.shown(view.true_cost, view.currency)}"


def unbilled(view: StatementView) -> tuple[str, ...]:
    """Say what the reader uses and is not billed for."""
    found = []
    for lead, kept in (
        ("Shown to you, and not billed", [e for e in view.unbilled if e.treatment == charged.SHOW]),
        ("Funded centrally", [e for e in view.unbilled if e.treatment == charged.CENTRAL]),
    ):
        named = [
            f"{each.name} {locale.shown(each.amount, view.currency)}"
            + (f", paid by {words.joined(list(each.funders))}" if each.funders else "")
            for each in kept
        ]
        if named:
            found.append(f"{lead}: {'; '.join(named)}.")
    return (*found, "None of it is in your total.") if found else ()


def went(proof: Proof) -> tuple[tuple[str, int], ...]:
    """Give where the true cost on statements went: charged, shown, funded, above or below cost."""
    if proof.at_cost:
        return (("All statements", proof.statements),)
    rows = [("Charged, on all statements", proof.charged)]
    rows += [("Shown, and not charged", proof.shown)] if proof.shown else []
    rows += [("Funded centrally", proof.central)] if proof.central else []
    rows += [(recovery(each), -each.amount) for each in proof.recovery if each.amount]
    return tuple(rows)


def recovery(found: Named) -> str:
    """Say what a recovery is: what rates charged beyond the cost, or short of it."""
    word = "above" if found.amount > 0 else "below"
    return f"Charged {word} cost: {found.name.removeprefix('service ')}"


def advice(view: StatementView) -> tuple[str, ...]:
    """Say what the reader can do: what can be saved and how, what to check, whom to ask."""
    found = []
    for kind, sentence in _ADVICE.items():
        chosen = [line for line in view.lines if line.saving.kind is kind and line.amount > 0]
        if chosen:
            amount = locale.shown(sum(line.amount for line in chosen), view.currency)
            names = words.joined(_first([line.name for line in chosen]))
            dated = "; ".join(_first([_dated(line) for line in chosen]))
            found.append(f"{amount} {sentence.format(names=names, dated=dated)}")
    found += _counts(view)
    owners: dict[str, list[str]] = {}
    for line in view.lines:
        if line.owner:
            owners.setdefault(line.owner, []).append(line.name)
    if owners:
        if view.line_count <= _MANY:
            whom = "; ".join(f"{words.joined(names)}: {owner}" for owner, names in owners.items())
        else:
            lines = [f"{owner} ({count(len(names), 'line')})" for owner, names in owners.items()]
            whom = words.joined(lines)
        found.append(f"To ask, or to say that something is wrong: {whom}.")
    return tuple(found)


def _first(named: Sequence[str]) -> list[str]:
    """Give all of a few; of many the first, and how many more there are."""
    if len(named) <= _NAMED + 1:
        return list(named)
    return [*named[:_NAMED], f"{locale.number(Decimal(len(named) - _NAMED))} others"]


def _counts(view: StatementView) -> list[str]:
    """Ask the reader to check what was counted: all of it, or of many lines the largest first."""
    counted = {
        line.name: words.counted(line.use.quantity, line.use.unit)
        for line in view.lines
        if line.use.quantity and not line.ended
    }
    if not counted:
        return []
    if len(counted) <= _MANY:
        told = words.joined(list(dict.fromkeys(counted.values())))
        return [f"Check the counts: {told}. Are they yours?"]
    largest = words.joined([f"{name} ({counted[name]})" for name in list(counted)[:_NAMED]])
    return [f"Check the counts above, first those of the largest lines: {largest}. Are they yours?"]


def _dated(line: StatementLine) -> str:
    saving = line.saving
    step = f", {saving.step} at a time" if saving.step else ""
    if saving.start is None:
        return f"{line.name}{step}"
    link = "until" if saving.kind is SavingKind.FIXED else "from"
    return f"{line.name}{step}{',' if step else ''} {link} {locale.month(saving.start)}"


def apart(view: StatementView) -> tuple[str, ...]:
    """Say what the reader bought outside of the bill, by the name that the model gives it."""
    if not view.apart:
        return ()
    found = []
    for entry in view.apart:
        amount = locale.shown(entry.amount, view.currency)
        counted = f", from {count(entry.ledger_lines, 'ledger line')}" if entry.ledger_lines else ""
        found.append(f"You also bought technology yourselves: {amount}{counted} ({entry.name}).")
    together = locale.shown(view.together, view.currency)
    found.append(f"It is not part of this bill. Together, your technology cost {together}.")
    return tuple(found)


def proof(view: StatementView) -> str:
    """Say what this statement is made of, and that nothing was lost."""
    made = count(view.line_count, "line")
    came = count(view.ledger_lines, "ledger line")
    return f"This statement: {made}, from {came}. {balance(view)}"


def balance(view: StatementView | IndexView | SummaryView) -> str:
    """Say that the two sides of the period's proof are equal."""
    found = view.proof
    total = locale.shown(found.total, view.currency)
    lead = f"For {locale.month(view.period)}, the ledger"
    went, so = "all statements", "so do"
    if not found.at_cost:
        went, so = "all that is charged, shown or funded, less recovery,", "so does"
        if not (found.shown or found.central):
            went, so = "all statements, less recovery,", "so do"
    if not found.moved:
        return f"{lead} and {went} with the named remainders are both {total}, to the last digit."
    rest = found.total - found.ledger_total - found.released + found.deferred
    unit = view.period.calendar.unit
    moves = [
        (found.released, f"plus {{}} that was posted in other {unit}s"),
        (rest, "plus {} from other currencies"),
        (found.deferred, f"less {{}} that counts in later {unit}s"),
    ]
    said = ", ".join(
        text.format(locale.shown(amount, view.currency)) for amount, text in moves if amount
    )
    ledger = locale.shown(found.ledger_total, view.currency)
    made = (
        f"{lead} ({ledger}), {said}, comes to {total}; {so} {went} with the named remainders,"
        " to the last digit."
    )
    return f"{made} {found.rates}" if found.rates else made


def ignored(view: StatementView | IndexView | SummaryView) -> str:
    """Say what the model leaves out, on both sides; nothing where it leaves nothing out."""
    named = [
        f"{locale.shown(entry.amount, view.currency)} ({entry.name})"
        for entry in view.proof.ignored
    ]
    return f"Left out of both: {words.joined(named)}." if named else ""


def held(view: StatementView | IndexView | SummaryView) -> str:
    """Say that lines are held back, if any are: the proof is of what could be read."""
    found = view.proof.held
    if not found.lines:
        return ""
    many = found.lines > 1
    sums = words.joined([locale.shown(each.amount, each.name) for each in found.amounts])
    text = f"{count(found.lines, 'ledger line')} could not be read and {'are' if many else 'is'}"
    text += f" held back, on no statement of any {view.period.calendar.unit}"
    text += f": {sums}" if sums else ""
    if not found.unreadable:
        return f"{text}."
    if found.unreadable == found.lines:
        return f"{text}; what {'they come' if many else 'it comes'} to is not known."
    has = "has" if found.unreadable == 1 else "have"
    return f"{text}; {locale.number(Decimal(found.unreadable))} of them {has} no amount."


def late(view: StatementView | IndexView | SummaryView) -> str:
    """Say what of the period's ledger is for periods that were closed before it came."""
    named = [
        f"{locale.shown(each.amount, view.currency)} for {each.name}" for each in view.proof.late
    ]
    if not named:
        return ""
    unit = view.period.calendar.unit
    return f"Of the ledger came too late for the {unit} that it is for: {words.joined(named)}."


def as_at(view: StatementView | IndexView | SummaryView) -> str:
    """Say up to which day the sources were read, by the hash of what was read."""
    read = [
        f"{each.source} {each.day}, hash {each.load[:_HASH]}"
        for each in view.proof.as_at
        if each.day and each.load
    ]
    if not read:
        return ""
    closed = (
        f" The {view.period.calendar.unit} stands since {view.proof.closed}."
        if view.proof.closed
        else ""
    )
    return f"Ledger as at: {'; '.join(read)}.{closed}"


def after_proof(view: StatementView | IndexView | SummaryView) -> tuple[str, ...]:
    """Give what stands below the proof: what is left out, held, late, what was read and posted."""
    said = (ignored(view), held(view), late(view), as_at(view), posted(view))
    return tuple(filter(None, said))


def posted(view: StatementView | IndexView | SummaryView) -> str:
    """Say where a bill was posted; nothing before it was, and nothing of others."""
    found = getattr(view, "posted", ())
    if not found:
        return ""
    seats = [
        f"{each.entity and f'company {each.entity}, '}cost centre {each.cost_centre},"
        f" account {each.account}: {locale.shown(each.amount, view.currency)}"
        for each in found
    ]
    return f"Posted {found[0].day} in journal {found[0].journal}: {'; '.join(seats)}."


def before(period: Period) -> str:
    """Say which period the one before is: `the month before`."""
    return f"the {period.calendar.unit} before"


def basis(sources: tuple[Basis, ...], unit: str = "month") -> tuple[str, ...]:
    """Say when a cost counts, one sentence for all sources that agree on it."""
    grouped: dict[str, list[Basis]] = {}
    for source in sources:
        said = _BASES.get(source.basis, f"Basis: {source.basis}" if source.basis else "")
        said = said.replace("{unit}", unit)
        if said or source.note:
            grouped.setdefault(said, []).append(source)
    found = []
    for said, agreed in grouped.items():
        notes = [f"{each.source}: {each.note}" if each.note else each.source for each in agreed]
        if len(sources) == 1:
            notes = [agreed[0].note] if agreed[0].note else []
        text = "; ".join(notes)
        found.append(f"{said} ({text})." if said and text else f"{said or text}.")
    return tuple(found)


def count(number: int, what: str) -> str:
    """Give so many of something: `1 line`, `1,317 ledger lines`."""
    return f"{locale.number(Decimal(number))} {what if number == 1 else f'{what}s'}"
