"""The synthetic company: the same for the same seed, and its parts fit together."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import os
import subprocess
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest

from truecost.synthetic.workspace import files
from truecost.synthetic.world import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CENT = Decimal("0.01")
_DIGEST = """
import hashlib
from truecost.synthetic.workspace import files
made = files()
print(hashlib.sha256(repr(sorted(made.items())).encode()).hexdigest())
"""
SEEDS = (20260401, 7)


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest) -> Mapping[str, str]:
    return files(request.param)


def rows(made: Mapping[str, str], under: str, delimiter: str = ",") -> Iterator[dict[str, str]]:
    for path, text in made.items():
        if path.startswith(under):
            yield from csv.DictReader(io.StringIO(text), delimiter=delimiter)


def ledger(made: Mapping[str, str]) -> Iterator[tuple[str, str, str, str, Decimal, str]]:
    """Give company, month, account, cost centre, amount, document of every ledger line."""
    for row in rows(made, "data/ledger/uk/"):
        amount = Decimal(row["Net amount"])
        month = row["Posting date"][:7]
        yield "uk", month, row["Account"], row["Cost centre"], amount, row["Document"]
    for row in rows(made, "data/ledger/de/", ";"):
        amount = Decimal(row["Betrag"].replace(".", "").replace(",", "."))
        _, month, year = row["Buchungsdatum"].split(".")
        yield "de", f"{year}-{month}", row["Konto"], row["Kostenstelle"], amount, row["Beleg"]
    for row in rows(made, "data/ledger/us/"):
        amount = Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0)
        month, _, year = row["Date"].split("/")
        yield "us", f"{year}-{month}", row["Account"], row["Department"], amount, row["Journal"]


def summed(items: Iterator[tuple[object, Decimal]]) -> dict[object, Decimal]:
    sums: dict[object, Decimal] = defaultdict(Decimal)
    for key, amount in items:
        sums[key] += amount
    return {key: amount for key, amount in sums.items() if amount}


def test_a_seed_makes_the_same_bytes_in_another_process() -> None:
    told = []
    for hashes in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            check=True,
            capture_output=True,
            text=True,
        )
        told.append(done.stdout.strip())
    here = hashlib.sha256(repr(sorted(files().items())).encode()).hexdigest()
    assert told == [here, here]


def test_another_seed_makes_another_company() -> None:
    one, other = (files(seed) for seed in SEEDS)
    assert set(one) == set(other)
    assert one["data/drivers/people.csv"] != other["data/drivers/people.csv"]
    assert one["data/ledger/uk/2025-03.csv"] != other["data/ledger/uk/2025-03.csv"]


def test_it_says_that_it_is_invented(made: Mapping[str, str]) -> None:
    for path, text in made.items():
        if not path.endswith(".csv"):
            assert LABEL in text, path


def test_it_is_of_the_size_that_it_says(made: Mapping[str, str]) -> None:
    people = list(rows(made, "data/drivers/people.csv"))
    assert len({row["consumer"] for row in people}) == 65
    assert len({row["period"] for row in people}) == 24
    assert made["model/services.yaml"].count("\n  owner: ") == 82
    assert sum(1 for _ in ledger(made)) > 10_000


def test_the_ledger_has_the_payroll(made: Mapping[str, str]) -> None:
    paid = summed(
        ((row["company"], row["period"], row["cost centre"], account), Decimal(row[column]))
        for row in rows(made, "data/payroll/")
        for column, account in (("pay", "5010"), ("on top of pay", "5020"))
    )
    posted = summed(
        ((company, month, centre, account), amount)
        for company, month, account, centre, amount, _ in ledger(made)
        if account in {"5010", "5020"} and "IT-" in centre
    )
    assert paid == posted


def test_hours_are_those_of_the_timesheets(made: Mapping[str, str]) -> None:
    written = summed(
        ((row["period"], row["service"]), Decimal(row["hours"]))
        for row in rows(made, "data/timesheets/")
        if "hours" in row
    )
    driven = summed(
        ((row["period"], row["service"]), Decimal(row["all hours"]))
        for row in rows(made, "data/drivers/hours.csv")
    )
    assert written == driven
    there = {(row["period"], row["person"]) for row in rows(made, "data/payroll/")}
    worked = (row for row in rows(made, "data/timesheets/") if "hours" in row)
    assert {(row["period"], row["person"]) for row in worked} <= there


def test_the_ledger_has_what_the_register_has_bought(made: Mapping[str, str]) -> None:
    bought = summed(
        ((row["in service"][:7], row["cost centre"], row["asset"]), Decimal(row["cost"]))
        for row in rows(made, "data/assets/register.csv")
        if row["in service"] >= "2024-04"
    )
    posted = summed(
        ((month, centre, document), amount)
        for _, month, account, centre, amount, document in ledger(made)
        if account == "0520"
    )
    assert bought == posted


def test_the_ledger_depreciates_the_register(made: Mapping[str, str]) -> None:
    """Over each asset's life in these months, to the penny that rounding may take a month."""
    total = Decimal(0)
    for row in rows(made, "data/assets/register.csv"):
        year, month = map(int, row["in service"].split("-")[:2])
        begins = (year - 2024) * 12 + month - 4
        ends = 24
        if row["disposed"]:
            year, month = map(int, row["disposed"].split("-")[:2])
            ends = (year - 2024) * 12 + month - 4
        life = int(row["life in months"])
        months = min(max(ends - begins, 0), life) - min(max(-begins, 0), life)
        total += Decimal(row["cost"]) * months / life
    posted = sum(amount for _, _, account, _, amount, _ in ledger(made) if account == "5810")
    assert abs(total - posted) < len(list(rows(made, "data/assets/register.csv"))) * _CENT


@pytest.mark.parametrize(("provider", "currency"), [("nimbus", "USD"), ("stratus", "EUR")])
def test_the_ledger_has_the_invoices_of_the_clouds(
    made: Mapping[str, str], provider: str, currency: str
) -> None:
    billed = summed(
        (row["InvoiceId"], Decimal(row["BilledCost"]))
        for row in rows(made, f"data/cloud/{provider}/")
    )
    invoices = {
        row["InvoiceId"]: Decimal(row["BilledCost"])
        for row in rows(made, f"data/cloud/{provider}-invoices.csv")
    }
    assert {key: sum_.quantize(_CENT, ROUND_HALF_UP) for key, sum_ in billed.items()} == invoices
    rates = {
        row["period"]: Decimal(row["rate"])
        for row in rows(made, "data/rates.csv")
        if row["from"] == currency and row["type"] == "average"
    }
    posted = {
        document: amount
        for _, _, account, _, amount, document in ledger(made)
        if account == "5510" and document.startswith(provider.upper())
    }
    assert len(posted) == 23  # that of the last month comes after it
    for document, amount in posted.items():
        pounds = invoices[document] * rates[document[-7:]]
        assert amount == pounds.quantize(_CENT, ROUND_HALF_UP), document


def test_accruals_are_taken_back_in_the_next_month(made: Mapping[str, str]) -> None:
    months = sorted({row["period"] for row in rows(made, "data/drivers/people.csv")})
    accrued: dict[str, Decimal] = defaultdict(Decimal)
    taken_back: dict[str, Decimal] = defaultdict(Decimal)
    for _, month, _, _, amount, document in ledger(made):
        if document.startswith("ACC-"):
            accrued[month] += amount
        elif document.startswith("REV-"):
            taken_back[month] -= amount
    for before, month in itertools.pairwise(months):
        assert accrued[before] == taken_back[month] > 0


def test_seats_follow_people(made: Mapping[str, str]) -> None:
    people = {
        (row["period"], row["consumer"]): int(row["people"])
        for row in rows(made, "data/drivers/people.csv")
    }
    for row in rows(made, "data/drivers/seats.csv"):
        at = people[row["period"], row["target"]]
        assert all(int(row[name] or 0) <= at for name in row if name not in {"period", "target"})


def test_a_department_that_merges_takes_its_people_along(made: Mapping[str, str]) -> None:
    people = {
        (row["period"], row["consumer"]): int(row["people"])
        for row in rows(made, "data/drivers/people.csv")
    }
    assert ("2025-04", "dealers-south") not in people
    both = people["2025-03", "dealers-north"] + people["2025-03", "dealers-south"]
    assert abs(people["2025-04", "dealers-north"] - both) <= 3


def test_the_registers_have_what_began_before_the_ledgers(made: Mapping[str, str]) -> None:
    before = [
        row for row in rows(made, "data/assets/register.csv") if row["in service"] < "2024-04"
    ]
    opening = [
        {key: value for key, value in row.items() if key != "account"}
        for row in rows(made, "data/assets/opening.csv")
    ]
    assert opening == before
    prepaid = list(rows(made, "data/prepaid.csv"))
    assert prepaid
    assert all(row["date"] < "2024-04-01" <= row["service to"] for row in prepaid)


def test_estimates_are_what_is_posted_a_month_later(made: Mapping[str, str]) -> None:
    estimates = list(rows(made, "data/estimates.csv"))
    posted = summed(
        ((row["Posting date"][:7], row["Supplier"]), Decimal(row["Net amount"]))
        for row in rows(made, "data/ledger/uk/")
        if row["Account"] == "5320"
    )
    for one, later in itertools.pairwise(estimates):
        assert posted[later["month"], one["supplier"]] > 0
        assert abs(posted[later["month"], one["supplier"]] / Decimal(one["estimate"]) - 1) < 1


def test_planned_quantities_are_those_of_the_first_month_of_the_year(
    made: Mapping[str, str],
) -> None:
    consumers = {row["consumer"] for row in rows(made, "data/drivers/people.csv")}
    laptops = sum(
        int(row["laptop"] or 0)
        for row in rows(made, "data/drivers/workplace.csv")
        if row["period"] == "2024-04" and row["target"] in consumers
    )
    assert f"planned: {{ quantity: {laptops}, " in made["model/rates.yaml"]
