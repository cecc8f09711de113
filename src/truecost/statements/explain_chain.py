"""The chain of cost objects behind a figure, downstream first, each with its shares in words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.capacity import IDLE, LINES
from truecost.statements import capacities, figures, words
from truecost.statements.lines import as_of_words
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from truecost.engine.lineage import Edge, Paths, Pulled
    from truecost.kernel.calendars import Calendar
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

_FINE = 2  # digits of a share in percent
_FINER = 4


@dataclass(frozen=True, slots=True)
class Passed:
    """A share that goes on: to whom, how much, in words, and the rule that says so."""

    target: str
    name: str
    share: Fraction
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class Step:
    """A cost object on the way: what it cost (derived, minor units), and where it passed that.

    `part` is how much of its cost is in the figure. `loop` names the objects that it uses and that
    use it, with which it was solved together.
    """

    object: str
    name: str
    cost: int
    part: Fraction
    passed: tuple[Passed, ...]
    loop: tuple[str, ...]


def chain(
    book: Book,
    paths: Paths,
    pulled: Pulled,
    period: Period,
    currency: str,
    cls: str,
    targets: Sequence[str],
    sources: Collection[str] | None,
    limit: int | None,
) -> tuple[tuple[Step, ...], int]:
    """Give the objects that cost in the figure went through, nearest to the reader first.

    `targets` are who receives the figure, `sources` the objects whose shares to them are asked
    about, None for all. Not more than `limit` are told; the number is of those that are left out.
    """
    gross = _gross(book, period, currency, cls)
    drivers = {row["name"]: row for row in book.rows("drivers", period)}
    names = _names(book, period)
    wanted = set(pulled.parts) - set(targets)
    onward: dict[str, list[Edge]] = {}
    for edge in (*paths.into(targets, sources), *paths.inner):
        if edge.weight and edge.source in wanted and edge.target in {*wanted, *targets}:
            onward.setdefault(edge.source, []).append(edge)
    loops = {name: group for group in paths.loops for name in group}
    steps = []
    order = [name for name in _nearest_first(onward, targets) if gross.get(name)]
    for name in order[:limit]:
        by_target: dict[str, list[Edge]] = {}
        for edge in onward[name]:
            one = "" if edge.target in targets else edge.target
            by_target.setdefault(one, []).append(edge)
        passed = tuple(
            Passed(
                target,
                names(target) if target else "",
                sum((edge.share for edge in edges), Fraction(0)),
                share_words(edges, drivers, book.calendar),
                edges[0].rule,
            )
            for target, edges in sorted(by_target.items())
        )
        group = loops.get(name, frozenset()) & wanted
        others = tuple(sorted(names(other) for other in group - {name}))
        part = pulled.parts.get(name, Fraction(0))
        steps.append(Step(name, names(name), gross[name], part, passed, others))
    return tuple(steps), len(order) - len(steps)


def share_words(edges: Sequence[Edge], drivers: Mapping[str, Row], calendar: Calendar) -> str:
    """Say a share: `1,204 of 12,116 devices: 9.94 %`; `15 %, a fixed share`; `all of it`."""
    share = sum((edge.share for edge in edges), Fraction(0))
    measured = {edge.driver for edge in edges}
    driver = drivers.get(edges[0].driver, {})
    if len({(edge.driver, edge.driver_total) for edge in edges if edge.driver}) > 1 and (
        text := capacities.by_several([dataclasses.asdict(edge) for edge in edges], drivers)
    ):
        return f"{percent_text(share)}: {text}"
    if len(measured) != 1 or not edges[0].driver:
        if share == 1:
            return "all of it"
        how = "a fixed share" if measured == {""} else "by " + words.joined(sorted(measured - {""}))
        return f"{percent_text(share)}, {how}"
    name = visible(edges[0].driver)
    stands_for = driver.get("stands_for") or ""
    stand_in = f" (standing in for {stands_for})" if stands_for else ""
    stand_in += as_of_words(driver, calendar)
    totals = {edge.driver_total for edge in edges}
    whole_known = len(totals) == 1 and all(edge.quantity and edge.driver_total for edge in edges)
    if driver.get("shares_only") or not whole_known:
        return f"{percent_text(share)}, by {name}{stand_in}"
    quantity = sum((Decimal(edge.quantity) for edge in edges), Decimal(0))
    total = Decimal(totals.pop())
    of = f"{words.number(quantity)} of {words.counted(total, edges[0].unit)}{stand_in}"
    if all(edge.target.startswith(IDLE) for edge in edges):
        of += ", which nobody used"
    plain = Fraction(quantity) / Fraction(total) == share if total else False
    return f"{of}: {percent_text(share)}" + ("" if plain else " of the whole cost")


def percent_text(share: Fraction) -> str:
    """Give a share in percent without needless zeros, finer where it is small: `15 %`."""
    places = _FINE if share >= Fraction(1, 1000) else _FINER
    shown = figures.share_percent(share, places).normalize() + 0
    return words.percent(shown)


def _gross(book: Book, period: Period, currency: str, cls: str) -> dict[str, int]:
    found: dict[str, int] = {}
    keep = {"class": cls} if cls else {}
    for row in book.rows("objects", period, currency=currency, **keep):
        found[row["object"]] = found.get(row["object"], 0) + row["amount"]
    return found


def _names(book: Book, period: Period) -> _Names:
    return _Names({row["id"]: row["name"] for row in book.rows("services", period)})


class _Names:
    """What people call a cost object."""

    def __init__(self, services: Mapping[str, str]) -> None:
        self._services = services

    def __call__(self, text: str) -> str:
        if text.startswith(LINES):
            return capacities.line_name(text, self._services)
        kind, _, name = text.partition(" ")
        return self._services.get(name, name) if kind == "service" else str(visible(name))


def _nearest_first(onward: Mapping[str, Sequence[Edge]], targets: Sequence[str]) -> list[str]:
    """Order objects by how few steps they are away, then by name."""
    behind: dict[str, set[str]] = {}
    for source, edges in onward.items():
        for edge in edges:
            behind.setdefault(edge.target, set()).add(source)
    order: list[str] = []
    level = set().union(*(behind.get(target, set()) for target in targets))
    seen = set(level)
    while level:
        order += sorted(level)
        level = set().union(*(behind.get(name, set()) for name in level)) - seen
        seen |= level
    return order
