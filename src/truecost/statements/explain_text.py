"""Explanations for a terminal: plain text, at most 80 columns, figures aligned on the point."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel import money
from truecost.statements import words
from truecost.statements.explain_chain import percent_text
from truecost.statements.figures import rounded
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from truecost.statements.explain import Explanation, LineBehind
    from truecost.statements.explain_chain import Passed, Step
    from truecost.statements.explain_line import LineExplanation

WIDTH = 80
_INDENT = "  "
_STEPS = 12
#: What tells a reader most about a ledger line stands first.
_RATE = 10
_FIRST = ("vendor", "description", "account", "cost_centre")


def explanation_text(found: Explanation) -> str:
    """Write an explanation as text that ends in a line break."""
    currency = found.currency
    out = [*wrapped(found.subject.upper(), "", "")]
    of = f" · {found.cls} only" if found.cls else ""
    out += wrapped(f"{_when(found)}{of} · {found.organisation} · run {found.run_id}", "", "")
    lead = " is the true cost" if found.charged else ""
    out += ["", f"{_INDENT}{money.shown(found.amount, currency)}{lead}"]
    if found.charged:
        out += ["", "What is charged", *(line for text in found.charged for line in wrapped(text))]
    if found.steps:
        out += ["", "How it came about"]
        for step in found.steps:
            out += wrapped(_step(step, found), _INDENT, _INDENT * 2)
        if found.more_steps:
            out += wrapped(f"and {found.more_steps} more cost objects: --all lists them.")
        out += [line for text in _loops(found.steps) for line in wrapped(text)]
    out += ["", *_entries(found)]
    if found.lines is not None:
        out += ["", *_lines(found)]
    out += [line for note in found.notes for line in ("", *wrapped(note))]
    return "\n".join(line.rstrip() for line in out) + "\n"


def line_text(found: LineExplanation, top: int | None = _STEPS) -> str:
    """Write what became of a ledger line as text that ends in a line break.

    `top` limits how many lines of statements are listed.
    """
    currency = found.shown_in
    out = [*wrapped(f"{found.file}:{found.line}", "", "")]
    out += wrapped(f"{found.period.dated} · {found.organisation} · run {found.run_id}", "", "")
    out += ["", f"{_INDENT}{decimal_text(found.amount, found.currency)} on {found.day}"]
    if found.rate is not None:
        at = f"at {rate_text(found.rate)} {currency} for one {found.currency}"
        out += wrapped(f"on statements {decimal_text(found.presented, currency)}, {at}")
    out += [line for name, text in found.texts for line in wrapped(f"{name}: {text}")]
    out += wrapped(f"identity: {found.identity} of {found.source}")
    out += ["", "What became of it", *wrapped(_became(found))]
    for told in found.rules:
        says = f", {told.says}" if told.says else ""
        out += wrapped(f"{told.place}: {told.name}{says}", _INDENT, _INDENT * 2)
    if found.months:
        out += ["", "When it counts"]
        months = [(decimal_text(part, currency), month.words) for month, part in found.months]
        if found.elsewhere:
            months.append((decimal_text(found.elsewhere, currency), "in no month of this run"))
        out += figures_text([((figure,), text) for figure, text in months])
    if found.landings:
        out += ["", "Which statements carry it"]
        rows = [
            (
                decimal_text(landing.portion, currency),
                f"{landing.name or landing.consumer}: {landing.service_name}"
                f" ({percent_text(landing.part)})"
                if landing.consumer
                else f"not charged: {landing.name} ({percent_text(landing.part)})",
            )
            for landing in found.landings[:top]
        ]
        if more := found.landings[len(rows) :]:
            portion = sum((landing.portion for landing in more), Decimal(0))
            rows.append((decimal_text(portion, currency), f"{len(more)} more: --all lists them"))
        if found.elsewhere:
            rows.append(
                (
                    decimal_text(found.elsewhere, currency),
                    f"not in the {found.period.calendar.unit}s of this run",
                )
            )
        rows.append((decimal_text(found.rounding, currency), "rounding of these parts"))
        rows.append((decimal_text(found.presented, currency), "together, the ledger line"))
        out += figures_text([((figure,), text) for figure, text in rows])
    return "\n".join(line.rstrip() for line in out) + "\n"


def decimal_text(value: Decimal, currency: str, places: int = 0) -> str:
    """Give major units with all their digits as people read them: `−£715.6800`.

    `places` is how many digits stand after the point at least.
    """
    lead = money.shown(0, currency).rstrip("0.,")
    places = max(places, money.digits(currency), _places(value))
    return f"{'−' if value < 0 else ''}{lead}{abs(value):,.{places}f}"


def _places(value: Decimal) -> int:
    return -int(value.as_tuple().exponent)


def figures_text(rows: Sequence[tuple[Sequence[str], str]]) -> list[str]:
    """Set columns of figures flush right, each row with its text, wrapped beside it."""
    count = max(len(figures) for figures, _ in rows)
    widths = [max(len(figures[i]) for figures, _ in rows) for i in range(count)]
    out = []
    for figures, text in rows:
        columns = (f"{f:>{w}}" for f, w in zip(figures, widths, strict=True))
        lead = f"{_INDENT}{_INDENT.join(columns)}{_INDENT}"
        for paragraph in text.split("\n"):
            out += wrapped(paragraph, lead, " " * len(lead)) or [lead]
            lead = " " * len(lead)
    return out


def wrapped(text: str, lead: str = _INDENT, rest: str = _INDENT) -> list[str]:
    """Wrap text to the width, made visible."""
    if text.isprintable() and text == text.strip(" ") != "" and len(lead) + len(text) <= WIDTH:
        return [lead + text]  # most texts: what wrapping comes to, in a tenth of the time
    return textwrap.wrap(visible(text), WIDTH, initial_indent=lead, subsequent_indent=rest)


def _when(found: Explanation) -> str:
    first, last = found.periods[0], found.periods[-1]
    return first.dated if first == last else f"{first.words} to {last.words}"


def _step(step: Step, found: Explanation) -> str:
    cost = money.shown(step.cost, found.currency)
    of = f" ({found.cls})" if found.cls else ""
    passed = "; ".join(_passed(each, found.who) for each in step.passed)
    where = next((each.rule for each in step.passed if each.rule), "")
    place = f" [{where}]" if where else ""
    return f"{step.name} cost {cost}{of}; {passed}.{place}"


def _passed(each: Passed, who: str) -> str:
    if not each.target:
        return f"{who} had {each.words}"
    return f"{each.name} took {each.words}"


def _loops(steps: Iterable[Step]) -> list[str]:
    """Say who use each other, each group once."""
    groups = {tuple(sorted((step.name, *step.loop))): None for step in steps if step.loop}
    return [f"{words.joined(list(group))} use each other: solved together." for group in groups]


def _entries(found: Explanation) -> list[str]:
    rows: list[tuple[Sequence[str], str]] = [(("in the ledger", "in this figure"), "")]
    rows += [
        (
            (
                money.shown(entry.amount, found.currency),
                decimal_text(entry.portion, found.currency),
            ),
            f"{entry.name}{f': {entry.pool}' if entry.pool else ''}, {counted(entry.lines)}",
        )
        for entry in found.entries
    ]
    rows += [
        (("", decimal_text(found.entries_rounding, found.currency)), "rounding"),
        (("", money.shown(found.amount, found.currency)), "together"),
    ]
    return ["Where its cost entered", *figures_text(rows)]


def _lines(found: Explanation) -> list[str]:
    lines = found.lines or ()
    rows: list[tuple[Sequence[str], str]] = [(("date", "ledger line", "in this figure"), "")]
    own = [line.amount for line in lines if line.currency == found.currency]
    amounts = own + ([found.rest.amount] if found.rest else [])
    places = max(map(_places, amounts), default=0)  # the points stand under each other
    rows += [
        (
            (
                line.day,
                decimal_text(line.amount, line.currency, 0 if line.rate else places),
                decimal_text(line.portion, found.currency),
            ),
            f"{described(line)}\n{line.file}:{line.line}{_at(line, found.currency)}",
        )
        for line in lines
    ]
    if found.rest:
        rest = found.rest
        rows.append(
            (
                (
                    "",
                    decimal_text(rest.amount, found.currency, places),
                    decimal_text(rest.portion, found.currency),
                ),
                f"{counted(rest.lines)} more: --all lists them",
            )
        )
    rows += [
        (("", "", decimal_text(each.portion, found.currency)), each.name) for each in found.moved
    ]
    rows += [
        (("", "", decimal_text(found.rounding, found.currency)), "rounding"),
        (("", "", money.shown(found.amount, found.currency)), "together"),
    ]
    return ["The ledger lines behind it", *figures_text(rows)]


def _at(line: LineBehind, currency: str) -> str:
    """Say at which rate an amount in another currency is in the figure."""
    if line.rate is None:
        return ""
    return f", at {rate_text(line.rate)} {currency} for one {line.currency}"


def rate_text(rate: Fraction) -> str:
    """Give an exchange rate as people read it, with at most ten digits after the point."""
    return f"{rounded(rate, _RATE).normalize():f}"


def described(line: LineBehind) -> str:
    """Say what a ledger line is, from the columns that its source has."""
    texts = dict(line.texts)
    chosen = [texts[name] for name in _FIRST if name in texts]
    return " · ".join(chosen) or " · ".join(texts.values())


def counted(lines: int) -> str:
    """Give `1 ledger line`, `1,204 ledger lines`."""
    return f"{lines:,} ledger line{'' if lines == 1 else 's'}"


def _became(found: LineExplanation) -> str:
    if found.outcome == "allocated":
        return f"It entered the model at {found.object}, for {found.cls}."
    told = {
        "ignored": f"It is left out of all statements, on purpose: {found.label}.",
        "kept apart": f"It is not charged: it stands apart as {found.label}",
        "not in this run": "Its period is not among those that this run computed.",
    }
    text = told.get(found.outcome, f"It is not charged: {found.outcome}")
    if found.outcome in {"ignored", "not in this run"}:
        return text
    beside = f", beside the bill of {found.own_consumer}" if found.own_consumer else ""
    return f"{text}{beside}."
