"""Bills from files to coded rows: what is kept, and what is said of a file."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.focus_bill import bill, charge, read
from tests.unit.sources_ledger import rows

from truecost.kernel.findings import ModelError

if TYPE_CHECKING:
    from pathlib import Path

TAGS = "    tags: { team: [team, Team] }\n"


def test_a_clean_bill_has_nothing_but_its_version_to_tell(tmp_path: Path) -> None:
    coded = read(tmp_path, bill=bill(charge(ProviderName="Nimbus", InvoiceId="I-1")))
    assert coded.files[0].notes == ("FOCUS 1.2",)


def test_a_column_that_its_version_no_longer_has_is_said(tmp_path: Path) -> None:
    coded = read(tmp_path, bill=bill(charge(ProviderName="Nimbus", InvoiceDetailId="I-1")))
    assert coded.files[0].notes == (
        "FOCUS 1.4",
        "of older versions, and mapped: ProviderName",
    )


def test_everything_out_of_the_ordinary_is_said(tmp_path: Path) -> None:
    text = bill(
        charge(Tags='{"team": "web"}', ChargeFrequency="usage-based", Owner="me"),
        charge(Tags='{"Team": "web"}', ChargeFrequency="NULL", EffectiveCost="1E-13"),
        charge(Tags="", ChargeFrequency="Daily"),
        charge(Tags="none at all", ChargeFrequency="One-Time"),
    )
    coded = read(tmp_path, says=TAGS, bill=text)
    assert coded.files[0].notes == (
        "FOCUS 1.0",
        'not of the specification, kept as text: "Owner" as owner',
        "fields with the word NULL, read as empty: 1 (columns: 1)",
        'ChargeFrequency: "usage-based" read as "Usage-Based" (1 row)',
        'ChargeFrequency: "Daily" is no word of the specification, kept (1 row)',
        "costs rounded at the twelfth decimal: 1 row",
        "without tags: 1 row",
        'tags that can\'t be read: 1 row; "none at all" is neither JSON nor key: value',
        "keys of tags, and rows with them: team 1, Team 1",
        'a tag\'s key in several spellings: "Team" (1 row), "team" (1 row)',
    )
    assert rows(coded, "tag_team", "charge_frequency", "owner") == [
        ("web", "Usage-Based", "me"), ("web", "", ""), ("", "Daily", ""), ("", "One-Time", ""),
    ]  # fmt: skip


def test_stray_columns_of_one_file_are_empty_in_another(tmp_path: Path) -> None:
    coded = read(
        tmp_path, a=bill(charge()), b=bill(charge(Line="7", Region="x", BilledCost="1")),
    )  # fmt: skip
    assert rows(coded, "x_line", "x_region", "billed_cost") == [("", "", "10"), ("7", "x", "1")]


def test_a_column_that_the_model_names_may_be_used_in_conditions(tmp_path: Path) -> None:
    says = "    columns: [x_CostCentre]\n    clean: { who: upper(x_cost_centre) }\n"
    coded = read(tmp_path, says=says, bill=bill(charge(x_CostCentre="c-1")))
    assert rows(coded, "who") == [("C-1",)]
    with pytest.raises(ModelError, match="x_cost_centre"):
        read(tmp_path, says="    clean: { who: upper(x_cost_centre) }\n")


def test_short_names_take_the_first_column_that_says_something(tmp_path: Path) -> None:
    text = bill(
        charge(SubAccountId="S", SubAccountName="Shop", BillingAccountId="B", RegionId="r1",
               InvoiceId="I-1", ChargeDescription="Hours", ProviderName="Nimbus"),
        charge(SubAccountId="S", SubAccountName="NULL", BillingAccountId="B"),
        charge(BillingAccountId="B", BillingAccountName="Main"),
    )  # fmt: skip
    names = ("account", "sub_account", "region", "document", "description", "vendor", "entity")
    assert rows(read(tmp_path, bill=text), *names) == [
        ("Shop", "Shop", "r1", "I-1", "Hours", "Nimbus", "B"),
        ("S", "S", "", "", "", "", "B"),
        ("Main", "", "", "", "", "", "Main"),
    ]


def test_a_quantity_is_what_the_model_chooses(tmp_path: Path) -> None:
    text = bill(charge(ConsumedQuantity="2.50"), charge(ConsumedQuantity="NULL"))
    assert rows(read(tmp_path, bill=text), "quantity") == [(1,), (1,)]
    says = "    quantity: ConsumedQuantity\n"
    assert rows(read(tmp_path, says=says), "quantity") == [(Decimal("2.5"),), (0,)]


def test_equal_charges_are_real_and_overlapping_files_count_once(tmp_path: Path) -> None:
    text = bill(charge(), charge())
    found = read(tmp_path, a=text, b=text).statistics
    assert (found.loaded, found.repeated, found.equal) == (2, 2, 1)


def test_the_last_delivery_of_a_billing_period_counts(tmp_path: Path) -> None:
    february = {"BillingPeriodStart": "2026-02-01T00:00:00Z"}
    coded = read(
        tmp_path, says="    deliveries: replace by file\n",
        a=bill(charge(EffectiveCost="1"), charge(EffectiveCost="2", **february)),
        b=bill(charge(EffectiveCost="1", BillingPeriodStart="2026-01-01 00:00:00")),
    )  # fmt: skip
    totals = coded.statistics.totals["USD"]
    assert [totals.came_in, totals.loaded, totals.repeated] == [4, 3, 1]
    assert "replaced by a later delivery: 1 rows" in coded.files[0].notes


def test_what_the_model_chooses_is_part_of_the_identity_of_a_load(tmp_path: Path) -> None:
    text = bill(charge(Tags='{"team": "web"}'))
    first = read(tmp_path, bill=text).load_id
    assert read(tmp_path).load_id == first
    chosen = {
        TAGS,
        "    tags: { team: [Team] }\n",
        "    cost: BilledCost\n",
        "    period: billing\n",
    }
    assert len({read(tmp_path, says=says).load_id for says in chosen} | {first}) == 5


def test_a_bill_in_parquet_has_maps_doubles_and_times(tmp_path: Path) -> None:
    begins = pa.array([datetime(2026, 1, 31, 22, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC"))
    table = pa.table(
        {
            "ChargePeriodStart": begins,
            "EffectiveCost": pa.array([0.1 + 0.2, -1e-7], pa.float64()),
            "ListCost": pa.array([Decimal("1.50"), None], pa.decimal128(20, 10)),
            "BillingCurrency": ["USD", "USD"],
            "Tags": pa.array([[("Team", "web")], None], pa.map_(pa.string(), pa.string())),
        }
    )
    (tmp_path / "data").mkdir()
    pq.write_table(table, tmp_path / "data" / "bill.parquet")
    coded = read(tmp_path, says=TAGS, pattern="data/*.parquet")
    assert rows(coded, "amount", "tag_team", "list_cost", "charge_period_start") == [
        (Decimal("0.3"), "web", "1.5", "2026-01-31T22:00:00Z"),
        (Decimal("-0.0000001"), "", "", "2026-01-31T22:00:00Z"),
    ]


def test_costs_may_be_written_as_negative(tmp_path: Path) -> None:
    text = bill(charge(EffectiveCost="-2.50"), charge(EffectiveCost="1E-3"))
    coded = read(tmp_path, says="    sign: costs are negative\n", bill=text)
    assert rows(coded, "amount") == [(Decimal("2.5"),), (Decimal("-0.001"),)]
