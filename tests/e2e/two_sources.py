"""Kettle & Crane, an invented firm: its ledger is a workbook, its cloud bill is FOCUS 1.2.

The figures that its statements must have are computed here from the same lines, in exact fractions
and with nothing of the program's own. Amounts are in pounds as text, until they are fractions.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PEOPLE = {"sales": 40, "works": 110, "office": 25}
UNKNOWN = "it-99"
#: What a key is: where a cost enters, its class, whose own it is.
Key = tuple[str, str, str]
K = TypeVar("K")


@dataclass(frozen=True)
class Posting:
    """A row of the workbook; a credit has a minus."""

    day: date
    account: int
    cost_centre: str
    payee: str
    amount: str


POSTINGS = [
    Posting(date(2026, 4, 2), 6400, "IT-10", "Müller & Söhne", "4250.01"),
    Posting(date(2026, 4, 9), 6600, "it-20 ", "Lines, Cables", "1980.40"),
    Posting(date(2026, 4, 13), 6600, "IT-20", "Lines, Cables", "-130.03"),
    Posting(date(2026, 4, 14), 6700, "IT-20", "Blue Advice", "2600.07"),
    Posting(date(2026, 4, 17), 6400, UNKNOWN, "New Tools", "777.77"),
    Posting(date(2026, 4, 21), 6410, "S-10", "Sunny CRM", "349.00"),
    Posting(date(2026, 4, 24), 6450, "IT-20", "Stratus Cloud", "171.98"),
    Posting(date(2026, 4, 28), 7100, "O-10", "Landlord", "18200.00"),
    Posting(date(2026, 5, 5), 6400, "IT-10", "Müller & Söhne", "4300.00"),
]
TOWERS = {"IT-10": "workplace", "IT-20": "network", "IT-99": "network"}


def write_ledger(path: Path) -> None:
    """Write the postings as somebody keeps them: a title, a date of print, then the header."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Read me")
        sheet.write("A1", "Postings are on the next sheet.")
        sheet = book.add_worksheet("Postings")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.write("A1", "Kettle & Crane Ltd: purchase ledger")
        sheet.write("A2", "printed on")
        sheet.write_datetime("B2", date(2026, 6, 2), day)
        sheet.write_row("A4", ["Posted", "Nominal", "Dept", "Payee", "Dr", "Cr"])
        for row, each in enumerate(POSTINGS, 4):
            sheet.write_datetime(row, 0, each.day, day)
            sheet.write_number(row, 1, each.account)
            sheet.write_string(row, 2, each.cost_centre)
            sheet.write_string(row, 3, each.payee)
            column = 5 if each.amount.startswith("-") else 4
            sheet.write_number(row, column, float(each.amount.lstrip("-")), money)


@dataclass(frozen=True)
class Charge:
    """A row of the bill; `tags` as they stand in it."""

    month: int
    tags: str
    cost: str
    category: str = "Usage"


CHARGES = [
    Charge(4, '{"team": "sales", "env": "prod"}', "41.1237891"),
    Charge(4, '{"env": "prod", "Team": "Sales"}', "17.000417"),
    Charge(4, '{"Team": "works", "env": "dev"}', "9.98451"),
    Charge(4, '{"team": "works"}', "52.333333333"),
    Charge(4, '{"team": "office", "env": "prod"}', "0.000417"),
    Charge(4, '{"team": "office", "env": "dev"}', "6.1250001"),
    Charge(4, '{"team": "platform", "env": "prod"}', "30.7071"),
    Charge(4, "", "12.3456789"),
    Charge(4, '{"env": "prod"}', "3.0049"),
    Charge(4, '{"team": "sales"}', "-5.5512", "Credit"),
    Charge(5, '{"team": "sales"}', "40.5"),
    Charge(5, '{"team": "platform"}', "31.25"),
    Charge(5, "", "0.125"),
]

USAGE = {
    "AvailabilityZone": "south-2a", "BillingAccountId": "B-1",
    "BillingAccountName": "Kettle & Crane", "BillingAccountType": "Account",
    "BillingCurrency": "GBP", "ChargeClass": "", "ChargeFrequency": "Usage-Based",
    "InvoiceIssuerName": "Stratus Cloud", "PricingCategory": "Standard",
    "ProviderName": "Stratus Cloud", "PublisherName": "Stratus Cloud", "RegionId": "south-2",
    "RegionName": "South 2", "ResourceId": "vm-1", "ResourceName": "vm-1",
    "ResourceType": "machine", "ServiceCategory": "Compute", "ServiceName": "Stratus Machines",
    "ServiceSubcategory": "Virtual Machines", "SkuId": "VM", "SkuPriceId": "VM-1",
    "SkuMeter": "Hours", "SubAccountId": "S-1", "SubAccountName": "Main",
    "SubAccountType": "Project", "PricingCurrency": "GBP", "CommitmentDiscountId": "",
    "CapacityReservationId": "",
}  # fmt: skip


def write_bill(path: Path) -> None:
    """Write the charges as a provider would, in CSV."""
    rows: list[dict[str, str]] = []
    for charge in CHARGES:
        begins, ends = (f"2026-0{month}-01T00:00:00Z" for month in (charge.month, charge.month + 1))
        credit = charge.category == "Credit"
        costs = dict.fromkeys(
            ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"), charge.cost
        )
        prices = ("ListUnitPrice", "ContractedUnitPrice")
        quantity = {
            **dict.fromkeys(prices, "" if credit else charge.cost),
            "PricingQuantity": "" if credit else "1", "PricingUnit": "" if credit else "Hours",
            "ConsumedQuantity": "" if credit else "1", "ConsumedUnit": "" if credit else "Hours",
        }  # fmt: skip
        rows.append(
            USAGE | costs | quantity | {
                "BillingPeriodStart": begins, "BillingPeriodEnd": ends,
                "ChargePeriodStart": begins, "ChargePeriodEnd": ends,
                "ChargeCategory": charge.category,
                "ChargeFrequency": "One-Time" if credit else "Usage-Based",
                "ChargeDescription": "Sorry for the outage" if credit else "Machine hours",
                "InvoiceId": f"ST-{charge.month}", "Tags": charge.tags,
            }
        )  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def entered(month: int) -> dict[str, dict[Key, Fraction]]:
    """Give what came in, in pence, by source and key; a remainder's key has its name first."""
    found: dict[str, dict[Key, Fraction]] = {
        source: defaultdict(Fraction) for source in ("ledger", "cloud")
    }
    for each in POSTINGS:
        if each.day.month != month or each.account == 7100 or each.payee == "Stratus Cloud":
            continue
        place = TOWERS.get(each.cost_centre.strip().upper())
        key = (place or "technology bought by departments", "run", "" if place else "sales")
        if each.account == 6700:
            key = (key[0], "transform", key[2])
        found["ledger"][key] += 100 * Fraction(each.amount)
    for charge in CHARGES:
        if charge.month == month:
            found["cloud"][_charged(charge)] += 100 * Fraction(charge.cost)
    return found


def team(charge: Charge) -> tuple[str, str]:
    """Give whose a charge is and its environment, by either spelling of the tag."""
    tags = json.loads(charge.tags or "{}")
    return tags.get("team", tags.get("Team", "")).lower(), tags.get("env", "")


def _charged(charge: Charge) -> Key:
    owner, environment = team(charge)
    cls = "grow" if environment == "dev" else "run"
    if owner == "platform":
        return "platform", cls, ""
    return ("own", cls, owner) if owner else ("cloud cost without an owner", cls, "")


def whole(exact: Mapping[K, Fraction]) -> dict[K, int]:
    """Round to whole pence by largest remainder, so that the sum is the rounded sum."""
    total = round(sum(exact.values(), Fraction(0)))
    found = {key: amount.numerator // amount.denominator for key, amount in exact.items()}
    rest = sorted(exact, key=lambda key: found[key] - exact[key])
    missing = total - sum(found.values())
    parts = [exact[key] % 1 for key in rest]
    assert not missing or parts[missing - 1] != parts[missing]  # no tie to be broken
    for key in rest[:missing]:
        found[key] += 1
    return found


@dataclass(frozen=True)
class Month:
    """What a month must come to, in pence."""

    lines: dict[tuple[str, str, str], int]  #: class, service ("" for directly), consumer
    remainders: dict[str, int]
    sources: dict[str, int]
    exact: dict[tuple[str, str, str], Fraction]  #: the lines, had nothing been rounded


def expected(month: int) -> Month:
    """Compute a month: each source once to whole pence, then the bill of each class."""
    found = entered(month)
    rounded = [whole(keys) for keys in found.values()]
    sources = {name: sum(keys.values()) for name, keys in zip(found, rounded, strict=True)}
    lines: dict[tuple[str, str, str], int] = {}
    exact: dict[tuple[str, str, str], Fraction] = {}
    remainders: dict[str, int] = defaultdict(int)
    unrounded: dict[Key, Fraction] = defaultdict(Fraction)
    costs: dict[Key, Fraction] = defaultdict(Fraction)
    for keys, cents in zip(found.values(), rounded, strict=True):
        for key, amount in keys.items():
            if key[0] in {"network", "workplace", "platform", "own"}:
                unrounded[key] += amount
                costs[key] += cents[key]
            else:
                remainders[key[0]] += cents[key]
    for cls in ("run", "grow", "transform"):
        bill = whole(_shared(costs, cls, month))
        lines |= {(cls, *key): amount for key, amount in bill.items() if amount}
        exact |= {(cls, *key): amount for key, amount in _shared(unrounded, cls, month).items()}
    return Month(lines, dict(remainders), sources, exact)


def _shared(costs: Mapping[Key, Fraction], cls: str, month: int) -> dict[tuple[str, str], Fraction]:
    """Share one class: network and workplace use each other, and the platform uses network."""
    network_own = costs.get(("network", cls, ""), Fraction(0))
    workplace_own = costs.get(("workplace", cls, ""), Fraction(0))
    network = (network_own + Fraction(5, 100) * workplace_own) / (
        1 - Fraction(5, 100) * Fraction(30, 100)
    )
    workplace = workplace_own + Fraction(30, 100) * network
    platform = costs.get(("platform", cls, ""), Fraction(0)) + Fraction(20, 100) * network
    tagged: dict[str, Fraction] = defaultdict(Fraction)
    for charge in CHARGES:
        owner, _ = team(charge)
        if charge.month == month and owner in PEOPLE and not charge.cost.startswith("-"):
            tagged[owner] += Fraction(charge.cost)
    exact: dict[tuple[str, str], Fraction] = {}
    for consumer, count in PEOPLE.items():
        heads = Fraction(count, sum(PEOPLE.values()))
        exact["network", consumer] = network * Fraction(50, 100) * heads
        exact["workplace", consumer] = workplace * Fraction(95, 100) * heads
        exact["platform", consumer] = platform * tagged[consumer] / sum(tagged.values())
        exact["", consumer] = costs.get(("own", cls, consumer), Fraction(0))
    return exact
