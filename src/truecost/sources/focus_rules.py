"""Rules of the FOCUS specification that a charge can break by itself, each with its name there.

What columns allow (nulls, words, formats) follows from the facts in `model.focus`; here stand the
rules that join columns. Their names are those of the specification: an attribute, such as
NullHandling, or the column that states the rule.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from truecost.model.focus import specification
from truecost.sources.focus_values import exact, parse_tags
from truecost.sources.values import Unreadable, parse_amount

Row = Mapping[str, str]
_NEAR = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over columns that a file must have for it to apply; `broken` asks one charge.

    Fields of a charge are empty where they are null.
    """

    name: str
    column: str
    says: str
    needs: tuple[str, ...]
    broken: Callable[[Row], bool]


def number(text: str) -> Decimal | None:
    """Give a number, None where none can be read."""
    try:
        return parse_amount(exact(text)[0]).value
    except Unreadable:
        return None


def _price(cost: str, price: str) -> Callable[[Row], bool]:
    """Make the test that a cost is price times quantity, but for rounding and corrections."""

    def broken(row: Row) -> bool:
        if row.get("ChargeClass") or not row[price]:
            return False
        factors = number(row[price]), number(row["PricingQuantity"]), number(row[cost])
        unit, quantity, found = factors
        if unit is None or quantity is None or found is None:
            return False
        return abs(unit * quantity - found) > _NEAR * max(Decimal(1), abs(found))

    return broken


def _only_with(column: str, other: str) -> Rule:
    """Make the rule that a column is null where another is."""

    def broken(row: Row) -> bool:
        return bool(row[column] and not row[other])

    return Rule(column, column, f"must be null where {other} is", (column, other), broken)


def _later(end: str, start: str) -> Rule:
    """Make the rule that a period has an end after its start; both are in UTC."""

    def broken(row: Row) -> bool:
        return bool(row[start] and row[end] and row[end] <= row[start])

    return Rule(end, end, f"must be later than {start}", (end, start), broken)


def _nonzero(row: Row, column: str) -> bool:
    found = number(row[column])
    return bool(found)


def _usage_or_purchase(row: Row) -> bool:
    return row["ChargeCategory"] in {"Usage", "Purchase"} and not row.get("ChargeClass")


def _other_parent(row: Row) -> bool:
    parent = specification().subcategories.get(row["ServiceSubcategory"])
    return parent is not None and parent != row["ServiceCategory"]


def _tags_lost(row: Row) -> bool:
    """Say whether an allocated charge lacks a tag of its origin."""
    if not row["AllocatedTags"]:
        return False
    try:
        own, origin = parse_tags(row["AllocatedTags"]), parse_tags(row["Tags"])
    except Unreadable:
        return False
    return any(own.get(key) != value for key, value in origin.items())


def repeated_key(text: str) -> bool:
    """Say whether a JSON object has a key twice."""
    twice = False

    def pairs(found: list[tuple[str, object]]) -> object:
        nonlocal twice
        twice |= len({key for key, _ in found}) < len(found)
        return dict(found)

    try:
        json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return False
    return twice


_SPLIT = "DataGeneratorCalculatedSplitCostAllocationHandling"
RULES = (
    _later("BillingPeriodEnd", "BillingPeriodStart"),
    _later("ChargePeriodEnd", "ChargePeriodStart"),
    Rule(
        "EffectiveCost", "EffectiveCost",
        "must be 0 for the purchase of a commitment, which covers later charges",
        ("EffectiveCost", "ChargeCategory", "CommitmentDiscountId"),
        lambda row: row["ChargeCategory"] == "Purchase" and bool(row["CommitmentDiscountId"])
        and _nonzero(row, "EffectiveCost"),
    ),
    Rule(
        "BilledCost", "BilledCost",
        "must be 0 for usage that a commitment covers: its purchase is billed",
        ("BilledCost", "ChargeCategory", "CommitmentDiscountStatus"),
        lambda row: row["ChargeCategory"] == "Usage" and bool(row["CommitmentDiscountStatus"])
        and _nonzero(row, "BilledCost"),
    ),
    Rule(
        "ListCost", "ListCost", "must be ListUnitPrice times PricingQuantity",
        ("ListCost", "ListUnitPrice", "PricingQuantity"), _price("ListCost", "ListUnitPrice"),
    ),
    Rule(
        "ContractedCost", "ContractedCost", "must be ContractedUnitPrice times PricingQuantity",
        ("ContractedCost", "ContractedUnitPrice", "PricingQuantity"),
        _price("ContractedCost", "ContractedUnitPrice"),
    ),
    Rule(
        "ChargeFrequency", "ChargeFrequency", "must not be Usage-Based for a purchase",
        ("ChargeFrequency", "ChargeCategory"),
        lambda row: row["ChargeCategory"] == "Purchase"
        and row["ChargeFrequency"].casefold() == "usage-based",
    ),
    Rule(
        "PricingQuantity", "PricingQuantity", "must not be null for usage and purchases",
        ("PricingQuantity", "ChargeCategory"),
        lambda row: _usage_or_purchase(row) and not row["PricingQuantity"],
    ),
    Rule(
        "PricingUnit", "PricingUnit", "must not be null where PricingQuantity is not",
        ("PricingUnit", "PricingQuantity"),
        lambda row: bool(row["PricingQuantity"]) and not row["PricingUnit"],
    ),
    Rule(
        "ConsumedUnit", "ConsumedUnit", "must not be null where ConsumedQuantity is not",
        ("ConsumedUnit", "ConsumedQuantity"),
        lambda row: bool(row["ConsumedQuantity"]) and not row["ConsumedUnit"],
    ),
    Rule(
        "ServiceSubcategory", "ServiceSubcategory", "must belong to the row's ServiceCategory",
        ("ServiceSubcategory", "ServiceCategory"), _other_parent,
    ),
    Rule(
        "CommitmentDiscountStatus", "CommitmentDiscountStatus",
        "must not be null for usage with a CommitmentDiscountId",
        ("CommitmentDiscountStatus", "CommitmentDiscountId", "ChargeCategory"),
        lambda row: bool(row["CommitmentDiscountId"]) and row["ChargeCategory"] == "Usage"
        and not row["CommitmentDiscountStatus"],
    ),
    Rule(
        "CommitmentDiscountCategory", "CommitmentDiscountCategory",
        "must not be null where CommitmentDiscountId is not",
        ("CommitmentDiscountCategory", "CommitmentDiscountId"),
        lambda row: bool(row["CommitmentDiscountId"]) and not row["CommitmentDiscountCategory"],
    ),
    _only_with("CommitmentDiscountStatus", "CommitmentDiscountId"),
    _only_with("CommitmentDiscountName", "CommitmentDiscountId"),
    _only_with("CommitmentDiscountType", "CommitmentDiscountId"),
    _only_with("CapacityReservationStatus", "CapacityReservationId"),
    _only_with("SubAccountName", "SubAccountId"),
    _only_with("ResourceName", "ResourceId"),
    _only_with("RegionName", "RegionId"),
    Rule(
        _SPLIT, "AllocatedMethodId", "must not be null where AllocatedResourceId is not",
        ("AllocatedMethodId", "AllocatedResourceId"),
        lambda row: bool(row["AllocatedResourceId"]) and not row["AllocatedMethodId"],
    ),
    Rule(
        _SPLIT, "AllocatedTags", "must have every tag of the origin, with its value",
        ("AllocatedTags", "Tags"), _tags_lost,
    ),
)  # fmt: skip
