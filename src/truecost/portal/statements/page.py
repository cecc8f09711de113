"""What the page of a statement says, of the view that was issued: text and figures as shown.

Nothing here looks at a run: this part is the document, in the portal's frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from truecost.statements import charts, coming, drawings, locale, sentences, waterfall, words
from truecost.statements.explain_bridge import PART_WORDS

if TYPE_CHECKING:
    from markupsafe import Markup

    from truecost.statements.lines import StatementLine
    from truecost.statements.views import StatementView

DIRECTLY = "directly"
#: So many lines are read at once; a few more are not worth a door.
_DEAREST, _FEW = 10, 2


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the bridge: what it is, its bar, its amount."""

    name: str
    text: str
    bar: Markup
    amount: str
    total: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the page shows it; `key` names it in addresses."""

    at: int
    key: str
    name: str
    small: str
    tag: str
    use: str
    each: str
    amount: str
    change: str
    saving: str
    open: bool


def key_of(line: StatementLine) -> str:
    """Give what a line is called in addresses."""
    return line.object or DIRECTLY


def issued(view: StatementView) -> dict[str, Any]:
    """Give all that the page of an issued statement says of itself."""
    with locale.speaking(view.locale):
        history = charts.history(view)
        blocks = charts.classes(view)
        end = coming.year_end(view)
        return {
            "month": locale.month(view.period),
            "dated": locale.dated(view.period),
            "status": sentences.status(view),
            "total": locale.shown(view.total, view.currency),
            "headline": sentences.headline(view),
            "history": history,
            "months": _months(view) if history else (),
            "chart": drawings.months(history) if history else None,
            "patterns": drawings.PATTERNS,
            "why": sentences.why(view) if view.previous else "",
            "since": locale.month(view.previous.period) if view.previous else "",
            "reasons_note": view.reasons_note,
            **_bridge(view),
            "lead": sentences.lines(view),
            **_lines(view),
            "line_change": _signed(view.previous.change, view) if view.previous else "",
            "classes_title": sentences.classes(view) if view.lines else "",
            "classes_bar": _classes(view) if blocks else None,
            "classes": [
                {
                    "name": part.name,
                    "title": words.capital(part.name),
                    "percent": part.percent,
                    "amount": locale.shown(part.amount, view.currency),
                    "words": sentences.CLASS_WORDS[part.name],
                }
                for part in view.classes
            ],
            "unbilled": sentences.unbilled(view) if view.unbilled else (),
            "apart": sentences.apart(view) if view.apart else (),
            "advice": sentences.advice(view),
            "once": coming.once(view),
            "year_end": _year_end(view) if end else "",
            "proof": sentences.proof(view),
        }


def _months(view: StatementView) -> list[dict[str, str]]:
    return [
        {
            "index": str(period),
            "month": locale.month(period),
            "amount": locale.shown(total, view.currency),
        }
        for period, total in reversed(view.history)
    ]


def _signed(amount: int | None, view: StatementView) -> str:
    return "" if amount is None else locale.shown(amount, view.currency, sign=True)


def _bridge(view: StatementView) -> dict[str, Any]:
    """Lay the change out, where its parts are those of the bridge or of lines alike."""
    if view.previous is None or not view.reasons:
        return {"bridge": (), "bridge_begins": ""}
    amounts = [reason.amount for reason in view.reasons]
    bars, begins = waterfall.bars(view.previous.total, amounts)
    steps = [_total(view.previous.period, view.previous.total, bars[0], view)]
    for reason, bar in zip(view.reasons, bars[1:-1], strict=True):
        name = words.capital(PART_WORDS.get(reason.part, ""))
        told = reason.text.removeprefix(f"{PART_WORDS.get(reason.part, '')}: ")
        amount = _signed(reason.amount, view)
        steps.append(Step(name, told, waterfall.drawn(bar), amount))
    steps.append(_total(view.period, view.total, bars[-1], view))
    shown = locale.shown(begins, view.currency) if begins else ""
    return {"bridge": steps, "bridge_begins": shown}


def _total(period: Any, amount: int, bar: waterfall.Bar, view: StatementView) -> Step:
    shown = locale.shown(amount, view.currency)
    return Step(locale.month(period), "", waterfall.drawn(bar), shown, total=True)


def _lines(view: StatementView) -> dict[str, Any]:
    """Lay the lines out: the dearest, and those that are looked at when somebody wants to."""
    found = [_line(at, line, view.currency) for at, line in enumerate(view.lines, start=1)]
    cut = _DEAREST if len(found) > _DEAREST + _FEW else len(found)
    rest = view.lines[cut:]
    return {
        "lines": found[:cut],
        "smaller": found[cut:],
        "smaller_sum": locale.shown(sum(line.amount for line in rest), view.currency),
        "smaller_change": _signed(sum(line.change or 0 for line in rest), view),
    }


def _line(at: int, line: StatementLine, currency: str) -> Line:
    return Line(
        at=at,
        key=key_of(line),
        name=line.name,
        small=sentences.small(line, currency),
        tag="credit" if line.amount < 0 else "ended" if line.ended else "",
        use=sentences.use(line, currency),
        each="" if line.each is None else words.unit_cost(line.each, currency),
        amount=locale.shown(line.amount, currency),
        change="" if line.change is None else locale.shown(line.change, currency, sign=True),
        saving=line.saving.text,
        open=not line.ended,
    )


def _classes(view: StatementView) -> Markup:
    label = ", ".join(f"{words.capital(part.name)} {part.percent} percent" for part in view.classes)
    return drawings.whole(((each.name, each.x, each.width) for each in charts.classes(view)), label)


def _year_end(view: StatementView) -> str:
    end = coming.year_end(view)
    if end is None:
        return ""
    least, most = (locale.shown(each, view.currency) for each in (end.least, end.most))
    if not end.left:
        return f"Fiscal year {end.label} ends with this statement, at {most}."
    unit = words.plural(view.period.calendar.unit, Decimal(end.left))
    return (
        f"Fiscal year {end.label} ends between {least} and {most}, if each of the {end.left} {unit}"
        f" left costs between the least and the most of the last {end.months}."
    )
