"""The books of three companies, each in the form that its own system has."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from truecost.synthetic import assets, cloud, contracts, departments, payroll
from truecost.synthetic.postings import CHART
from truecost.synthetic.tables import table
from truecost.synthetic.world import major

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.postings import Posting
    from truecost.synthetic.world import World

#: What is posted, each a function of a world.
PARTS = (
    payroll.postings,
    contracts.postings,
    assets.postings,
    cloud.postings,
    departments.postings,
)
_UK = (
    "Posting date", "Document", "Account", "Account name", "Cost centre", "Order", "Supplier",
    "Text", "Net amount", "Service from", "Service to",
)  # fmt: skip
_DE = (
    "Buchungsdatum", "Beleg", "Konto", "Kostenstelle", "Auftrag", "Kreditor", "Buchungstext",
    "Betrag", "Leistung von", "Leistung bis",
)  # fmt: skip
_US = (
    "Date", "Journal", "Account", "Department", "Project", "Vendor", "Memo", "Debit", "Credit",
    "Service begin", "Service end",
)  # fmt: skip

_PREPAID = (
    "date", "document", "account", "cost centre", "order", "supplier", "text", "amount",
    "service from", "service to",
)  # fmt: skip
_ESTIMATES = ("month", "account", "cost centre", "supplier", "estimate")


@lru_cache(maxsize=2)
def postings(world: World) -> tuple[Posting, ...]:
    """Give all postings of all companies, in the order of the books."""
    return tuple(sorted(one for part in PARTS for one in part(world)))


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give a file for each company and month."""
    books: dict[tuple[str, int], list[Posting]] = defaultdict(list)
    for one in postings(world):
        books[one.company, one.filed].append(one)
    for (company, number), lines in sorted(books.items()):
        name = f"data/ledger/{company}/{world.months[number].label}.csv"
        if company == "uk":
            yield name, table(_UK, map(_in_the_uk, lines))
        elif company == "de":
            yield name, table(_DE, map(_in_germany, lines), delimiter=";")
        else:
            yield name, table(_US, map(_in_america, lines))


def registers(world: World) -> Iterator[tuple[str, str]]:
    """Give what the ledgers do not have: prepaid before them, and bills that come a month later."""
    yield "data/prepaid.csv", table(_PREPAID, map(_before, contracts.prepaid(world)))
    yield "data/estimates.csv", table(_ESTIMATES, contracts.estimates(world))


def _before(one: Posting) -> tuple[str, ...]:
    return (
        one.date, one.document, one.account, one.centre, one.order, one.supplier, one.text,
        major(one.amount), one.service_from, one.service_to,
    )  # fmt: skip


def _in_the_uk(one: Posting) -> tuple[str, ...]:
    return (
        one.date, one.document, one.account, CHART[one.account], one.centre, one.order,
        one.supplier, one.text, major(one.amount), one.service_from, one.service_to,
    )  # fmt: skip


def _in_germany(one: Posting) -> tuple[str, ...]:
    return (
        _turned(one.date, "."), one.document, one.account, one.centre, one.order, one.supplier,
        one.text, _with_comma(one.amount), _turned(one.service_from, "."),
        _turned(one.service_to, "."),
    )  # fmt: skip


def _in_america(one: Posting) -> tuple[str, ...]:
    year, month, day = one.date.split("-")
    return (
        f"{month}/{day}/{year}", one.document, one.account, one.centre, one.order, one.supplier,
        one.text, major(one.amount) if one.amount >= 0 else "",
        major(-one.amount) if one.amount < 0 else "", one.service_from, one.service_to,
    )  # fmt: skip


def _turned(date: str, sign: str) -> str:
    """Write 2024-04-17 as 17.04.2024."""
    return sign.join(reversed(date.split("-"))) if date else ""


def _with_comma(minor: int) -> str:
    """Write 1234567 as 12.345,67."""
    whole, _, part = major(minor).partition(".")
    return f"{int(whole):,}".replace(",", ".") + f",{part}" if whole != "-0" else f"-0,{part}"
