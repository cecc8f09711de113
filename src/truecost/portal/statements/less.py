"""What if we used less: two answers at once, and the three acts that would lower the bill most."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.views.decorators.http import require_safe

from truecost.kernel.findings import TruecostError
from truecost.portal.statements.parts import asked, drawn, untold
from truecost.statements import locale, words
from truecost.statements.savings import ends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse, QueryDict

    from truecost.kernel.periods import Period
    from truecost.portal.statements.parts import Asked
    from truecost.scenarios.less import Less, LessUse, Lever

ACTS = 3
_SLIDERS = 8
MOST = 2  # a slider goes to so many times what is used now
_STEP = 4


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider: its name in the form, what it moves, from 0 to `most` in steps."""

    name: str
    label: str
    now: str
    value: str
    unit: str
    most: str
    step: str
    was: str


@require_safe
def acts(request: HttpRequest, number: str) -> HttpResponse:
    """Show the acts that would lower the next bill most."""
    try:
        with asked(request, number) as found:
            view = found.view
            month = found.run.less(view.period, view.currency)
            places = {each.driver: at for at, each in enumerate(levers_of(found, month))}
            shown = [
                {
                    "what": _act(lever, left, _names(found, lever)),
                    "query": f"q{places[lever.driver]}={left.normalize():f}",
                    **_answer(answer, found),
                }
                for lever, left, answer in proposals(found, month)
                if lever.driver in places
            ][:ACTS]
            return drawn(request, "acts", found, number, {"acts": shown})
    except TruecostError as error:
        return untold(request, number, error)


@require_safe
def what_if(request: HttpRequest, number: str) -> HttpResponse:
    """Show the sliders, and what it comes to where they stand."""
    try:
        with asked(request, number) as found:
            view = found.view
            month = found.run.less(view.period, view.currency)
            levers = levers_of(found, month)
            wanted = {
                lever.driver: value
                for at, lever in enumerate(levers)
                if (value := _value(request.GET, at, lever)) != lever.quantity
            }
            named = [at for at in range(len(levers)) if f"q{at}" in request.GET]
            shown = list(dict.fromkeys([*range(min(_SLIDERS, len(levers))), *named]))
            if "every" in request.GET:
                shown = list(range(len(levers)))
            content: dict[str, Any] = {
                "sliders": [
                    _slider(at, levers[at], wanted, _names(found, levers[at])) for at in shown
                ],
                "more": len(levers) - len(shown),
                "every": "every" in request.GET,
                "answer": _answer(month.ask(view.consumer, wanted), found) if wanted else None,
            }
            part = request.headers.get("HX-Target") == "answer"
            return drawn(request, "answer" if part else "less", found, number, content)
    except TruecostError as error:
        return untold(request, number, error)


def proposals(found: Asked, month: LessUse) -> Sequence[tuple[Lever, Decimal, Less]]:
    """Give what would lower the next bill, the most first: what to use, how much of it is left."""
    view = found.view
    return found.run.book.once(
        ("acts", view.consumer, view.period, view.currency),
        lambda: month.proposals(view.consumer, len(view.lines)),
    )


def levers_of(found: Asked, month: LessUse) -> list[Lever]:
    """Give what can be moved, in the order of the lines: the dearest first."""
    order = {line.object: at for at, line in enumerate(found.view.lines) if not line.ended}
    mine = [
        (min(places), lever)
        for lever in month.levers(found.view.consumer)
        if (places := [order[each] for each in lever.services if each in order])
    ]
    return [lever for _, lever in sorted(mine, key=lambda each: (each[0], each[1].driver))]


def _names(found: Asked, lever: Lever) -> str:
    names = {line.object: line.name for line in found.view.lines}
    return words.joined([names[each] for each in lever.services if each in names])


def _value(said: QueryDict, at: int, lever: Lever) -> Decimal:
    """Read a slider; what is no quantity, or out of its range, leaves it where it is."""
    try:
        value = Decimal(said.get(f"q{at}", ""))
    except InvalidOperation:
        return lever.quantity
    if not value.is_finite() or len(value.as_tuple().digits) > len(str(lever.quantity)) + _STEP:
        return lever.quantity
    return value if 0 <= value <= lever.quantity * MOST else lever.quantity


def _slider(at: int, lever: Lever, wanted: Mapping[str, Decimal], name: str) -> Slider:
    whole = lever.quantity == lever.quantity.to_integral_value()
    value = wanted.get(lever.driver, lever.quantity)
    return Slider(
        name=f"q{at}",
        label=name,
        now=words.counted(lever.quantity, lever.unit),
        value=f"{value.normalize():f}",
        unit=words.plural(lever.unit, Decimal(2)),
        most=f"{(lever.quantity * MOST).normalize():f}",
        step="1" if whole else "any",
        was=f"{lever.quantity.normalize():f}",
    )


def _act(lever: Lever, left: Decimal, name: str) -> str:
    back = lever.quantity - left
    of = words.counted(lever.quantity, lever.unit)
    return f"Give back {words.number(back)} of your {of} of {name}"


def _answer(answer: Less, found: Asked) -> dict[str, Any]:
    """Tell both answers, each with the month from which it holds, and by service."""
    view = found.view
    names = {line.object: line.name for line in view.lines}
    touched = {f"service {each.service.id}" for each in answer.savings}
    lines = [
        (names.get(key, "other lines"), locale.shown(amount, view.currency, sign=True))
        for key, amount in sorted(answer.bill.items(), key=lambda each: each[1])
        if key in touched
    ]
    others = sum(amount for key, amount in answer.bill.items() if key not in touched)
    if others:
        lines.append(
            ("Rounding, and lines that follow", locale.shown(others, view.currency, sign=True))
        )
    return {
        "bill": locale.shown(abs(answer.bill_change), view.currency),
        "bill_word": "falls" if answer.bill_change < 0 else "rises",
        "bill_same": not answer.bill_change,
        "begins": locale.month(view.period + 1),
        "after": locale.shown(view.total + answer.bill_change, view.currency),
        "saved": locale.shown(abs(answer.saved), view.currency),
        "saves": answer.saved > 0,
        "costs": answer.saved < 0,
        "lines": lines,
        "savings": [
            {
                "name": str(each.service.name),
                "amount": locale.shown(each.amount, view.currency),
                "start": locale.month(each.start) if each.start and each.amount else "",
                "why": _why(each, view.period),
            }
            for each in answer.savings
        ],
    }


def _why(saving: Any, period: Period) -> str:
    behaviour = saving.service.behaviour
    kind = behaviour.kind.value
    notice = (
        f", after {words.counted(Decimal(behaviour.notice_months), 'month')} of notice"
        if behaviour.notice_months and saving.after < saving.before
        else ""
    )
    if kind == "fixed":
        end = ends(period, behaviour.notice_months)
        until = f" before {locale.month(end)}" if end else ""
        return f"its cost is fixed{until}: what you give back, others pay"
    if kind == "step":
        size = words.counted(Decimal(behaviour.step_size or 1), saving.unit)
        return f"its cost falls only in whole steps of {size}{notice}"
    return f"its cost follows its use{notice}"
