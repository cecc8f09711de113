"""The lines of bills as columns, and what they come to over the classes of cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from truecost.engine.codes import Codebook, added, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.engine.codes import Codes


class Line(NamedTuple):
    """A row of the run's `lines`."""

    period: int
    currency: str
    cls: str
    service: str
    consumer: str
    amount: int


@dataclass(frozen=True)
class Lines:
    """Rows of the run's `lines` (n), texts as numbers of `book`; iteration gives rows."""

    book: Codebook
    period: Codes
    currency: Codes
    cls: Codes
    service: Codes
    consumer: Codes
    amount: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Iterable[Line]) -> Lines:
        """Lay out lines that are known as rows."""
        book = Codebook()
        columns = list(zip(*rows, strict=True)) or [()] * len(Line._fields)
        period, currency, kind, service, consumer, amount = columns
        return cls(
            book,
            np.array(period, np.int32),
            book.codes(currency),
            book.codes(kind),
            book.codes(service),
            book.codes(consumer),
            np.array(amount, np.int64),
        )

    @classmethod
    def joined(cls, book: Codebook, parts: Sequence[Lines]) -> Lines:
        """Put lines one after the other that have their texts in the same book."""
        none = np.empty(0, np.int32)
        return cls(
            book,
            np.concatenate([none, *(part.period for part in parts)]),
            np.concatenate([none, *(part.currency for part in parts)]),
            np.concatenate([none, *(part.cls for part in parts)]),
            np.concatenate([none, *(part.service for part in parts)]),
            np.concatenate([none, *(part.consumer for part in parts)]),
            np.concatenate([np.empty(0, np.int64), *(part.amount for part in parts)]),
        )

    @property
    def columns(self) -> tuple[Codes, Codes, Codes, Codes, Codes, NDArray[np.int64]]:
        """The columns, in the table's order."""
        return self.period, self.currency, self.cls, self.service, self.consumer, self.amount

    def __len__(self) -> int:
        """Give how many lines there are."""
        return len(self.amount)

    def __iter__(self) -> Iterator[Line]:
        """Give the lines as rows."""
        texts = self.book.texts
        for period, currency, cls, service, consumer, amount in zip(
            *(column.tolist() for column in self.columns), strict=True
        ):
            yield Line(period, texts[currency], texts[cls], texts[service], texts[consumer], amount)

    def sums(self) -> dict[tuple[int, str, str], int]:
        """Add up by period, currency and class."""
        texts = self.book.texts
        rows, of = grouped(self.period, self.currency, self.cls)
        columns = (self.period[rows], self.currency[rows], self.cls[rows])
        amounts = added(self.amount, of, len(rows))
        return {
            (period, texts[currency], texts[cls]): amount
            for period, currency, cls, amount in zip(
                *(column.tolist() for column in (*columns, amounts)), strict=True
            )
        }


@dataclass(frozen=True)
class Costs:
    """What lines of a period come to over all classes: a row for each service and consumer (n)."""

    book: Codebook
    currency: Codes
    service: Codes
    consumer: Codes
    amount: NDArray[np.int64]
    _asked: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict, repr=False)

    @classmethod
    def none(cls, book: Codebook) -> Costs:
        """Give no costs."""
        codes = np.empty(0, np.int32)
        return cls(book, codes, codes, codes, np.empty(0, np.int64))

    def __len__(self) -> int:
        """Give how many rows there are."""
        return len(self.amount)

    def __iter__(self) -> Iterator[tuple[str, str, str, int]]:
        """Give rows: currency, service, consumer, minor units."""
        texts = self.book.texts
        columns = (self.currency, self.service, self.consumer, self.amount)
        for currency, service, consumer, amount in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            yield texts[currency], texts[service], texts[consumer], amount

    def some(self, wanted: NDArray[np.bool_]) -> Costs:
        """Give the wanted rows."""
        return Costs(
            self.book,
            self.currency[wanted], self.service[wanted], self.consumer[wanted],
            self.amount[wanted],
        )  # fmt: skip

    def of(self, currency: str, service: str) -> Mapping[str, int]:
        """Give what a service comes to, by consumer."""
        key = (currency, service)
        if key not in self._asked:
            unit, code = self.book.codes(key)
            wanted = (self.currency == unit) & (self.service == code)
            self._asked[key] = {consumer: amount for *_, consumer, amount in self.some(wanted)}
        return self._asked[key]

    @cached_property
    def by_service(self) -> dict[tuple[str, str], int]:
        """What comes of each service: (currency, service) → minor units."""
        texts = self.book.texts
        rows, of = grouped(self.currency, self.service)
        columns = (self.currency[rows], self.service[rows], added(self.amount, of, len(rows)))
        return {
            (texts[currency], texts[service]): amount
            for currency, service, amount in zip(*(each.tolist() for each in columns), strict=True)
        }


def costs_of(lines: Lines) -> dict[int, Costs]:
    """Add lines up over the classes of cost, period by period."""
    found = {}
    for period in np.unique(lines.period).tolist():
        here = lines.period == period
        columns = [each[here] for each in (lines.currency, lines.service, lines.consumer)]
        rows, of = grouped(*columns)
        currency, service, consumer = (column[rows] for column in columns)
        amount = added(lines.amount[here], of, len(rows))
        found[period] = Costs(lines.book, currency, service, consumer, amount)
    return found
