"""Numbers without a gap: documents are drawn for the next numbers, and written only under them.

A number stands inside the document, so it is wanted before the transaction that takes it. Whoever
finds the numbers taken by then draws again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Series
from truecost.record.services.papers import LETTERS, numbered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

#: So often documents are drawn again, where others keep issuing in between.
TRIES = 8


class TakenError(Exception):
    """Somebody took the numbers in between: draw again."""


class Next:
    """The numbers that come next in a year; `take` holds them, or raises TakenError."""

    def __init__(self, day: dt.date) -> None:
        self._day = day
        self._read = _last(day.year)
        self._given: dict[str, int] = {}

    def give(self, kind: str) -> str:
        """Give the next number of a kind of document."""
        letter = LETTERS[kind]
        self._given[letter] = self._given.get(letter, 0) + 1
        return numbered(kind, self._day, self._read.get(letter, 0) + self._given[letter])

    def take(self) -> None:
        """Take what was given, inside the transaction that writes the documents."""
        for letter, count in sorted(self._given.items()):
            Series.objects.get_or_create(kind=letter, year=self._day.year)
            series = Series.objects.select_for_update().get(kind=letter, year=self._day.year)
            if series.last != self._read.get(letter, 0):
                raise TakenError
            series.last += count
            series.save()


def taken(kind: str, day: dt.date) -> str:
    """Take the next number of what does not bear it inside, in the transaction that writes it."""
    letter = LETTERS[kind]
    Series.objects.get_or_create(kind=letter, year=day.year)
    series = Series.objects.select_for_update().get(kind=letter, year=day.year)
    series.last += 1
    series.save()
    return numbered(kind, day, series.last)


def _last(year: int) -> Mapping[str, int]:
    return dict(Series.objects.filter(year=year).values_list("kind", "last"))


def gaps(numbers: Iterable[str]) -> tuple[str, ...]:
    """Name where numbers are missing, of all series and against what they say was given last."""
    found: dict[tuple[str, int], set[int]] = {
        (each.kind, each.year): set() for each in Series.objects.all()
    }
    for number in numbers:
        letter, year, count = number.split("-")
        found.setdefault((letter, int(year)), set()).add(int(count))
    last = {(each.kind, each.year): each.last for each in Series.objects.all()}
    return tuple(
        f"{letter}-{year}: {len(counts)} documents, {last.get((letter, year), 0)} numbers given"
        for (letter, year), counts in sorted(found.items())
        if counts != set(range(1, last.get((letter, year), 0) + 1))
    )
