"""Classified ledger lines as cells in minor units: where each cent of a source enters the model.

A cell's amount is settled in two steps. The source's total of the period is rounded once; that
integer is distributed to the keys (entry cost object, class, …) by largest remainder; and each
key's amount to its finer origins (pool, rule). So no key is further than one minor unit from its
exact sum, however many small origins it has. With amounts in whole minor units nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Inexact
from enum import StrEnum
from fractions import Fraction
from itertools import groupby, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from truecost.kernel.apportion import largest_remainder, tie_of
from truecost.kernel.findings import Finding, SourceError
from truecost.kernel.money import digits, whole_minor
from truecost.kernel.periods import Period
from truecost.model.types import CostObject, Kind
from truecost.sources.late import LATE_FOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from truecost.model.recognition import Recognition
    from truecost.model.types import Class, Consumer, MappingRule, Model


#: What the rules decide of a key: outcome, label, object, class, consumer.
_Outcome = tuple["Outcome", str, str, str, str]
#: What lines say of themselves beyond where they belong: (column, text), sorted, no empty text.
Detail = tuple[tuple[str, str], ...]
_EXACT = Context(prec=80, traps=[Inexact])
_COUNTED = {"period", "currency", "account", "centre", "consumer", "lines", "amount"}


class Outcome(StrEnum):
    """What becomes of a ledger line."""

    ALLOCATED = "allocated"
    KEPT_APART = "kept apart"
    IGNORED = "ignored"
    UNMAPPED_ACCOUNT = "unmapped account"
    UNMAPPED_CENTRE = "unmapped cost centre"
    NO_CONSUMER = "no consumer of its own"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where cost enters: what is settled. `object` and `consumer` are texts, "" for none."""

    period: int
    currency: str
    source: str
    outcome: Outcome
    label: str
    object: str
    cls: str
    consumer: str


class Nature(StrEnum):
    """Why a cell counts in its period, where that is not because the ledger has it there.

    `DEFERRED` takes from the period in which the ledger has it what counts in others; it has the
    opposite sign of what it takes away. `SAVING` moves the savings of commitments between those who
    used them and others: all of a source and period add up to nothing.
    """

    POSTED = ""
    DEFERRED = "deferred"
    RELEASED = "released"
    ACCRUED = "accrued"
    REVERSED = "reversed"
    OPENING = "opening"
    DISPOSED = "disposed"
    LATE = "late"
    SAVING = "saving"


#: Cells that the ledger has in their period; their lines are counted once here.
OF_LEDGER = frozenset({Nature.POSTED, Nature.LATE, Nature.SAVING})


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A key with its finer origin, and what counts there: `amount` in minor units.

    All cells of a period add up to what counts in it. `posted` is the period in which the ledger
    has the lines behind it, `service_period` the one that the cost is for: both `Period.index`.
    `ledger_amount` is the cell's share in minor units of `ledger_currency`, the ledger's own.
    `detail` has what the lines themselves say of when they count, column by column, until that is
    recognised; a run does not keep it.
    """

    key: Key
    pool: str
    rule: str
    centre_rule: str
    lines: int
    amount: int
    posted: int
    nature: Nature
    service_period: int
    ledger_currency: str
    ledger_amount: int
    detail: Detail = ()

    @classmethod
    def entered(
        cls,
        key: Key,
        pool: str,
        rule: str,
        centre_rule: str,
        lines: int,
        amount: int,
        detail: Detail = (),
    ) -> Cell:
        """Give a cell that counts where, and as, the ledger has it."""
        return cls(
            key, pool, rule, centre_rule, lines, amount,
            key.period, Nature.POSTED, key.period, key.currency, amount, detail,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceTotal:
    """What a source has in a period, in minor units, and the exact rest below the minor unit."""

    period: int
    currency: str
    source: str
    minor: int
    rest: Fraction


class Mapper:
    """Decides what becomes of a ledger line from the rules that won it.

    Of a `register`, whose lines the ledger does not have, every column is told apart.
    """

    def __init__(self, model: Model, owners: Sequence[Consumer], register: str = "") -> None:
        self._register = register
        self._accounts = model.accounts
        self._centres = model.cost_centres
        self._owners = owners
        self._default = model.default_class
        self._outcomes: dict[tuple[int, int, int], tuple[_Outcome, str, str, str]] = {}
        self.calendar = model.calendar

    def key(
        self, period: int, currency: str, source: str, account: int, centre: int, owner: int
    ) -> tuple[Key, str, str, str]:
        """Give the key of a line, its pool, and the names of the account and centre rule."""
        enters, pool, rule, centre_rule = self.outcome(account, centre, owner)
        outcome, label, target, cls, consumer = enters
        key = Key(period, currency, source, outcome, label, target, cls, consumer)
        return key, pool, rule, centre_rule

    def outcome(self, account: int, centre: int, owner: int) -> tuple[_Outcome, str, str, str]:
        """Give what of a line's key the rules decide, its pool, and the names of the rules."""
        by = (account, centre, owner)
        if by not in self._outcomes:
            consumer = self._owners[owner].id if owner >= 0 else ""
            of_account = self._accounts[account] if account >= 0 else None
            of_centre = self._centres[centre] if centre >= 0 else None
            pool = of_account.pool or "" if of_account else ""
            self._outcomes[by] = (
                (*self._outcome(of_account, of_centre, consumer), consumer),
                pool,
                of_account.name if of_account else "",
                of_centre.name if of_centre else "",
            )
        return self._outcomes[by]

    def detail(self, row: Mapping[str, Any]) -> Detail:
        """Give what the lines of a row say that their rule, or their register, reads."""
        reads = set(row) - _COUNTED
        if not self._register:
            account, centre = row["account"], row["centre"]
            found = recognition_of(
                self._accounts[account] if account >= 0 else None,
                self._centres[centre] if centre >= 0 else None,
            )
            reads &= {LATE_FOR, *(found.reads if found else ())}
        return tuple((column, row[column]) for column in sorted(reads) if row[column])

    def _outcome(
        self, account: MappingRule | None, centre: MappingRule | None, consumer: str
    ) -> tuple[Outcome, str, str, str]:
        cls = _class_of(account, centre) or self._default
        shown = cls.value if cls else ""
        if account is None:
            return Outcome.UNMAPPED_ACCOUNT, "", "", shown
        for rule in (account, centre):
            if rule is None:
                return Outcome.UNMAPPED_CENTRE, "", "", shown
            if rule.ignore is not None:
                return Outcome.IGNORED, rule.ignore, "", shown
            if rule.keep_apart is not None:
                return Outcome.KEPT_APART, rule.keep_apart, "", shown
            if rule.own_consumer:
                if not consumer:
                    return Outcome.NO_CONSUMER, "", "", shown
                return Outcome.ALLOCATED, "", str(CostObject(Kind.CONSUMER, consumer)), shown
            if rule.to is not None:
                return Outcome.ALLOCATED, "", str(rule.to), shown
        return Outcome.UNMAPPED_CENTRE, "", "", shown


def _class_of(account: MappingRule | None, centre: MappingRule | None) -> Class | None:
    if account and account.cls:
        return account.cls
    return centre.cls if centre else None


def recognition_of(account: MappingRule | None, centre: MappingRule | None) -> Recognition | None:
    """Give how a line is recognised: as its account's rule says, else its cost centre's."""
    if account and account.recognise:
        return account.recognise
    return centre.recognise if centre else None


def settle_source(
    table: pa.Table, source: str, mapper: Mapper
) -> tuple[list[Cell], list[SourceTotal]]:
    """Bring a classified source to cells in minor units.

    `table` has period, currency, account, centre, consumer (indexes of the winning rules), lines,
    amount (exact decimal, major units). Raise SourceError where the amounts of a month, without
    their signs, are beyond int64 minor units.
    """
    told_apart = any(name not in _COUNTED for name in table.column_names)
    details = map(mapper.detail, table.to_pylist()) if told_apart else repeat(())
    places = table["amount"].type.scale
    columns = ("period", "currency", "account", "centre", "consumer", "lines", "amount")
    rows: list[tuple[int, str, _Outcome, _Origin, int, int]] = []
    for (period, currency, account, centre, owner, lines, amount), detail in zip(
        zip(*(table[name].to_pylist() for name in columns), strict=True), details, strict=False
    ):
        enters, pool, rule, centre_rule = mapper.outcome(account, centre, owner)
        origin = (pool, rule, centre_rule, detail)
        finest = int(amount.scaleb(places, _EXACT))
        rows.append((period, currency, enters, origin, lines, finest))
    rows.sort(key=itemgetter(0, 1, 2, 3))
    cells: list[Cell] = []
    totals: list[SourceTotal] = []
    for (period, currency), group in groupby(rows, itemgetter(0, 1)):
        unit = Fraction(10 ** digits(currency), 10**places)
        merged = _merged(group, source)
        exact = sum(row.finest for row in merged) * unit
        try:
            whole_minor(sum(abs(row.finest) for row in merged) * unit)
        except OverflowError:
            raise SourceError(
                Finding(
                    None,
                    f'source "{source}": the amounts of {mapper.calendar.period(period)} in'
                    f" {currency} are beyond what can be held",
                    "look for an amount of more than about fifteen digits before the point",
                )
            ) from None
        minor = whole_minor(exact)
        totals.append(SourceTotal(period, currency, source, minor, exact - minor))
        cells.extend(_distributed(merged, minor, unit))
    return cells, totals


_Origin = tuple[str, str, str, Detail]


class _Merged(NamedTuple):
    """Lines of the same key and origin; `finest` is their amount in a source's finest unit."""

    key: Key
    origin: _Origin
    lines: int
    finest: int


def _merged(
    rows: Iterable[tuple[int, str, _Outcome, _Origin, int, int]], source: str
) -> list[_Merged]:
    """Add up rows, sorted, that different rules brought to the same key and origin."""
    merged = []
    for (period, currency, enters), of_key in groupby(rows, itemgetter(0, 1, 2)):
        outcome, label, target, cls, consumer = enters
        key = Key(period, currency, source, outcome, label, target, cls, consumer)
        for origin, of_origin in groupby(of_key, itemgetter(3)):
            lines = finest = 0
            for *_, more, amount in of_origin:
                lines, finest = lines + more, finest + amount
            merged.append(_Merged(key, origin, lines, finest))
    return merged


def _distributed(merged: Sequence[_Merged], total: int, unit: Fraction) -> list[Cell]:
    """Distribute an integer total to keys, and each key's part to its origins.

    A finest unit is so many minor ones.
    """
    if all(row.finest % unit.denominator == 0 for row in merged):
        amounts = [row.finest // unit.denominator * unit.numerator for row in merged]
    else:
        amounts = shared(
            total,
            [row.key for row in merged],
            [(*row.origin[:3], *told(row.origin[3])) for row in merged],
            [row.finest * unit for row in merged],
        )
    return [
        Cell.entered(row.key, *row.origin[:3], row.lines, amount, row.origin[3])
        for row, amount in zip(merged, amounts, strict=True)
    ]


def shared(
    total: int, keys: Sequence[Key], origins: Sequence[tuple[str, ...]], exact: Sequence[Fraction]
) -> list[int]:
    """Round exact amounts to integers that add up to `total`: keys first, finer origins after.

    Both by largest remainder, ties by what they are called and the period. Raise ValueError where
    `total` is no rounding of what the amounts add up to.
    """
    by_key: dict[Key, list[int]] = {}
    for at, key in enumerate(keys):
        by_key.setdefault(key, []).append(at)
    sums = [sum((exact[at] for at in of), Fraction(0)) for of in by_key.values()]
    ties = [
        tie_of(f"{key.object} {key.label} {key.cls} {key.consumer}", Period(key.period))
        for key in by_key
    ]
    amounts = [0] * len(keys)
    settled = largest_remainder(total, sums, ties)
    for (key, of), whole in zip(by_key.items(), settled, strict=True):
        ties = [tie_of(" ".join(origins[at]), Period(key.period)) for at in of]
        parts = largest_remainder(whole, [exact[at] for at in of], ties)
        for at, amount in zip(of, parts, strict=True):
            amounts[at] = amount
    return amounts


def told(detail: Detail) -> tuple[str, ...]:
    """Give what lines say of themselves as texts."""
    return tuple(text for pair in detail for text in pair)
