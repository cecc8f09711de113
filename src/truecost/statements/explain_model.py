"""What changed in the model between two periods, and what that did to bills.

Schema `truecost.model-changes/1`; money as in a statement's JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.engine.bridge import PARTS, Bridges
from truecost.kernel import money
from truecost.statements.explain_json import amount, written
from truecost.statements.explain_text import figures_text, wrapped
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from truecost.engine.model_changes import ModelChange
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store


@dataclass(frozen=True, slots=True)
class ModelView:
    """What changed in the model, and what that did to each consumer, in minor units."""

    organisation: str
    run_id: str
    period: Period
    against: Period
    currency: str
    changes: tuple[ModelChange, ...]
    effects: tuple[tuple[str, str, int], ...]
    applied: bool
    reason: str


def model_view(
    store: Store,
    run: Run,
    book: Book,
    period: Period,
    against: Period,
    *,
    currency: str | None = None,
    earlier: Run | None = None,
) -> ModelView:
    """Tell what changed in the model and what it did to each consumer's bill.

    The effect is the bridge's first part: the earlier period's data by the later period's model,
    less what was billed then.
    """
    before = type(book).of(earlier) if earlier else book
    book.check_period(period)
    before.check_period(against)
    currency = currency or book.currency
    bridges = Bridges(store, run, period, against, currency, earlier)
    effects = []
    named: dict[str, str] = {
        node.id: node.name
        for each, month in ((before, against), (book, period))
        for node in each.tree(month)
        if node.leaf
    }
    for leaf, name in named.items():
        effect = bridges.of(leaf, [leaf], [leaf]).parts[PARTS.index("model")]
        if effect:
            effects.append((leaf, name, effect))
    effects.sort(key=lambda each: (-abs(each[2]), each[0]))
    return ModelView(
        book.said("organisation"), run.id, period, against, currency,
        bridges.changes, tuple(effects), not bridges.reason,
        bridges.reason,
    )  # fmt: skip


#: What is said of it on a statement.
UNTOLD = "What the model changed can't be told apart and is inside these parts."


def not_applied(period: Period, against: Period, reason: str) -> str:
    """Say why the model's effect is not told apart."""
    return (
        f"The model of {period.words} could not be laid over the data of {against.words}"
        f" ({visible(reason)}): what it changed is inside the other parts."
    )


def changes_text(changes: tuple[ModelChange, ...]) -> list[str]:
    """Give each change of the model in a wrapped line."""
    out = []
    for change in changes:
        fields = f" ({', '.join(change.fields)})" if change.fields else ""
        reason = f": {change.reason}" if change.reason else ""
        text = f"{change.what} in {change.kind}: {change.name}{fields}{reason} [{change.place}]"
        out += wrapped(text, "  ", "    ")
    return out


def model_text(view: ModelView) -> str:
    """Write the model's changes and effects as text that ends in a line break."""
    months = f"from {view.against.words} to {view.period.words}"
    out = wrapped("WHAT CHANGED IN THE MODEL", "", "")
    out += wrapped(f"{months} · {view.organisation} · run {view.run_id}", "", "")
    out += ["", *(changes_text(view.changes) or ["  Nothing."])]
    if not view.applied:
        out += ["", *wrapped(not_applied(view.period, view.against, view.reason))]
    elif view.effects:
        out += ["", *wrapped(f"What that did to bills, on the data of {view.against.words}")]
        rows = [
            ((money.shown(effect, view.currency, sign=True),), name)
            for _, name, effect in view.effects
        ]
        total = sum(effect for _, _, effect in view.effects)
        rows.append(((money.shown(total, view.currency, sign=True),), "together"))
        out += figures_text(rows)
    elif view.changes:
        out += ["", *wrapped("It moved nobody's bill.")]
    return "\n".join(line.rstrip() for line in out) + "\n"


def model_json(view: ModelView) -> str:
    """Write the model's changes and effects as indented JSON that ends in a line break."""
    return written(
        {
            "schema": "truecost.model-changes/1",
            "organisation": view.organisation,
            "run": view.run_id,
            "period": str(view.period),
            "against": str(view.against),
            "currency": view.currency,
            "changes": [change_json(change) for change in view.changes],
            "applied": view.applied,
            "reason": view.reason or None,
            "effects": [
                {"consumer": leaf, "name": name, "amount": amount(effect, view.currency)}
                for leaf, name, effect in view.effects
            ],
        }
    )


def change_json(change: ModelChange) -> dict[str, Any]:
    """Give a change of the model as data."""
    return {
        "kind": change.kind,
        "name": visible(change.name),
        "what": change.what,
        "place": change.place,
        "fields": list(change.fields),
        "reason": visible(change.reason) or None,
    }
