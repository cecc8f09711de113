"""What the columns of a source say: for each of ours, how a field of it is read.

A ledger says nothing about its columns beyond their layout; a cloud bill in FOCUS is one whose
columns are known (`focus_meaning`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.sources import columns

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Mapping, Sequence

    from truecost.model.source_types import Source
    from truecost.sources.columns import Forms


class Meaning:
    """How the fields of a ledger are read; spellings read once are known in all its files."""

    def __init__(self, source: Source, currency: str) -> None:
        comma, flipped = source.decimal_comma, source.costs_are_negative
        self.amounts = columns.Amounts(decimal_comma=comma, flipped=flipped)
        self.sides = columns.Sides(decimal_comma=comma, flipped=flipped)
        self.typed: dict[str, Forms] = {
            "date": columns.days(source.date_order),
            "amount": self.amounts,
            "currency": columns.currencies(currency),
            "quantity": columns.quantities(decimal_comma=source.decimal_comma),
        }
        self._texts: dict[str, Forms] = {}

    def text(self, name: str) -> Forms:
        """Give how a column of text is read."""
        if name not in self._texts:
            self._texts[name] = self._text(name)
        return self._texts[name]

    def _text(self, name: str) -> Forms:  # noqa: ARG002  a ledger reads all of them alike
        return columns.texts()

    def begin(self, header: Sequence[str], mapped: Collection[int]) -> Mapping[str, int]:  # noqa: ARG002
        """Begin a file with this header, of which the fields at `mapped` have a meaning already.

        Give columns of text that the file has besides, with their places.
        """
        return {}

    def see(self, written: Mapping[str, Sequence[str] | Counter[str]]) -> None:
        """Take note of what is written in rows, by column, as it stands, or how often."""

    def notes(self) -> tuple[str, ...]:
        """Say what was out of the ordinary since the file began."""
        return ()


def meaning_of(source: Source, currency: str) -> Meaning:
    """Give what the columns of a source mean. `currency` is for rows that name none."""
    if source.focus:
        from truecost.sources.focus_meaning import FocusMeaning  # noqa: PLC0415  few sources are

        return FocusMeaning(source, currency)
    return Meaning(source, currency)
