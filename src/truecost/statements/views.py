"""What one consumer sees for one period, and the index of all of them, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements import changes, charged, figures, lines
from truecost.statements import proof as proofs
from truecost.statements.book import Book, Run
from truecost.statements.headed import Comparison, Headed, OverTime, compared, heading, over_time
from truecost.statements.locale import speaking
from truecost.statements.posted import Posted, posted

if TYPE_CHECKING:
    from collections.abc import Collection

    from truecost.kernel.periods import Period
    from truecost.statements.changes import Reason
    from truecost.statements.charged import Unbilled
    from truecost.statements.lines import StatementLine
    from truecost.statements.proof import Named


@dataclass(frozen=True, slots=True)
class Member:
    """A consumer in a list, with its total in minor units; a branch has the total of its leaves."""

    id: str
    name: str
    depth: int
    leaf: bool
    total: int
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """What was spent on run, grow or transform; percents add up to 100, or are None."""

    name: str
    amount: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class Apart:
    """Technology that the reader bought itself, under the name that the model gives it."""

    name: str
    amount: int
    ledger_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView(OverTime):
    """A statement, whole.

    `others` are the consumer's totals in other currencies, which have statements of their own.
    `posted` says where the bill stands in the ledger, once its journal was posted.
    `model_digest` is the hash of the period's resolved model. `unbilled` is what the reader uses
    and is shown, or somebody else pays for.
    """

    consumer: str
    name: str
    path: tuple[str, ...]
    head: str
    leaf: bool
    lines: tuple[StatementLine, ...]
    reasons: tuple[Reason, ...]
    reasons_note: str
    classes: tuple[ClassTotal, ...]
    members: tuple[Member, ...]
    apart: tuple[Apart, ...]
    together: int
    others: tuple[Named, ...]
    ledger_lines: int
    model_digest: str
    posted: tuple[Posted, ...] = ()
    unbilled: tuple[Unbilled, ...] = ()

    @property
    def true_cost(self) -> int:
        """What the lines truly cost; at rates, it is another figure than the total."""
        return sum(part.amount for part in self.classes)

    @property
    def at_rates(self) -> bool:
        """Whether any line is charged otherwise than at its true cost."""
        return any(line.at_rate for line in self.lines)

    @property
    def line_count(self) -> int:
        """How many lines are charged in this period."""
        return sum(not line.ended for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView(Headed):
    """Every consumer of a period with its total, in tree order; minor units."""

    entries: tuple[Member, ...]
    total: int
    previous: Comparison | None


def statement_view(
    run: Run, consumer: str, period: Period, currency: str | None = None
) -> StatementView:
    """Draw a statement from a run, in the workspace's currency unless another is given.

    A consumer that is not a leaf gets the roll-up of its branch. Pass a `Book` where many are
    drawn. Raise UsageError for a period or consumer that the run does not have, VerifyError where
    the period's proof does not hold.
    """
    book = Book.of(run)
    with speaking(book.locale):
        return _statement_view(book, consumer, period, currency)


def _statement_view(
    book: Book, consumer: str, period: Period, currency: str | None
) -> StatementView:
    book.check_period(period)
    node = book.check_consumer(consumer, period)
    currency = currency or book.currency
    previous = period - 1 if _has(book, consumer, period - 1) else None
    drawn = lines.statement_lines(book, consumer, period, previous, currency)
    billed = tuple(line for line in drawn if not line.ended)
    why = changes.Reasons()
    if previous:
        why = changes.reasons(book, consumer, (previous, period), currency, drawn)
    leaves = book.leaves(consumer, period)
    apart = _apart(book, leaves, period, currency)
    return StatementView(
        **heading(book, period, currency),
        **over_time(
            book,
            period,
            lambda month: _has(book, consumer, month),
            lambda month: _total(book, consumer, month, currency),
        ),
        consumer=node.id,
        name=node.name,
        path=tuple(step.name for step in book.tree(period).path(consumer)),
        head=node.head or "",
        leaf=node.leaf,
        lines=drawn,
        reasons=why.parts,
        reasons_note=why.note,
        classes=_classes(billed),
        members=() if node.leaf else members(book, consumer, period, currency)[1:],
        apart=apart,
        together=sum(line.amount for line in billed) + sum(entry.amount for entry in apart),
        others=_others(book, leaves, period, currency),
        ledger_lines=proofs.ledger_lines(book, leaves, period, currency),
        unbilled=charged.unbilled(book, leaves, period, currency),
        posted=posted(book, leaves, period, currency),
        model_digest=str(book.manifest.get("inputs", {}).get("model", {}).get(str(period), "")),
    )


def index_view(run: Run, period: Period, currency: str | None = None) -> IndexView:
    """Give all consumers of a period with their totals. Raises as `statement_view` does."""
    book = Book.of(run)
    book.check_period(period)
    currency = currency or book.currency
    head = heading(book, period, currency)
    total = head["proof"].charged
    before = None
    if period - 1 in book.periods:
        was = proofs.proof(book, (period - 1,), currency).charged
        before = compared(period - 1, was, total)
    entries = members(book, "", period, currency)
    return IndexView(**head, entries=entries, total=total, previous=before)


def _has(book: Book, consumer: str, period: Period) -> bool:
    return period in book.periods and book.tree(period).get(consumer) is not None


def _total(book: Book, consumer: str, period: Period, currency: str) -> int:
    totals = charged.totals(book, period, currency)
    return sum(totals.get(member, 0) for member in book.leaves(consumer, period))


def _classes(billed: Collection[StatementLine]) -> tuple[ClassTotal, ...]:
    amounts = [sum(line.classes[i] for line in billed) for i in range(len(lines.CLASSES))]
    percents = figures.whole_percents(amounts) or (None,) * len(amounts)
    return tuple(map(ClassTotal, lines.CLASSES, amounts, percents))


def members(book: Book, consumer: str, period: Period, currency: str) -> tuple[Member, ...]:
    """Give a consumer and all below it, each with its total; for `""`, all."""
    return tuple(
        Member(
            id=node.id,
            name=node.name,
            depth=node.depth,
            leaf=node.leaf,
            total=_total(book, node.id, period, currency),
            previous=_total(book, node.id, period - 1, currency)
            if _has(book, node.id, period - 1)
            else None,
        )
        for node in book.tree(period).under(consumer)
    )


def _apart(
    book: Book, members: Collection[str], period: Period, currency: str
) -> tuple[Apart, ...]:
    amounts: dict[str, int] = {}
    for row in book.rows("remainders", period, currency=currency, consumer=members):
        amounts[row["name"]] = amounts.get(row["name"], 0) + row["amount"]
    counts: dict[str, int] = {}
    for row in book.rows(
        "cells", period, currency=currency, outcome="kept apart", consumer=members
    ):
        counts[row["label"]] = counts.get(row["label"], 0) + row["lines"]
    return tuple(Apart(name, amounts[name], counts.get(name, 0)) for name in sorted(amounts))


def _others(
    book: Book, members: Collection[str], period: Period, currency: str
) -> tuple[Named, ...]:
    amounts: dict[str, int] = {}
    for row in book.rows("charges", period, consumer=members, treatment=charged.CHARGE):
        if row["currency"] != currency:
            amounts[row["currency"]] = amounts.get(row["currency"], 0) + row["amount"]
    return tuple(proofs.Named(other, amount) for other, amount in sorted(amounts.items()))
