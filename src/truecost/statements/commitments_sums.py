"""Exact sums by name, rounded together; and where what enters a cost object ends."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from truecost.engine.graph import REMAINDER
from truecost.engine.lineage import Paths
from truecost.kernel.apportion import largest_remainder
from truecost.kernel.money import digits, whole_minor
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.statements.book import Book
    from truecost.store.run import Run

K = TypeVar("K")


class Ways:
    """Where what enters an object ends, by the shares of its month."""

    def __init__(self, run: Run, book: Book, currency: str) -> None:
        self._run, self._book, self._currency = run, book, currency
        self._known: dict[tuple[int, str], list[tuple[str, Fraction]]] = {}
        self._paths: dict[int, Paths] = {}

    def ends(self, period: int, entered: str) -> list[tuple[str, Fraction]]:
        """Give consumers, or remainders by name, with the part that ends there."""
        key = (period, entered)
        if key not in self._known:
            self._known[key] = self._found(period, entered)
        return self._known[key]

    def _found(self, period: int, entered: str) -> list[tuple[str, Fraction]]:
        if not entered.startswith((f"{Kind.SERVICE} ", f"{Kind.TOWER} ")):
            return [(entered, Fraction(1))]
        if period not in self._paths:
            month = self._book.calendar.period(period)
            self._paths[period] = Paths.of(self._run, month, self._currency)
        landed, _ = self._paths[period].push(entered)
        parts: dict[str, Fraction] = defaultdict(Fraction)
        for each in landed:
            parts[each.target.removeprefix(REMAINDER)] += each.part
        return list(parts.items())


@dataclass(slots=True)
class Sums:
    """Exact sums by name."""

    of: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def add(self, **amounts: Fraction) -> None:
        """Add amounts to the sums of these names."""
        for name, amount in amounts.items():
            self.of[name] += amount


def by_key(rows: Iterable[tuple[K, dict[str, Fraction]]]) -> list[tuple[K, Sums]]:
    """Add rows up by key, in the order of the keys as text."""
    found: dict[K, Sums] = defaultdict(Sums)
    for key, amounts in rows:
        found[key].add(**amounts)
    return sorted(found.items(), key=lambda pair: str(pair[0]))


def settled(
    currency: str, columns: Sequence[str], rows: Iterable[tuple[K, dict[str, Fraction]]]
) -> list[tuple[K, list[int]]]:
    """Add rows up by key; round each column together, so that it adds up to its rounded total."""
    found = by_key(rows)
    made = []
    for column in columns:
        exact = [sums.of[column] * 10 ** digits(currency) for _, sums in found]
        made.append(largest_remainder(whole_minor(sum(exact, Fraction(0))), exact))
    return [(key, [amounts[at] for amounts in made]) for at, (key, _) in enumerate(found)]


def minors(currency: str, *amounts: Fraction) -> tuple[int, ...]:
    """Round amounts in major units, each by itself, to minor units."""
    return tuple(whole_minor(amount * 10 ** digits(currency)) for amount in amounts)
