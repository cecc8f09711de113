"""What statements, summaries and indexes have in common: whose they are, and of which run.

A statement and a summary also set their total against other months.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.kernel.periods import Period, span
from truecost.statements import figures
from truecost.statements import proof as proofs
from truecost.statements.safe import visible

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from decimal import Decimal

    from truecost.statements.book import Book
    from truecost.statements.proof import Proof

DRAFT, ISSUED = "draft", "issued"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another period's total and the way from there to here, in minor units."""

    period: Period
    total: int
    change: int
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a source's amounts are based on."""

    source: str
    basis: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """What every view has. Amounts are minor units of `currency`.

    `status` is "draft" until it is "issued". `locale` says how figures and months are written.
    `manifest_digest` is the hash that seals the run's manifest.
    """

    organisation: str
    locale: str
    about: str
    attribution: str
    currency: str
    period: Period
    status: str
    basis: tuple[Basis, ...]
    proof: Proof
    run_id: str
    manifest_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime(Headed):
    """A total beside those of other months; None where the run does not have these.

    `number` and `issued` are None until it is issued. `history` is up to 13 months, this one last.
    """

    number: str | None
    total: int
    previous: Comparison | None
    last_year: Comparison | None
    year_to_date: int | None
    year_label: str
    year_first: Period
    history: tuple[tuple[Period, int], ...]
    issued: dt.date | None = None


def heading(book: Book, period: Period, currency: str) -> dict[str, Any]:
    """Give the fields of `Headed`. Raise VerifyError where the period's proof does not hold."""
    return {
        "organisation": book.said("organisation"),
        "locale": book.locale,
        "about": book.said("about"),
        "attribution": book.said("attribution"),
        "currency": currency,
        "period": period,
        "status": DRAFT,
        "basis": sources_basis(book),
        "proof": proofs.proof(book, (period,), currency),
        "run_id": book.id,
        "manifest_digest": str(book.manifest["sha256"]),
    }


def over_time(
    book: Book, period: Period, has: Callable[[Period], bool], total: Callable[[Period], int]
) -> dict[str, Any]:
    """Give the fields of `OverTime` that `Headed` has not: `total` of the periods that it `has`."""
    now, per_year = total(period), book.calendar.per_year
    first = book.calendar.first(period)
    year = tuple(span(first, period))

    def against(other: Period) -> Comparison | None:
        return compared(other, total(other), now) if has(other) else None

    return {
        "number": None,
        "total": now,
        "previous": against(period - 1),
        "last_year": against(period - per_year),
        "year_to_date": sum(map(total, year)) if set(year) <= set(book.periods) else None,
        "year_label": book.calendar.label(period),
        "year_first": first,
        "history": tuple(
            (month, total(month)) for month in span(period - per_year, period) if has(month)
        ),
    }


def compared(period: Period, was: int, total: int) -> Comparison:
    """Compare a total with that of another period."""
    return Comparison(period, was, total - was, figures.percent(total - was, was))


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
