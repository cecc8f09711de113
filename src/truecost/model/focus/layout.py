"""A cloud bill read as a ledger is: the layout of its columns, and the short names made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.model.focus.specification import specification
from truecost.model.source_types import Cleaning, Layout

if TYPE_CHECKING:
    from truecost.kernel.findings import Place
    from truecost.model.source_types import Focus

#: Begins the names of columns that tags make.
TAG = "tag_"
ALLOCATED_TAG = "allocated_tag_"
#: Short names, each with the columns of which the first that says something is taken.
SHORT = {
    "provider": ("service_provider_name", "provider_name"),
    "host_provider": ("host_provider_name", "provider_name", "service_provider_name"),
    "publisher": ("publisher_name", "service_provider_name"),
    "invoice_issuer": ("invoice_issuer_name",),
    "billing_account": ("billing_account_name", "billing_account_id"),
    "sub_account": ("sub_account_name", "sub_account_id"),
    "region": ("region_name", "region_id"),
    "resource": ("resource_name", "resource_id"),
    "account": (
        "sub_account_name", "sub_account_id", "billing_account_name", "billing_account_id",
    ),
    "entity": ("billing_account_name", "billing_account_id"),
    "vendor": ("service_provider_name", "provider_name", "invoice_issuer_name"),
    "document": ("invoice_id",),
    "description": ("charge_description",),
}  # fmt: skip
#: Made of three columns: what a charge has to do with a commitment.
COMMITMENT = "commitment"
_COMMITMENT = (
    "CASE WHEN charge_category = 'Purchase' AND commitment_discount_id <> '' THEN 'purchase'"
    " WHEN commitment_discount_status = 'Unused' THEN 'unused'"
    " WHEN commitment_discount_status = 'Used' THEN 'used' ELSE '' END"
)
_HINT = "choose another  cost:  or  period:  in truecost.yaml, or ask for an export that has it"
#: The cost that counts where a bill is in tokens: it is in the currency of prices.
TOKENS = "PricingCurrencyEffectiveCost"
_BEGINS = {"charge": "ChargePeriodStart", "billing": "BillingPeriodStart"}


def layout(focus: Focus, place: Place) -> Layout:
    """Give the layout of a bill: what the model chose, every column by its own name, the tags."""
    columns = {
        "date": (_BEGINS[focus.period], False),
        "amount": (focus.cost, False),
        "currency": ("PricingCurrency" if focus.cost == TOKENS else "BillingCurrency", True),
    }
    if focus.quantity:
        columns["quantity"] = (focus.quantity, True)
    columns |= {each.own: (each.name, True) for each in specification().columns.values()}
    columns |= {own: (header, True) for own, header in focus.columns}
    for name, _ in focus.tags:
        columns[TAG + name] = ("Tags", True)
        columns[ALLOCATED_TAG + name] = ("AllocatedTags", True)
    return Layout(place, columns, _HINT)


def cleanings(focus: Focus, place: Place) -> tuple[Cleaning, ...]:
    """Give the cleanings that make the short names, and let a tag of an allocated charge go first.

    And the one that says of a charge whether it is a commitment's purchase, used or unused.

    A provider that splits a charge gives the parts the origin's tags and their own: what the part
    is for says more than what was split.
    """
    chosen = dict(SHORT)
    chosen |= {TAG + name: (ALLOCATED_TAG + name, TAG + name) for name, _ in focus.tags}
    made = (Cleaning(place, name, _first(columns)) for name, columns in chosen.items())
    return (*made, Cleaning(place, COMMITMENT, _COMMITMENT))


def _first(columns: tuple[str, ...]) -> str:
    """Give the expression for the first of several columns that is not empty."""
    *before, last = columns
    if not before:
        return last
    cases = " ".join(f"WHEN {column} <> '' THEN {column}" for column in before)
    return f"CASE {cases} ELSE {last} END"
