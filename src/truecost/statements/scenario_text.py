"""A scenario as text of 80 columns; and many, ranked."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.kernel.money import shown
from truecost.scenarios.compute import minus
from truecost.statements.safe import visible
from truecost.statements.scenario_words import (
    Names,
    Reasons,
    beyond_sentence,
    going_sentence,
    saving_sentence,
    standing_sentence,
    unit_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.scenarios.base import Base
    from truecost.scenarios.cascade import Cascade
    from truecost.scenarios.compute import Computed
    from truecost.scenarios.lines import Bills
    from truecost.scenarios.savings import Saving

_WIDTH = 80
_CONSUMERS = 12
_REASONS = 4
_NAME = 32
_MONEY = 15


def by_consumer(bills: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Add bills up by consumer."""
    found: dict[str, int] = defaultdict(int)
    for (_, consumer), amount in bills.items():
        found[consumer] += amount
    return dict(found)


def last_savings(computed: Computed) -> list[Saving]:
    """Give the savings as they are in the last month, those that weigh most first."""
    return sorted(computed.last.savings, key=lambda each: (-abs(each.amount), each.service.id))


def scenario_text(base: Base, computed: Computed, cascades: Sequence[Cascade]) -> str:
    """Draw one scenario: what is saved, who pays what, why, and who would leave next."""
    names = Names(base.model)
    lines = [*_head(base, computed), ""]
    lines += [*_saved(computed, names), ""]
    change = minus(computed.after, computed.before)
    lines += [*_bills(computed, names), ""]
    if change:
        lines += [*_why(base, computed, change, names), ""]
    for cascade in cascades:
        lines += [*_cascade(cascade, names), ""]
    return "\n".join([*lines, *_proof(computed), ""])


def _head(base: Base, computed: Computed) -> list[str]:
    scenario = computed.scenario
    lines = _wrapped(f"{scenario.name}: {visible(scenario.description)}")
    if scenario.owner:
        lines += _wrapped(f"Asked by {visible(scenario.owner)}.")
    run = f"run {base.run.id}" if base.run.id else "the sources as they are"
    first, last = computed.periods[0], computed.periods[-1]
    when = first.words if first == last else f"{first.words} to {last.words}"
    if computed.stands_for is not None:
        when = (
            f"From {computed.begins.words}; told by the figures of {computed.stands_for.words},"
            f" the last {computed.stands_for.calendar.unit} that was computed"
        )
    return [*lines, *_wrapped(f"{when}, in {computed.currency}, over {run}. A trial: no bill.")]


def _saved(computed: Computed, names: Names) -> list[str]:
    saved = shown(abs(computed.total.saved), computed.currency)
    these = f"in these {names.unit}s"
    lines = [f"The organisation saves {saved} {these}."]
    if computed.total.saved < 0:
        lines = [f"More use costs the organisation {saved} {these}."]
    for saving in last_savings(computed):
        lines += _wrapped(saving_sentence(saving, names), "  ")
    return lines


def _bills(computed: Computed, names: Names) -> list[str]:
    named = (computed.named_before, computed.total.named)
    unit = computed.currency
    if computed.billing is None:
        return _table("Bills", computed.before, computed.after, named, unit, names)
    billing = computed.billing
    rates = _table("Bills, at rates", billing.before, billing.after, (0, 0), unit, names)
    billed = sum(billing.after.values()) - sum(billing.before.values())
    cost = sum(computed.after.values()) - sum(computed.before.values())
    note = (
        f"Bills change by {shown(billed, unit, sign=True)}, cost by"
        f" {shown(cost, unit, sign=True)}: recovery by {shown(billed - cost, unit, sign=True)}."
    )
    costs = _table("At cost", computed.before, computed.after, named, unit, names)
    return [*rates, *_wrapped(note, "  "), "", *costs]


def _table(
    title: str, of_run: Bills, of_scenario: Bills, named: tuple[int, int], unit: str, names: Names
) -> list[str]:
    before, after = by_consumer(of_run), by_consumer(of_scenario)
    changes = {
        each: after.get(each, 0) - before.get(each, 0)
        for each in sorted(before.keys() | after.keys())
    }
    more = sum(1 for change in changes.values() if change > 0)
    less = sum(1 for change in changes.values() if change < 0)
    same = len(changes) - more - less
    parts = [f"{more} pay more" if more != 1 else "1 pays more", f"{less} less", f"{same} the same"]
    head = f"{title}: {', '.join(parts)}"
    lines = [f"{head:<{_NAME}} {'before':>{_MONEY}}{'after':>{_MONEY}}{'change':>{_MONEY}}"]
    if len(head) > _NAME:
        lines = [head, lines[0].replace(head, " " * _NAME)]
    order = sorted((each for each in changes if changes[each]), key=lambda e: (-abs(changes[e]), e))
    for each in order[:_CONSUMERS]:
        figures = (before.get(each, 0), after.get(each, 0), changes[each])
        lines.append(_row(names.consumer(each), figures, unit))
    rest = order[_CONSUMERS:]
    if rest:
        lines.append(_row(f"{len(rest)} more", _sums(rest, before, after, changes), unit))
    unchanged = [each for each in changes if not changes[each]]
    if unchanged:
        lines.append(_row("the others", _sums(unchanged, before, after, changes), unit))
    if any(named):
        lines.append(_row("not charged", (*named, named[1] - named[0]), unit))
    total = (
        sum(before.values()) + named[0],
        sum(after.values()) + named[1],
        sum(changes.values()) + named[1] - named[0],
    )
    return [*lines, _row("all", total, unit)]


def _sums(
    some: Iterable[str], *columns: Mapping[str, int]
) -> tuple[int, int, int]:  # fmt: skip
    chosen = list(some)
    first, second, third = (sum(column.get(each, 0) for each in chosen) for column in columns)
    return first, second, third


def _row(name: str, figures: tuple[int, int, int], currency: str) -> str:
    label = name if len(name) < _NAME - 2 else f"{name[: _NAME - 4]}…"
    before, after, change = figures
    amounts = [shown(before, currency, symbol=False), shown(after, currency, symbol=False)]
    amounts.append(shown(change, currency, sign=True, symbol=False))
    return f"  {label:<{_NAME - 2}} " + "".join(f"{amount:>{_MONEY}}" for amount in amounts)


def _why(base: Base, computed: Computed, change: Bills, names: Names) -> list[str]:
    reasons = Reasons(base, computed)
    totals = by_consumer(change)
    order = sorted(totals, key=lambda each: (-abs(totals[each]), each))
    at_cost = computed.billing is not None
    lines = ["Why, at cost" if at_cost else "Why"]
    for consumer in order[:_CONSUMERS]:
        amount = totals[consumer]
        if not amount:
            continue
        said = shown(abs(amount), computed.currency)
        verb = "bears" if at_cost else "pays"
        lines.append(
            f"  {names.consumer(consumer)} {verb} {said} {'more' if amount > 0 else 'less'}"
        )
        parts = [
            (part, reasons.of(effect, service, consumer))
            for effect in computed.effects
            for (service, whose), part in effect.bills.items()
            if whose == consumer
        ]
        parts.sort(key=lambda part: (-abs(part[0]), part[1]))
        for part, reason in parts[:_REASONS]:
            lines += _wrapped(_part(part, computed.currency, reason), "    ")
        rest = sum(part for part, _ in parts[_REASONS:])
        if parts[_REASONS:]:
            others = f"{len(parts) - _REASONS} more"
            lines += _wrapped(_part(rest, computed.currency, others), "    ")
    return lines


def _part(amount: int, currency: str, reason: str) -> str:
    return f"{shown(amount, currency, sign=True):>13}  {reason}"


def _cascade(cascade: Cascade, names: Names) -> list[str]:
    lines = [f"What a unit costs, {cascade.period.words}"]
    lines += _wrapped(unit_sentence(cascade, names), "  ")
    for going in cascade.going:
        lines += _wrapped(going_sentence(going, cascade, names), "  ")
    if cascade.going and cascade.standing and not cascade.beyond:
        lines.append("  Then it is stable.")
    for standing in cascade.standing[:_CONSUMERS]:
        lines += _wrapped(standing_sentence(standing, cascade, names), "  ")
    rest = len(cascade.standing) - _CONSUMERS
    if rest > 0:
        lines.append(f"  and {rest} more who stay")
    for beyond in cascade.beyond[:_CONSUMERS]:
        lines += _wrapped(beyond_sentence(beyond, names), "  ")
    return lines


def _proof(computed: Computed) -> list[str]:
    currency = computed.currency
    bills = sum(computed.after.values()) - sum(computed.before.values())
    named = computed.total.named - computed.named_before
    at_cost = "" if computed.billing is None else " at cost"
    parts = [f"bills{at_cost} {shown(bills, currency, sign=True)}"]
    if named:
        parts.append(f"not charged {shown(named, currency, sign=True)}")
    less = shown(-computed.total.saved, currency, sign=True)
    causes = [f"costs {shown(computed.total.added, currency, sign=True)}"]
    causes.append(f"{'saved' if computed.total.saved >= 0 else 'more use'} {less}")
    if computed.total.taken:
        causes.append(f"gone with who left {shown(-computed.total.taken, currency, sign=True)}")
    return _wrapped(f"Proof: {', '.join(parts)} = {', '.join(causes)}.")


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a table of many scenarios has of one; minor units, consumers with their change."""

    name: str
    currency: str
    saved: int
    bills: int
    ends: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, computed: Computed) -> Ranked:
        """Take what the table needs of a computed scenario."""
        change = by_consumer(minus(computed.after, computed.before))
        ends = []
        if change:
            most = max(sorted(change), key=lambda each: change[each])
            least = min(sorted(change), key=lambda each: change[each])
            if change[most] > 0:
                ends.append((most, change[most]))
            if change[least] < 0:
                ends.append((least, change[least]))
        return cls(
            computed.scenario.name, computed.currency, per_month(computed), sum(change.values()),
            tuple(ends),
        )  # fmt: skip


def ranking(base: Base, ranked: Sequence[Ranked]) -> str:
    """Draw many scenarios, what saves most a month first, in one table per currency."""
    names = Names(base.model)
    saved = f"saved a {names.unit}"
    blocks = []
    for currency in sorted({each.currency for each in ranked}):
        some = [each for each in ranked if each.currency == currency]
        some.sort(key=lambda each: (-each.saved, each.bills, each.name))
        width = min(max((len(each.name) for each in some), default=0) + 2, 26)
        lines = [
            f"{len(some)} scenarios over {_over(base)}, {currency}; what saves most first",
            "",
            f"{'':<{width}}{saved:>14}{'all bills':>13}  who pays more, and less",
        ]
        for each in some:
            lines += _ranked(each, names, width)
        blocks.append("\n".join([*lines, ""]))
    return "\n".join(blocks)


def _ranked(ranked: Ranked, names: Names, width: int) -> list[str]:
    currency = ranked.currency
    bills = shown(ranked.bills, currency, sign=True, symbol=False)
    saved = shown(ranked.saved, currency, symbol=False)
    name = ranked.name if len(ranked.name) < width - 1 else f"{ranked.name[: width - 3]}…"
    lead = f"{name:<{width}}{saved:>14}{bills:>13}  "
    ends = []
    for consumer, change in ranked.ends:
        amount = shown(change, currency, sign=True, symbol=False)
        room = _WIDTH - len(lead) - len(amount) - 1
        said = names.consumer(consumer)
        ends.append(f"{said if len(said) <= room else f'{said[: room - 1]}…'} {amount}")
    first, *more = ends or ["nobody"]
    return [f"{lead}{first}", *(f"{'':<{len(lead)}}{end}" for end in more)]


def per_month(computed: Computed) -> int:
    """Give what a scenario saves a month once every notice has run out, by its last month."""
    return sum(saving.amount for saving in last_savings(computed))


def _over(base: Base) -> str:
    return f"run {base.run.id}" if base.run.id else "the sources as they are"


def _wrapped(text: str, indent: str = "") -> list[str]:
    hanging = f"{indent}  " if not indent or not text.startswith(" ") else f"{indent}{' ' * 15}"
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False,
        drop_whitespace=True,
    )  # fmt: skip
