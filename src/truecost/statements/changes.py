"""Why a bill changed, in sentences: by the parts of the bridge, or else by the lines.

Where the run's store is at hand, the parts are those of the bridge: the model, your own use, what
others use, IT's cost, exchange rates, one-offs. Runs that keep no model, and those whose sources
are gone, have no bridge; then it is said which lines changed most, and what is known about each.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel.findings import TruecostError
from truecost.statements import figures, locale, words
from truecost.statements.safe import visible
from truecost.store.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.bridge import Bridges
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.statements.explain_bridge import BridgeView
    from truecost.statements.lines import StatementLine, Use

_NAMED = 4
_ALL = Decimal(100)
_DOUBLE = 100  # from here on, times are easier to read than percents


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the change, in minor units, and a sentence about it.

    `part` is that of the bridge (`engine.bridge.PARTS`), "" where the reason is a line.
    """

    amount: int
    text: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """All parts of a change, which they add up to; `note` says what can't be told apart."""

    parts: tuple[Reason, ...] = ()
    note: str = ""


def reasons(
    book: Book, consumer: str, periods: tuple[Period, Period], currency: str,
    lines: Sequence[StatementLine],
) -> Reasons:  # fmt: skip
    """Say why a consumer's bill changed between two periods, the earlier first."""
    against, period = periods
    bridges = _bridges(book, against, period, currency)
    if bridges is None:
        return Reasons(by_line(lines, against))
    from truecost.statements import explain_bridge, explain_model  # noqa: PLC0415  heavy

    view = explain_bridge.drawn(bridges, book, book, consumer)
    parts = tuple(
        Reason(amount, f"{explain_bridge.PART_WORDS[part]}: {text}{_agreed(view, part)}", part)
        for part, amount, text in explain_bridge.told(view)
    )
    model = "" if view.bridge.model_applied else explain_model.UNTOLD
    return Reasons(parts, model)


def _agreed(view: BridgeView, part: str) -> str:
    """Give what the changes of the model say of their reasons."""
    found = dict.fromkeys(change.reason for change in view.changes if change.reason)
    return f" ({'; '.join(map(visible, found))})" if part == "model" and found else ""


def _bridges(book: Book, against: Period, period: Period, currency: str) -> Bridges | None:
    """Give the bridges between two periods, which all consumers share; None without a store."""
    store, run = book.store, book.run
    if store is None or not isinstance(run, Run):
        return None

    def made() -> Bridges | None:
        from truecost.engine.bridge import Bridges  # noqa: PLC0415  heavy, and few documents ask

        try:
            return Bridges(store, run, period, against, currency)
        except TruecostError:  # what the statement says holds without it
            return None

    return book.once(("bridges", against, period, currency), made)


def by_line(lines: Sequence[StatementLine], previous: Period) -> tuple[Reason, ...]:
    """Give the largest changes by line, then the rest together; they add up to the whole change."""
    changed = sorted(
        (line for line in lines if line.change),
        key=lambda line: (-abs(line.change or 0), line.object),
    )
    # one more name is better than "1 other line"
    cut = _NAMED if len(changed) > _NAMED + 1 else len(changed)
    found = [Reason(line.change or 0, _reason(line, previous)) for line in changed[:cut]]
    if rest := changed[cut:]:
        amount = sum(line.change or 0 for line in rest)
        found.append(Reason(amount, f"{len(rest)} other lines together"))
    return tuple(found)


def _reason(line: StatementLine, previous: Period) -> str:
    if line.ended:
        return f"{line.name}: no longer charged to you"
    if not line.previous:
        return f"{line.name}: not on your statement of {locale.month(previous)}"
    causes = [cause for cause in (_use(line), _service(line)) if cause]
    return f"{line.name}: {'; '.join(causes)}" if causes else line.name


def _use(line: StatementLine) -> str:
    now, before = line.use, line.previous_use
    if now.quantity is not None and before.quantity is not None and now.unit == before.unit:
        more = now.quantity - before.quantity
        if not more:
            return (
                f"as much as before ({words.counted(now.quantity, now.unit)}){_others(now, before)}"
            )
        amount = f"{_more(more)} {words.plural(now.unit, abs(more))}".rstrip()
        span = f"{words.number(now.quantity)}, after {words.number(before.quantity)}"
        return f"{amount} ({span}){_others(now, before)}"
    if now.share is None or before.share is None:
        return ""
    share, was = figures.share_percent(now.share), figures.share_percent(before.share)
    if share == was:
        if share == _ALL:
            return ""
        return f"your share stayed at {words.percent(share)}"
    word = "rose" if share > was else "fell"
    return f"your share {word} to {words.percent(share)}, from {words.percent(was)}"


def _more(more: Decimal) -> str:
    return f"{words.number(abs(more))} {'more' if more > 0 else 'fewer'}"


def _others(now: Use, before: Use) -> str:
    if None in {now.driver_total, before.driver_total, now.quantity, before.quantity}:
        return ""
    used = (now.driver_total or 0) - (now.quantity or 0)
    more = Decimal(used - ((before.driver_total or 0) - (before.quantity or 0)))
    return f"; others {_more(more)}" if more else ""


def _service(line: StatementLine) -> str:
    change = line.service_change
    if change is None or not line.object:
        return ""
    if not change:
        return "the service as a whole cost the same"
    if change <= -_ALL:
        credit = "cost nothing" if change == -_ALL else "came to a credit"
        return f"the service as a whole {credit}"
    if change >= _DOUBLE:
        times = (change / 100 + 1).quantize(Decimal("0.1"))
        return f"the service as a whole cost {words.number(times)} times as much"
    word = "more" if change > 0 else "less"
    return f"the service as a whole cost {words.percent(abs(change))} {word}"
