"""What cloud bills say of commitments, credits and tokens: as text, and as plain values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from truecost.kernel import money
from truecost.model.money_types import Savings
from truecost.statements import figures
from truecost.statements.commitments import STEPS
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.statements.commitments import BillView, Saver, Tokens

SCHEMA = "truecost.commitments/1"
_WIDTH, _SHORTEST = 80, 12
_PLACES = 6


def commitments_text(views: Sequence[BillView]) -> str:
    """Write what bills say for reading in a terminal."""
    return "\n\n\n".join("\n".join(_view(view)).rstrip() for view in views)


def _view(view: BillView) -> list[str]:
    currency = view.currency

    def shown(amount: int) -> str:
        return money.shown(amount, currency, symbol=False)

    lines = [f"{visible(view.source)}: billed against amortised, by billing month, {currency}", ""]
    taken = [at for at in range(len(STEPS)) if any(each.steps[at] for each in view.months)]
    rows = [
        [
            each.month,
            *map(shown, (each.billed, *(each.steps[at] for at in taken), each.amortised)),
        ]
        for each in view.months
    ]
    steps = [sum(each.steps[at] for each in view.months) for at in taken]
    billed = sum(each.billed for each in view.months)
    amortised = sum(each.amortised for each in view.months)
    rows.append(["together", *map(shown, (billed, *steps, amortised))])
    lines += _table(["", "billed", *(f"+ {STEPS[at]}" for at in taken), "= amortised"], rows)
    if view.commitments:
        lines += ["", "Commitments", ""]
        rows = [
            [
                visible(each.name) or each.id,
                *map(shown, (each.bought, each.used, each.unused)),
                _percent(each.used, each.used + each.unused),
                *map(shown, (each.without, each.saved, each.saved - each.unused)),
            ]
            for each in view.commitments
        ]
        head = ["bought", "used", "unused", "in use", "without it", "saved", "less unused"]
        lines += _table(["", *head], rows)
        for what, savers in (
            ("where the use entered the model", view.savers),
            ("who had the use in the end", view.consumers),
        ):
            if what.startswith("who") and view.consumers == view.savers:
                continue
            lines += ["", f"Savings by {what}", ""]
            rows = [
                [each.name, *map(shown, (each.used, each.without, each.saved))] for each in savers
            ]
            lines += _table(["", "costs", "without commitments", "saved"], rows)
        lines += ["", _whose(view)]
    if view.returned:
        lines += ["", "Credits, adjustments and corrections, where they entered", ""]
        rows = [
            [f"{each.kind}, {each.name}", f"{each.lines:,}", shown(each.counted)]
            for each in view.returned
        ]
        lines += _table(["", "charges", "counted"], rows)
    for each in view.tokens:
        lines += ["", *_of_tokens(each, currency)]
    return lines


def _whose(view: BillView) -> str:
    how = {
        Savings.USED: "Savings stay with who used the commitment.",
        Savings.SHARED: "Savings are shared by all use of the same service.",
        Savings.KEPT: f"Savings are kept by {view.owner}; use is charged as without commitments.",
    }[view.savings]
    said = f"{how} What it would cost without them is {view.compared_with}."
    if view.unpriced:
        said += f" Of {view.unpriced:,} charges the bill does not say it: nothing is saved there."
    return said


def _of_tokens(each: Tokens, currency: str) -> list[str]:
    lines = [f"{visible(each.unit)}, a virtual currency"]
    if each.bought:
        paid = money.shown(each.paid, currency)
        lines.append(
            f"  bought {_number(each.bought)} for {paid}{_at(each.paid, each.bought, currency)}"
        )
    cost = money.shown(each.cost, currency)
    lines.append(
        f"  used {_number(each.used)}, which cost {cost}{_at(each.cost, each.used, currency)}"
    )
    if each.bought:
        lines.append(f"  bought less used in these months: {_number(each.bought - each.used)}")
    return lines


def _at(minor: int, tokens: Fraction, currency: str) -> str:
    if not tokens:
        return ""
    price = Fraction(minor, 10 ** money.digits(currency)) / tokens
    return f", {_number(price)} {currency} each"


def _number(value: Fraction) -> str:
    text = f"{figures.rounded(value, _PLACES):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(part: int, whole: int) -> str:
    return f"{figures.share_percent(Fraction(part, whole), 1):f} %" if whole else ""


def _table(head: list[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay a table out: the first column to the left, cut to fit, the others to the right."""
    figures_take = sum(max(len(row[at]) for row in (head, *rows)) + 2 for at in range(1, len(head)))
    room = max(_SHORTEST, _WIDTH - figures_take)
    table = [head, *([row[0][:room], *row[1:]] for row in rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    return [
        (
            f"{row[0]:<{widths[0]}}"
            + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        ).rstrip()
        for row in table
    ]


def commitments_document(views: Sequence[BillView]) -> dict[str, Any]:
    """Give what bills say as plain values: amounts as text in major units."""
    return {"schema": SCHEMA, "bills": [_document(view) for view in views]}


def _document(view: BillView) -> dict[str, Any]:
    def plain(amount: int) -> str:
        return money.plain(amount, view.currency)

    return {
        "source": visible(view.source),
        "currency": view.currency,
        "months": [
            {
                "month": each.month,
                "billed": plain(each.billed),
                **{
                    step.replace(" ", "_"): plain(amount)
                    for step, amount in zip(STEPS, each.steps, strict=True)
                },
                "amortised": plain(each.amortised),
            }
            for each in view.months
        ],
        "commitments": [
            {
                "id": visible(each.id),
                "name": visible(each.name),
                "bought": plain(each.bought),
                "used": plain(each.used),
                "unused": plain(each.unused),
                "without_it": plain(each.without),
                "saved": plain(each.saved),
            }
            for each in view.commitments
        ],
        "savings": {
            "whose": str(view.savings),
            "owner": view.owner or None,
            "compared_with": view.compared_with,
            "charges_without_a_price": view.unpriced,
            "by_entry": _savers(view.savers, view.currency),
            "by_consumer": _savers(view.consumers, view.currency),
        },
        "returned": [
            {
                "kind": each.kind,
                "object": each.object,
                "name": each.name,
                "charges": each.lines,
                "counted": plain(each.counted),
            }
            for each in view.returned
        ],
        "tokens": [
            {
                "unit": visible(each.unit),
                "bought": str(each.bought),
                "paid": plain(each.paid),
                "used": str(each.used),
                "cost": plain(each.cost),
            }
            for each in view.tokens
        ],
    }


def _savers(savers: Sequence[Saver], currency: str) -> list[dict[str, str]]:
    return [
        {
            "object": each.object,
            "name": each.name,
            "costs": money.plain(each.used, currency),
            "without_commitments": money.plain(each.without, currency),
            "saved": money.plain(each.saved, currency),
        }
        for each in savers
    ]
