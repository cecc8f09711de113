"""Real bills and the specification's own scenarios, read in place: their totals are ours."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.focus_bill import read
from tests.unit.sources_ledger import rows

from truecost.sources.focus_conformance import conformance

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.realdata
SCENARIOS = (
    "spec_1.2/commitment_discount_flexibility",
    "spec_1.2/commitment_discount_scenarios",
    "spec_1.2/saas_examples",
    "spec_1.2/saas_examples/simple_agreements",
    "spec_1.2/saas_examples/spend_agreements",
    "spec_corrections/closed-billing-period",
    "spec_corrections/open-billing-period-previous",
)
AMERICAN = "    date_order: month day year\n"


@pytest.fixture(scope="session")
def focus(real_data: Path) -> Path:
    """Give the folder of bills and scenarios."""
    folder = real_data / "focus"
    if not folder.is_dir():
        pytest.skip("the bills and scenarios of FOCUS are not in focus of TRUECOST_DATA")
    return folder


def sums(folder: Path, cost: str) -> Decimal:
    """Add up a cost over all files of a folder, by Python's csv and nothing of ours."""
    total = Decimal(0)
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row[cost].strip():
                    total += Decimal(row[cost].strip().replace("$", "").replace(",", ""))
    return total


@pytest.mark.parametrize("cost", ["EffectiveCost", "BilledCost"])
@pytest.mark.parametrize("folder", SCENARIOS)
def test_scenarios_come_to_their_own_sums(
    focus: Path, folder: str, cost: str, tmp_path: Path
) -> None:
    says = f"{AMERICAN}    cost: {cost}\n"
    found = read(tmp_path, says=says, data=focus / folder).statistics
    assert found.rejected == 0
    assert found.totals["USD"].came_in == sums(focus / folder, cost)


def by(focus: Path, folder: Path, columns: tuple[str, str]) -> dict[tuple[str, str], Decimal]:
    """Add up the corrections of closed billing periods by two columns."""
    coded = read(folder, data=focus / "spec_corrections" / "closed-billing-period")
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for first, second, amount in rows(coded, *columns, "amount"):
        found[first[:7], second[:7]] += amount
    return {key: total for key, total in found.items() if total}


def test_corrections_of_a_closed_period_by_charge_and_by_billing_period(
    focus: Path, tmp_path: Path
) -> None:
    by_resource = by(focus, tmp_path, ("charge_period_start", "resource_id"))
    assert by_resource == {
        ("2025-05", "R-111"): 1200, ("2025-05", "R-222"): 300, ("2025-05", ""): Decimal("0.002"),
    }  # fmt: skip
    by_month = by(focus, tmp_path, ("charge_period_start", "billing_period_start"))
    assert by_month == {("2025-05", "2025-05"): 1500, ("2025-05", "2025-06"): Decimal("0.002")}


def test_a_replacement_takes_the_place_of_what_was_delivered(focus: Path, tmp_path: Path) -> None:
    replacement = focus / "spec_corrections" / "open-billing-period-previous"
    name = "scenario_1_partial_reallocation_replacement"
    text = (replacement / f"{name}.csv").read_text(encoding="utf-8-sig")
    header, first, *_ = text.splitlines()
    wrong = first.replace(",1200,1200,1200,1600,", ",1500,1500,1500,2000,")
    assert wrong != first
    says = "    deliveries: replace by file\n"
    coded = read(tmp_path, says=says, a=f"{header}\n{wrong}\n", b=text)
    assert rows(coded, "resource_id", "amount") == [("R-111", 1200), ("R-222", 300)]
    assert coded.statistics.totals["USD"].repeated == 1500


def test_the_sample_is_read_with_its_dirt(focus: Path, tmp_path: Path) -> None:
    says = "    tags: { unit: [business_unit, org] }\n"
    coded = read(tmp_path, says=says, data=focus)
    found = coded.statistics
    assert (found.rows, found.loaded, found.rejected) == (1000, 1000, 0)
    assert found.totals["USD"].loaded == sums(focus, "EffectiveCost") == Decimal("14.97651418586")
    assert coded.files[0].notes == (
        "FOCUS 1.0",
        'not of the specification, kept as text: "Id" as id',
        "fields with the word NULL, read as empty: 8,973 (columns: 19)",
        'ChargeFrequency: "Usage-based" read as "Usage-Based" (7 rows)',
        "without tags: 289 rows",
        (
            "keys of tags, and rows with them: application 660, environment 660, business_unit 660,"
            " CostAllocationTest 45, env 42 and 26 more"
        ),
        'a tag\'s key in several spellings: " org" (23 rows), "org" (42 rows)',
    )
    tagged = [unit for (unit,) in rows(coded, "tag_unit") if unit]
    assert len(tagged) == 704


def test_what_the_sample_breaks(focus: Path) -> None:
    path = focus / "focus_sample_1.0.csv"
    found = conformance(path, path.name)
    assert (found.version, found.rows) == ("1.0", 1000)
    assert {(each.rule, each.column, each.rows) for each in found.breaches} == {
        ("CustomColumnHandling", "Id", 0),
        ("DateTimeFormat", "BillingPeriodEnd", 1000),
        ("DateTimeFormat", "BillingPeriodStart", 1000),
        ("DateTimeFormat", "ChargePeriodEnd", 1000),
        ("DateTimeFormat", "ChargePeriodStart", 1000),
        ("ListCost", "ListCost", 25),
        ("ContractedCost", "ContractedCost", 17),
        ("ChargeFrequency", "ChargeFrequency", 7),
        ("NullHandling", "ContractedCost", 7),
        ("RegionName", "RegionName", 7),
        ("ContractedUnitPrice", "ContractedUnitPrice", 1),
    }
