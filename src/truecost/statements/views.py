"""What one consumer sees for one period, and the index of all of them, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.kernel.periods import Period, span
from truecost.statements import changes, figures, lines
from truecost.statements import proof as proofs
from truecost.statements.book import Book, Run
from truecost.statements.locale import speaking
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from truecost.statements.changes import Reason
    from truecost.statements.lines import StatementLine
    from truecost.statements.proof import Named, Proof

DRAFT = "draft"
HISTORY = 13  # this month, and the twelve before it
YEAR = 12


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another period's total and the way from there to here, in minor units."""

    period: Period
    total: int
    change: int
    percent: Decimal | None


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


@dataclass(frozen=True, slots=True)
class Basis:
    """What a source's amounts are based on."""

    source: str
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement, whole. Amounts are minor units of `currency`.

    `number` is None and `status` is "draft" until the statement is issued. `previous`, `last_year`
    and `year_to_date` are None where the run does not have the periods for them. `others` are the
    consumer's totals in other currencies, which have statements of their own. `locale` says how
    figures and months are written. `manifest_digest` is the hash that seals the run's manifest,
    `model_digest` that of the period's resolved model.
    """

    organisation: str
    locale: str
    about: str
    attribution: str
    currency: str
    consumer: str
    name: str
    path: tuple[str, ...]
    head: str
    leaf: bool
    period: Period
    number: str | None
    status: str
    total: int
    previous: Comparison | None
    last_year: Comparison | None
    year_to_date: int | None
    year_label: str
    year_first: Period
    history: tuple[tuple[Period, int], ...]
    lines: tuple[StatementLine, ...]
    reasons: tuple[Reason, ...]
    reasons_note: str
    classes: tuple[ClassTotal, ...]
    members: tuple[Member, ...]
    apart: tuple[Apart, ...]
    together: int
    others: tuple[Named, ...]
    basis: tuple[Basis, ...]
    proof: Proof
    ledger_lines: int
    run_id: str
    manifest_digest: str
    model_digest: str

    @property
    def line_count(self) -> int:
        """How many lines are charged in this period."""
        return sum(not line.ended for line in self.lines)


@dataclass(frozen=True, slots=True)
class IndexView:
    """Every consumer of a period with its total, in tree order; minor units."""

    organisation: str
    locale: str
    about: str
    attribution: str
    currency: str
    period: Period
    status: str
    entries: tuple[Member, ...]
    total: int
    previous: Comparison | None
    basis: tuple[Basis, ...]
    proof: Proof
    run_id: str
    manifest_digest: str


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
    charged = tuple(line for line in drawn if not line.ended)
    total = sum(line.amount for line in charged)
    why = changes.Reasons()
    if previous:
        why = changes.reasons(book, consumer, (previous, period), currency, drawn)
    first = book.fiscal_year.first(period)
    members = book.leaves(consumer, period)
    apart = _apart(book, members, period, currency)
    return StatementView(
        organisation=book.said("organisation"),
        locale=book.locale,
        about=book.said("about"),
        attribution=book.said("attribution"),
        currency=currency,
        consumer=node.id,
        name=node.name,
        path=tuple(step.name for step in book.tree(period).path(consumer)),
        head=node.head or "",
        leaf=node.leaf,
        period=period,
        number=None,
        status=DRAFT,
        total=total,
        previous=_comparison(book, consumer, previous, total, currency),
        last_year=_comparison(book, consumer, period - YEAR, total, currency),
        year_to_date=_to_date(book, consumer, first, period, currency),
        year_label=book.fiscal_year.label(period),
        year_first=first,
        history=tuple(
            (month, _total(book, consumer, month, currency))
            for month in span(period - HISTORY + 1, period)
            if _has(book, consumer, month)
        ),
        lines=drawn,
        reasons=why.parts,
        reasons_note=why.note,
        classes=_classes(charged),
        members=() if node.leaf else _members(book, consumer, period, currency)[1:],
        apart=apart,
        together=total + sum(entry.amount for entry in apart),
        others=_others(book, members, period, currency),
        basis=sources_basis(book),
        proof=proofs.proof(book, (period,), currency),
        ledger_lines=proofs.ledger_lines(book, members, period, currency),
        run_id=book.id,
        manifest_digest=str(book.manifest["sha256"]),
        model_digest=str(book.manifest.get("inputs", {}).get("model", {}).get(str(period), "")),
    )


def index_view(run: Run, period: Period, currency: str | None = None) -> IndexView:
    """Give all consumers of a period with their totals. Raises as `statement_view` does."""
    book = Book.of(run)
    book.check_period(period)
    currency = currency or book.currency
    proof = proofs.proof(book, (period,), currency)
    before = None
    if period - 1 in book.periods:
        was = proofs.proof(book, (period - 1,), currency).statements
        before = compared(period - 1, was, proof.statements)
    return IndexView(
        organisation=book.said("organisation"),
        locale=book.locale,
        about=book.said("about"),
        attribution=book.said("attribution"),
        currency=currency,
        period=period,
        status=DRAFT,
        entries=_members(book, "", period, currency),
        total=proof.statements,
        previous=before,
        basis=sources_basis(book),
        proof=proof,
        run_id=book.id,
        manifest_digest=str(book.manifest["sha256"]),
    )


def _has(book: Book, consumer: str, period: Period) -> bool:
    return period in book.periods and book.tree(period).get(consumer) is not None


def _totals(book: Book, period: Period, currency: str) -> dict[str, int]:
    def add_up() -> dict[str, int]:
        table = book.slice("lines", period).group_by(["currency", "consumer"])
        rows = table.aggregate([("amount", "sum")]).to_pylist()
        return {row["consumer"]: row["amount_sum"] for row in rows if row["currency"] == currency}

    return book.once(("totals", period, currency), add_up)


def _total(book: Book, consumer: str, period: Period, currency: str) -> int:
    totals = _totals(book, period, currency)
    return sum(totals.get(member, 0) for member in book.leaves(consumer, period))


def _comparison(
    book: Book, consumer: str, period: Period | None, total: int, currency: str
) -> Comparison | None:
    if period is None or not _has(book, consumer, period):
        return None
    return compared(period, _total(book, consumer, period, currency), total)


def compared(period: Period, was: int, total: int) -> Comparison:
    """Compare a total with that of another period."""
    return Comparison(period, was, total - was, figures.percent(total - was, was))


def _to_date(book: Book, consumer: str, first: Period, last: Period, currency: str) -> int | None:
    months = tuple(span(first, last))
    if not set(months) <= set(book.periods):
        return None
    return sum(_total(book, consumer, month, currency) for month in months)


def _classes(charged: Collection[StatementLine]) -> tuple[ClassTotal, ...]:
    amounts = [sum(line.classes[i] for line in charged) for i in range(len(lines.CLASSES))]
    percents = figures.whole_percents(amounts) or (None,) * len(amounts)
    return tuple(map(ClassTotal, lines.CLASSES, amounts, percents))


def _members(book: Book, consumer: str, period: Period, currency: str) -> tuple[Member, ...]:
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
    for row in book.rows("lines", period, consumer=members):
        if row["currency"] != currency:
            amounts[row["currency"]] = amounts.get(row["currency"], 0) + row["amount"]
    return tuple(proofs.Named(other, amount) for other, amount in sorted(amounts.items()))


def sources_basis(book: Book) -> tuple[Basis, ...]:
    """Give what the amounts of each source are based on, by name."""
    sources = book.workspace.get("sources", {})
    return tuple(
        Basis(
            str(visible(name)),
            str(visible(said.get("basis") or "")),
            str(visible(said.get("basis_note") or "")),
        )
        for name, said in sorted(sources.items())
    )
