"""Which rules of FOCUS a file breaks: a bill that keeps them all, broken one rule at a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tests.unit.focus_bill import bill

from truecost.cli.check import command
from truecost.kernel.findings import SourceError
from truecost.model.focus import specification
from truecost.sources.focus_conformance import as_text, conformance

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    **{
        column.name: ""
        for column in specification().columns.values()
        if column.stands_in("1.4") and column.nulls
    },
    "BilledCost": "0.5", "ContractedCost": "0.5", "EffectiveCost": "0.5", "ListCost": "1",
    "ContractedUnitPrice": "0.25", "ListUnitPrice": "0.5",
    "PricingQuantity": "2", "PricingUnit": "Hours",
    "ConsumedQuantity": "2", "ConsumedUnit": "Hours",
    "BillingAccountId": "B", "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-01-01T00:00:00Z", "BillingPeriodEnd": "2026-02-01T00:00:00Z",
    "ChargePeriodStart": "2026-01-01T00:00:00Z", "ChargePeriodEnd": "2026-01-02T00:00:00Z",
    "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based",
    "InvoiceId": "I-1", "InvoiceIssuerName": "Nimbus", "ServiceProviderName": "Nimbus",
    "ServiceName": "Machines", "ServiceCategory": "Compute",
    "ServiceSubcategory": "Virtual Machines", "Tags": '{"team": "web"}',
}  # fmt: skip
PURCHASE = {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time"}
COMMITTED = {"CommitmentDiscountId": "C-1", "CommitmentDiscountCategory": "Spend"}
SPLIT = "DataGeneratorCalculatedSplitCostAllocationHandling"


def found(folder: Path, *charges: dict[str, str], version: str = "") -> set[tuple[str, str]]:
    """Give the rules that a bill breaks: (rule, column)."""
    path = folder / "bill.csv"
    path.write_text(bill(*charges), encoding="utf-8")
    return {(each.rule, each.column) for each in conformance(path, "bill.csv", version).breaches}


def test_a_good_bill_breaks_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == set()
    text = as_text(conformance(tmp_path / "bill.csv", "bill.csv"))
    assert text.splitlines() == [
        "bill.csv: FOCUS 1.4, 1 row, 62 columns of it",
        "It breaks none of the rules that are checked.",
    ]


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"BilledCost": ""}, "NullHandling", "BilledCost"),
        ({"ServiceName": "NULL"}, "NullHandling", "ServiceName"),
        ({"ChargeCategory": "USAGE"}, "ChargeCategory", "ChargeCategory"),
        ({"BilledCost": "$0.5"}, "NumericFormat", "BilledCost"),
        ({"BilledCost": "1,000.5"}, "NumericFormat", "BilledCost"),
        ({"BilledCost": "5E3"}, "NumericFormat", "BilledCost"),
        ({"ListUnitPrice": "-0.5", "ListCost": "-1"}, "ListUnitPrice", "ListUnitPrice"),
        ({"ChargePeriodEnd": "2026-01-02 00:00:00"}, "DateTimeFormat", "ChargePeriodEnd"),
        ({"ChargePeriodEnd": "2026-01-01T00:00:00Z"}, "ChargePeriodEnd", "ChargePeriodEnd"),
        ({"BillingCurrency": "Tokens"}, "CurrencyFormat", "BillingCurrency"),
        ({"Tags": "team: web"}, "KeyValueFormat", "Tags"),
        ({"Tags": '{"team": "web", "team": "data"}'}, "KeyValueFormat", "Tags"),
        ({"ContractApplied": "C-1"}, "JsonObjectFormat", "ContractApplied"),
        ({"ListCost": "1.1"}, "ListCost", "ListCost"),
        ({"ContractedCost": "0.6"}, "ContractedCost", "ContractedCost"),
        ({"ChargeCategory": "Purchase"}, "ChargeFrequency", "ChargeFrequency"),
        ({"PricingQuantity": "", "PricingUnit": ""}, "PricingQuantity", "PricingQuantity"),
        ({"PricingUnit": ""}, "PricingUnit", "PricingUnit"),
        ({"ConsumedUnit": ""}, "ConsumedUnit", "ConsumedUnit"),
        ({"ServiceCategory": "Storage"}, "ServiceSubcategory", "ServiceSubcategory"),
        ({**COMMITTED, "BilledCost": "0"}, "CommitmentDiscountStatus", "CommitmentDiscountStatus"),
        ({**COMMITTED, "CommitmentDiscountStatus": "Used"}, "BilledCost", "BilledCost"),
        ({**COMMITTED, **PURCHASE}, "EffectiveCost", "EffectiveCost"),
        (
            {"CommitmentDiscountId": "C-1", **PURCHASE, "EffectiveCost": "0"},
            "CommitmentDiscountCategory", "CommitmentDiscountCategory",
        ),
        ({"ResourceName": "one"}, "ResourceName", "ResourceName"),
        ({"AllocatedResourceId": "pod"}, SPLIT, "AllocatedMethodId"),
        ({"AllocatedTags": '{"pod": "1"}'}, SPLIT, "AllocatedTags"),
    ],
)  # fmt: skip
def test_each_rule(tmp_path: Path, changed: dict[str, str], rule: str, column: str) -> None:
    assert found(tmp_path, GOOD, {**GOOD, "InvoiceId": "I-2", **changed}) == {(rule, column)}


def test_columns_of_the_version(tmp_path: Path) -> None:
    less = {name: text for name, text in GOOD.items() if name != "ListCost"}
    assert found(tmp_path, less) == {("Mandatory column", "ListCost")}
    assert found(tmp_path, {**GOOD, "Owner": "me"}) == {("CustomColumnHandling", "Owner")}
    assert found(tmp_path, {**GOOD, "x_Owner": "me"}) == set()
    older = {**GOOD, "ProviderName": "Nimbus", "PublisherName": "Nimbus"}
    assert found(tmp_path, older, version="1.3") == set()
    assert ("ColumnNamingConvention", "ProviderName") in found(tmp_path, older)


def test_an_invoice_has_one_payer(tmp_path: Path) -> None:
    other = {**GOOD, "BillingAccountId": "C"}
    assert found(tmp_path, GOOD, other) == {("InvoiceHandling", "InvoiceId")}


def test_a_correction_need_not_be_price_times_quantity(tmp_path: Path) -> None:
    assert found(tmp_path, {**GOOD, "ChargeClass": "Correction", "ListCost": "9"}) == set()


def test_a_bill_may_be_parted_by_another_sign_or_be_parquet(tmp_path: Path) -> None:
    header, row, _ = bill({**GOOD, "Tags": ""}).split("\n")
    (tmp_path / "bill.csv").write_text(f"{header}\n{row}\n".replace(",", ";"), encoding="utf-8")
    assert not conformance(tmp_path / "bill.csv", "bill.csv").breaches
    begins = pa.array([datetime(2026, 1, 1, 5, 30, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    table = pa.table(
        {
            **{name: [text or None] for name, text in GOOD.items()},
            "ChargePeriodStart": begins,
            "BilledCost": pa.array([0.5]),
            "Tags": pa.array([[("team", "web")]], pa.map_(pa.string(), pa.string())),
        }
    )
    pq.write_table(table, tmp_path / "bill.parquet")
    assert not conformance(tmp_path / "bill.parquet", "bill.parquet").breaches


def test_what_is_no_bill_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.csv").write_text("Date,Amount\n2026-01-01,1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no cloud bill"):
        conformance(tmp_path / "ledger.csv", "ledger.csv")


def test_the_command_reports_counts_lines_and_invoices(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text(bill(GOOD, *[{**GOOD, "BilledCost": "x"}] * 4), encoding="utf-8")
    run = CliRunner()
    said = run.invoke(command, ["--focus", str(path)])
    assert said.exit_code == 0
    assert all(len(line) <= 80 for line in said.output.splitlines())
    assert 'lines 3, 4, 5: "x"' in said.output
    strict = run.invoke(command, ["--focus", str(path), "--strict", "--format", "json"])
    assert strict.exit_code == SourceError.exit_code
    report = json.loads(strict.output)
    assert report["broken"] == [
        {
            "rule": "NumericFormat", "column": "BilledCost", "rows": 4, "lines": [3, 4, 5],
            "says": "must be a plain number, as in -1234.5 or 1E-7", "example": "x",
        }
    ]  # fmt: skip
    assert report["invoices"] == [{"invoice": "I-1", "currency": "USD", "billed": "0.5"}]
