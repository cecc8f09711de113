"""Lines of bills of one month as columns: read, added up and changed without a row in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from truecost.engine.allocate import CLASSES
from truecost.engine.codes import Codebook, added, grouped
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from truecost.engine.allocate import Settled
    from truecost.engine.codes import Codes
    from truecost.engine.standing import ChangedLine

_CONSUMER = f"{Kind.CONSUMER} "
#: (class, service, consumer); the service is "" where cost lands directly.
Key = tuple[str, str, str]
#: (service, consumer) → minor units.
Bills = dict[tuple[str, str], int]


class Billed(NamedTuple):
    """Amounts by service and consumer, as numbers of a book."""

    service: Codes
    consumer: Codes
    amount: NDArray[np.int64]


class MonthLines(Mapping[Key, int]):
    """(class, service, consumer) → minor units, none of them 0.

    Per line `cls` numbers `CLASSES`, `service` and `consumer` number `texts`.
    """

    def __init__(
        self,
        texts: Sequence[str],
        cls: Codes,
        service: Codes,
        consumer: Codes,
        amount: NDArray[np.int64],
    ) -> None:
        self._texts = texts
        self._columns = cls, service, consumer, amount
        self._rows: dict[Key, int] | None = None

    @classmethod
    def settled(cls, found: Settled) -> MonthLines:
        """Take what was settled on consumers."""
        book = Codebook(("", *found.names))
        consumers = book.codes(name.removeprefix(_CONSUMER) for name in found.names)
        return cls(book.texts, found.cls, found.source + 1, consumers[found.target], found.amount)

    @classmethod
    def of_run(cls, rows: pa.Table) -> MonthLines:
        """Take the rows of one month and currency of a run's `lines`."""
        book = Codebook()
        classes = {name: at for at, name in enumerate(CLASSES)}
        columns: list[Codes] = []
        for name in ("class", "service", "consumer"):
            column = rows[name].combine_chunks().dictionary_encode()
            texts = column.dictionary.to_pylist()
            if name == "class":
                numbers = np.array([classes[text] for text in texts], np.int32)
            else:
                numbers = book.codes(texts)
            columns.append(numbers[column.indices.to_numpy()])
        kind, service, consumer = columns
        return cls(book.texts, kind, service, consumer, rows["amount"].to_numpy().copy())

    def __getitem__(self, key: Key) -> int:
        """Give the amount of a line."""
        return self._as_rows[key]

    def __iter__(self) -> Iterator[Key]:
        """Give the lines."""
        return iter(self._as_rows)

    def __len__(self) -> int:
        """Give how many lines there are."""
        return len(self._columns[3])

    @property
    def _as_rows(self) -> dict[Key, int]:
        if self._rows is None:
            cls, service, consumer, amount = (column.tolist() for column in self._columns)
            texts = self._texts
            self._rows = {
                (CLASSES[c], texts[s], texts[u]): a
                for c, s, u, a in zip(cls, service, consumer, amount, strict=True)
            }
        return self._rows

    def by_class(self) -> dict[str, int]:
        """Add up by class."""
        cls, *_, amount = self._columns
        sums = added(amount, cls.astype(np.int64), len(CLASSES))
        return {name: int(sums[at]) for at, name in enumerate(CLASSES) if sums[at]}

    def billed(self, book: Codebook) -> Billed:
        """Give the amounts, all classes one after the other."""
        _, service, consumer, amount = self._columns
        codes = book.codes(self._texts)
        return Billed(codes[service], codes[consumer], amount)

    def differences(self, after: MonthLines) -> Bills:
        """Give by how much bills are others in another month; those that are."""
        book = Codebook()
        before = self.billed(book)
        less = before._replace(amount=-before.amount)
        return {key: sum_ for key, sum_ in bills([less, after.billed(book)], book).items() if sum_}

    def with_(self, changes: Iterable[ChangedLine]) -> MonthLines:
        """Give the lines with those of consumers that are others in their place."""
        book = Codebook(self._texts)
        number = {name: at for at, name in enumerate(CLASSES)}
        rows = [
            (number[c.cls], book.code(c.source), book.code(c.target.removeprefix(_CONSUMER)), c.now)
            for c in changes
            if c.target.startswith(_CONSUMER)
        ]
        come = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
        if not come:
            return self
        both: list[NDArray[np.int64]] = [
            np.concatenate([np.asarray(before, np.int64), new])
            for before, new in zip(self._columns, come, strict=True)
        ]
        width = len(book.texts)
        key = (both[0] * width + both[1]) * width + both[2]
        # of equal keys the last stands: what came
        _, last = np.unique(key[::-1], return_index=True)
        kept = len(key) - 1 - last
        kept = kept[both[3][kept] != 0]
        cls, service, consumer, amount = (column[kept] for column in both)
        return MonthLines(
            book.texts, cls.astype(np.int32), service.astype(np.int32),
            consumer.astype(np.int32), amount,
        )  # fmt: skip


def bills(parts: Sequence[Billed], book: Codebook) -> Bills:
    """Add amounts up by service and consumer."""
    if not parts:
        return {}
    service, consumer, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows, of = grouped(service, consumer)
    sums: Any = added(amount, of, len(rows))
    texts = book.texts
    columns = (service[rows].tolist(), consumer[rows].tolist(), sums.tolist())
    return {(texts[s], texts[c]): amount for s, c, amount in zip(*columns, strict=True)}
