"""How long disputes wait: by age, by service, by department, and how soon they are answered."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.record.services.disputes.reading import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from truecost.record.services.acts import By
    from truecost.record.services.disputes.reading import Case

#: The last day of each bucket, counted from the day on which it was raised.
_LAST = (7, 14, 30, 60)
BUCKETS = ("0 to 7 days", "8 to 14 days", "15 to 30 days", "31 to 60 days", "over 60 days")
NO_SERVICE = "no service"


@dataclass(frozen=True, slots=True)
class Aged:
    """What waits under one name: how many by bucket, how many are overdue, and over how much.

    `amounts` are in minor units by currency; questions have none.
    """

    name: str
    counts: tuple[int, ...]
    overdue: int
    amounts: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is not settled, the oldest buckets last; `days` is the median until an answer.

    `answered` is how many answers that is of; `days` is None where there are none.
    """

    together: Aged
    by_service: tuple[Aged, ...]
    by_department: tuple[Aged, ...]
    days: Fraction | None
    answered: int


def ageing(by: By) -> Ageing:
    """Give the report over what somebody may read, as of the day of the act."""
    found = cases(by)
    waiting = [each for each in found if not each.settled]
    took = [
        (each.answered - each.row.moment.date()).days for each in found if each.answered is not None
    ]
    return Ageing(
        _aged("together", waiting),
        _grouped(waiting, lambda each: each.row.service or NO_SERVICE),
        _grouped(waiting, lambda each: each.row.statement.name),
        statistics.median(map(Fraction, took)) if took else None,
        len(took),
    )


def _grouped(waiting: Iterable[Case], name: Callable[[Case], str]) -> tuple[Aged, ...]:
    groups: dict[str, list[Case]] = {}
    for each in waiting:
        groups.setdefault(name(each), []).append(each)
    made = [_aged(key, group) for key, group in groups.items()]
    return tuple(sorted(made, key=lambda each: (-each.count, each.name)))


def _aged(name: str, group: Sequence[Case]) -> Aged:
    counts = [0] * len(BUCKETS)
    amounts: dict[str, int] = {}
    for each in group:
        counts[sum(each.age > last for last in _LAST)] += 1
        if each.row.amount is not None:
            amounts[each.currency] = amounts.get(each.currency, 0) + each.row.amount
    return Aged(name, tuple(counts), sum(each.overdue for each in group), amounts)
