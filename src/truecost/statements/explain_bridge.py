"""Why a bill changed: in sentences, as a table, as data.

Schema `truecost.bridge/1`; money as in a statement's JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from truecost.engine.bridge import PARTS, Bridge, BridgeLine, Bridges, Use
from truecost.kernel import money
from truecost.statements import figures, words
from truecost.statements.explain import object_name
from truecost.statements.explain_json import amount, written
from truecost.statements.explain_model import change_json, changes_text, not_applied
from truecost.statements.explain_text import figures_text, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.engine.model_changes import ModelChange
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store

PART_WORDS = {
    "model": "the model",
    "own_use": "your own use",
    "others_use": "others' use",
    "cost": "IT's cost",
    "exchange": "exchange rates",
    "one_off": "one-offs and corrections",
    "rates": "rates",
}
_HEADS = ("change", "model", "own use", "others' use", "IT's cost", "exchange", "one-offs", "rates")
_OFTEN_NOTHING = ("exchange", "rates")
_NAMED = 2
_HUNDRED = 100  # from here on, times are easier to read than percents
_DIRECT = "bought for you directly"
_ALONE = "what was bought for you alone"
_NEW_ALONE = "some technology was bought for you alone, and none before"


@dataclass(frozen=True, slots=True)
class BridgeView:
    """A bridge with what people call its services. `changes` are those of the model.

    `hidden` are the drivers of which readers see shares, not quantities.
    """

    organisation: str
    run_id: str
    name: str
    bridge: Bridge
    names: dict[str, str]
    changes: tuple[ModelChange, ...]
    hidden: frozenset[str]


def bridge_view(
    store: Store,
    run: Run,
    book: Book,
    consumer: str,
    period: Period,
    against: Period,
    *,
    currency: str | None = None,
    earlier: Run | None = None,
) -> BridgeView:
    """Bridge a consumer's bill from `against` to `period`.

    `earlier` is the run that has `against`, by default the same. Raise UsageError for what the
    runs do not have, StoreError where one keeps no model.
    """
    before = type(book).of(earlier) if earlier else book
    book.check_period(period)
    before.check_period(against)
    bridges = Bridges(store, run, period, against, currency or book.currency, earlier)
    return drawn(bridges, book, before, consumer)


def drawn(bridges: Bridges, book: Book, before: Book, consumer: str) -> BridgeView:
    """Draw a consumer's bridge, of those between two periods: `before` has the earlier one."""
    period, against = bridges.period, bridges.against
    node = book.check_consumer(consumer, period)
    bridge = bridges.of(consumer, book.leaves(consumer, period), before.leaves(consumer, against))
    names = {}
    for line in bridge.lines:
        name = object_name(book, period, line.source) if line.source else _DIRECT
        if name == line.source.partition(" ")[2]:  # it is no more: its old name is known
            name = object_name(before, against, line.source)
        names[line.source] = name
    return BridgeView(
        book.said("organisation"), book.id, node.name, bridge, names, bridges.changes,
        _hidden(book, period),
    )  # fmt: skip


def _hidden(book: Book, period: Period) -> frozenset[str]:
    """Give the drivers of which readers see shares only."""

    def read() -> frozenset[str]:
        return frozenset(r["name"] for r in book.rows("drivers", period) if r["shares_only"])

    return book.once(("hidden drivers", period), read)


def sentences(view: BridgeView) -> tuple[tuple[int, str], ...]:
    """Give each part of the change that is not nothing: its amount, and a sentence about it."""
    return tuple((total, f"{PART_WORDS[part]}: {text}") for part, total, text in told(view))


def told(view: BridgeView) -> tuple[tuple[str, int, str], ...]:
    """Give each part of the change that is not nothing: which, its amount, what made it."""
    found = []
    for position, part in enumerate(PARTS):
        total = view.bridge.parts[position]
        lines = [line for line in view.bridge.lines if line.parts[position]]
        if not total and not lines:
            continue
        lines.sort(key=lambda line: (-abs(line.parts[position]), line.source))
        say = _SAYERS[part]
        causes = [
            say(_shown(line, view.hidden), view.names[line.source]) for line in lines[:_NAMED]
        ]
        more = len(lines) - len(causes)
        rest = f"; and {more} more {words.plural('line', Decimal(more))}" if more > 0 else ""
        found.append((part, total, f"{'; '.join(causes)}{rest}"))
    return tuple(found)


def _shown(line: BridgeLine, hidden: frozenset[str]) -> BridgeLine:
    """Take the unit from a line whose quantities readers do not see."""
    if not {line.use_before.driver, line.use_after.driver} & hidden:
        return line
    before, after = (replace(use, unit="") for use in (line.use_before, line.use_after))
    return replace(line, use_before=before, use_after=after)


def _say_name(line: BridgeLine, name: str) -> str:
    del line
    return name


def _say_model(line: BridgeLine, name: str) -> str:
    return f"{name if line.source else _ALONE} is charged in another way"


def _say_own(line: BridgeLine, name: str) -> str:
    before, after = line.use_before, line.use_after
    if after.quantity is None or before.quantity is None:
        return name
    more = after.quantity - before.quantity
    if not after.unit:
        return f"{'more' if more > 0 else 'less'} of {name}"
    kind = "more" if more > 0 else "fewer"
    return f"{_number(abs(more))} {kind} {_units(after.unit, more)} on {name}"


def _say_others(line: BridgeLine, name: str) -> str:
    before, after = line.use_before, line.use_after
    if after.total is None or before.total is None:
        return name
    others = (after.total - (after.quantity or 0)) - (before.total - (before.quantity or 0))
    if not after.unit:
        return f"{'more' if others > 0 else 'less'} of {name}"
    kind = "more" if others > 0 else "fewer"
    return f"{_number(abs(others))} {kind} {_units(after.unit, others)} on {name}"


def _say_cost(line: BridgeLine, name: str) -> str:
    if not line.source:
        name = _ALONE
    if not line.cost_before:
        if not line.source:
            return _NEW_ALONE if line.cost_after else name
        return f"{name} is new" if line.cost_after else name
    if not line.cost_after:
        return f"{name} costs nothing any more"
    percent = figures.percent(line.cost_after - line.cost_before, line.cost_before)
    if percent is None:  # there was a credit
        return f"{name} costs {'more' if line.cost_after > line.cost_before else 'less'}"
    if not percent:
        return f"{name} costs as much"
    if percent >= _HUNDRED:
        times = figures.rounded(Fraction(line.cost_after, line.cost_before), 1)
        return f"{name} costs {words.number(times)} times as much"
    return f"{name} costs {words.percent(abs(percent))} {'more' if percent > 0 else 'less'}"


def _say_rates(line: BridgeLine, name: str) -> str:
    if not line.before:
        return f"{name} is billed now"
    if not line.after:
        return f"{name} is not billed any more"
    return f"another rate for {name}, or what was settled"


def _units(unit: str, count: Fraction) -> str:
    return words.plural(unit, figures.rounded(abs(count), 6))


_SAYERS: dict[str, Callable[[BridgeLine, str], str]] = {
    "model": _say_model,
    "own_use": _say_own,
    "others_use": _say_others,
    "cost": _say_cost,
    "exchange": _say_name,
    "one_off": _say_name,
    "rates": _say_rates,
}


def _number(value: Fraction) -> str:
    return words.number(figures.rounded(value, 6))


def bridge_text(view: BridgeView) -> str:
    """Write a bridge as text that ends in a line break."""
    bridge = view.bridge
    currency = bridge.currency
    change = bridge.after - bridge.before
    months = f"from {bridge.against.words} to {bridge.period.words}"
    out = wrapped(f"{view.name.upper()}: WHY IT CHANGED", "", "")
    out += wrapped(f"{months} · {view.organisation} · run {view.run_id}", "", "")
    now, then = (money.shown(each, currency) for each in (bridge.after, bridge.before))
    out += ["", *wrapped(f"{now}, after {then}: {money.shown(change, currency, sign=True)}"), ""]
    rows = [((money.shown(value, currency, sign=True),), text) for value, text in sentences(view)]
    rows.append(((money.shown(change, currency, sign=True),), "together"))
    out += figures_text(rows)
    if not bridge.model_applied:
        out += ["", *wrapped(not_applied(bridge.period, bridge.against, bridge.reason))]
    if bridge.lines:
        out += ["", "By service", *_table(view)]
    if view.changes:
        out += ["", "What changed in the model", *changes_text(view.changes)]
    return "\n".join(line.rstrip() for line in out) + "\n"


def _table(view: BridgeView) -> list[str]:
    lines = sorted(
        view.bridge.lines, key=lambda line: (-abs(line.after - line.before), line.source)
    )
    named = [(view.names[line.source], (line.after - line.before, *line.parts)) for line in lines]
    total = (view.bridge.after - view.bridge.before, *view.bridge.parts)
    named.append(("together", total))
    texts = [
        [money.shown(value, view.bridge.currency, sign=True, symbol=False) for value in values]
        for _, values in named
    ]
    heads = list(_HEADS)
    for often_nothing in _OFTEN_NOTHING:  # the width of a page is dear
        at = heads.index(often_nothing)
        if not any(values[at] for _, values in named):
            del heads[at]
            texts = [[*row[:at], *row[at + 1 :]] for row in texts]
            named = [(name, (*values[:at], *values[at + 1 :])) for name, values in named]
    widths = [max(len(head), *(len(row[i]) for row in texts)) for i, head in enumerate(heads)]
    out = ["  " + "  ".join(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True))]
    for (name, _), row in zip(named, texts, strict=True):
        out += wrapped(name)
        out.append("  " + "  ".join(f"{t:>{w}}" for t, w in zip(row, widths, strict=True)))
    return out


def bridge_json(view: BridgeView) -> str:
    """Write a bridge as indented JSON that ends in a line break."""
    bridge = view.bridge
    currency = bridge.currency
    return written(
        {
            "schema": "truecost.bridge/1",
            "organisation": view.organisation,
            "run": view.run_id,
            "consumer": {"id": bridge.consumer, "name": view.name},
            "period": str(bridge.period),
            "against": str(bridge.against),
            "currency": currency,
            "before": amount(bridge.before, currency),
            "after": amount(bridge.after, currency),
            "change": amount(bridge.after - bridge.before, currency),
            "parts": _parts(bridge.parts, currency),
            "sentences": [
                {"amount": amount(value, currency), "text": text} for value, text in sentences(view)
            ],
            "model_applied": bridge.model_applied,
            "reason": bridge.reason or None,
            "lines": [
                {
                    "object": line.source or None,
                    "name": view.names[line.source],
                    "before": amount(line.before, currency),
                    "after": amount(line.after, currency),
                    "parts": _parts(line.parts, currency),
                    "cost_before": amount(line.cost_before, currency),
                    "cost_after": amount(line.cost_after, currency),
                    "use_before": _use(line.use_before, view.hidden),
                    "use_after": _use(line.use_after, view.hidden),
                }
                for line in bridge.lines
            ],
            "model_changes": [change_json(change) for change in view.changes],
        }
    )


def _parts(parts: tuple[int, ...], currency: str) -> dict[str, Any]:
    return {name: amount(value, currency) for name, value in zip(PARTS, parts, strict=True)}


def _use(use: Use, hidden: frozenset[str]) -> dict[str, Any] | None:
    if use.quantity is None or use.total is None:
        return None
    seen = use.driver not in hidden
    share = figures.share_percent(use.quantity / use.total, 6) if use.total else None
    return {
        "quantity": _number(use.quantity).replace(",", "") if seen else None,
        "total": _number(use.total).replace(",", "") if seen else None,
        "percent": None if share is None else f"{share:f}",
        "driver": use.driver or None,
        "unit": use.unit or None,
    }
