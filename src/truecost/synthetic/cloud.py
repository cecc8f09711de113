"""The bills of two clouds that do not exist, in FOCUS 1.2 and 1.4."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from truecost.synthetic.currency import in_pounds
from truecost.synthetic.postings import Posting
from truecost.synthetic.tables import table
from truecost.synthetic.use import total
from truecost.synthetic.world import major

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from truecost.synthetic.catalogue import Service
    from truecost.synthetic.world import Month, World

    Charge = dict[str, str]


class Provider(NamedTuple):
    """A cloud: its currency, regions, and what its products are called."""

    id: str
    name: str
    currency: str
    new: bool
    regions: tuple[str, str]
    products: tuple[tuple[str, str, str, str, int, int], ...]


# product, category, subcategory, unit, price in millionths, units per point of size and month
_NIMBUS = (
    ("Machines", "Compute", "Virtual Machines", "Hours", 96_200, 14_600),
    ("Functions", "Compute", "Serverless Compute", "Requests", 2, 210_000_000),
    ("Disks", "Storage", "Block Storage", "GB-Months", 95_200, 9_000),
    ("SQL", "Databases", "Relational Databases", "Hours", 241_000, 7_300),
    ("Edge", "Networking", "Content Delivery", "GB", 78_700, 11_000),
)
_STRATUS = (
    ("Servers", "Compute", "Virtual Machines", "Hours", 81_500, 14_600),
    ("Objects", "Storage", "Object Storage", "GB-Months", 20_400, 60_000),
    ("Warehouse", "Analytics", "Data Warehouses", "Hours", 512_000, 2_100),
    ("Streams", "Integration", "Messaging", "GB", 61_000, 14_000),
    ("Models", "AI and Machine Learning", "Generative AI", "Tokens", 3, 210_000_000),
)
PROVIDERS = (
    Provider("nimbus", "Nimbus Cloud", "USD", False, ("Dublin", "Ohio"), _NIMBUS),  # noqa: FBT003
    Provider("stratus", "Stratus", "EUR", True, ("Frankfurt", "Paris"), _STRATUS),  # noqa: FBT003
)
_SPELLINGS = ("service", "service", "service", "service", "Service", "app")
_DISCOUNT = 940  # what is agreed, in thousandths of the list
_COMMITTED = 52_000_000  # what is committed to Nimbus for an hour, in millionths
_UNTAGGED, _BILLION = 27, 10**9
_COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")


def _text(number: int, places: int) -> str:
    """Write a whole number of the smallest unit as a decimal."""
    sign, digits = "-" if number < 0 else "", str(abs(number)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _billionths(text: str) -> int:
    whole, _, part = text.partition(".")
    number = int(whole.lstrip("-") or 0) * _BILLION + int(part.ljust(9, "0"))
    return -number if text.startswith("-") else number


@lru_cache(maxsize=4)
def bill(world: World, provider: Provider) -> Mapping[str, tuple[Charge, ...]]:
    """Give the charges of each month."""
    return {month.label: tuple(_month(world, provider, month)) for month in world.months}


def _month(world: World, provider: Provider, month: Month) -> Iterator[Charge]:
    for service in world.services:
        if service.host == provider.id and service.exists(month.number):
            yield from _service(world, provider, service, month)
    for n in range(8):
        stray = world.dice.roll(40, 900, "stray", provider.id, month.number, n)
        yield _flat(
            provider, month, stray * _BILLION,
            ServiceName=provider.products[0][0], ServiceCategory="Compute",
            ServiceSubcategory="Virtual Machines", ChargeDescription="Machine without a tag",
            ResourceId=f"{provider.id}:stray-{n}", ResourceName=f"stray-{n}",
        )  # fmt: skip
    yield _flat(
        provider, month, world.dice.roll(2900, 3300, "support", provider.id) * _BILLION,
        ChargeCategory="Purchase", ChargeFrequency="Recurring", ServiceName="Support",
        ServiceCategory="Management and Governance", ServiceSubcategory="Support",
        ChargeDescription="Support of enterprises", PricingQuantity="1", PricingUnit="Months",
    )  # fmt: skip
    if month.month in {2, 9}:
        product, category, below, *_ = provider.products[3]
        credit = world.dice.roll(300, 2600, "credit", provider.id, month.number)
        yield _flat(
            provider, month, -credit * _BILLION,
            ChargeCategory="Credit", ChargeFrequency="One-Time", ServiceName=product,
            ServiceCategory=category, ServiceSubcategory=below,
            ChargeDescription="Credit for an outage",
            Tags=json.dumps({"service": "web-shop" if provider.id == "nimbus" else "pricing"}),
        )  # fmt: skip
    if provider.id == "nimbus":
        yield from _commitment(world, provider, month)


def _base(provider: Provider, month: Month, **fields: str) -> Charge:
    begins, ends = f"{month.day(1)}T00:00:00Z", f"{month.later(1).day(1)}T00:00:00Z"
    before = ("ProviderName", "PublisherName")
    names = ("ServiceProviderName", "HostProviderName") if provider.new else before
    who = dict.fromkeys(names, provider.name)
    return {
        "BillingAccountId": "2214", "BillingAccountName": "Larkwhistle plc",
        "BillingCurrency": provider.currency, "BillingPeriodStart": begins,
        "BillingPeriodEnd": ends, "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": begins, "ChargePeriodEnd": ends,
        "InvoiceId": f"{provider.id.upper()}-{month.label}", "InvoiceIssuerName": provider.name,
        "PricingCategory": "Standard", "SubAccountId": "main", "SubAccountName": "Main",
        **who, **fields,
    }  # fmt: skip


def _flat(provider: Provider, month: Month, billionths: int, **fields: str) -> Charge:
    return _base(provider, month, **dict.fromkeys(_COSTS, _text(billionths, 9)), **fields)


def _service(world: World, provider: Provider, service: Service, month: Month) -> Iterator[Charge]:
    """Give what a service used: more with its seats, and a test environment beside."""
    dice = world.dice
    now, then = total(world, service.id, month.number), total(world, service.id, -1)
    for product, category, below, unit, price, each in provider.products:
        if not dice.roll(0, 3, "uses", service.id, product):
            continue
        for environment, share in (("prod", 850), ("test", 150)):
            for week in range(4):
                key = (service.id, product, environment, month.number, week)
                quantity = each * service.size * share * now // max(then, 1) // 4  # thousandths
                quantity = dice.about(quantity, 90, "quantity", *key)
                cost = quantity * price  # billionths: millionths times thousandths
                agreed = cost * _DISCOUNT // 1000
                tags = {
                    dice.one(_SPELLINGS, "spelling", *key): service.id,
                    "environment": environment,
                }
                untagged = dice.roll(1, 1000, "untagged", *key) <= _UNTAGGED
                region = dice.one(provider.regions, "region", service.id, product)
                name = f"{service.id}-{environment}-{product.lower()}"
                yield _base(
                    provider, month, ServiceName=f"{provider.name} {product}",
                    ServiceCategory=category, ServiceSubcategory=below,
                    ChargePeriodStart=f"{month.day(1 + 7 * week)}T00:00:00Z",
                    ChargePeriodEnd=f"{month.day(8 + 7 * week)}T00:00:00Z",
                    ChargeDescription=f"{product}, {unit.lower()} in {region}",
                    ConsumedQuantity=_text(quantity, 3), ConsumedUnit=unit,
                    PricingQuantity=_text(quantity, 3), PricingUnit=unit,
                    ListUnitPrice=_text(price, 6), ListCost=_text(cost, 9),
                    ContractedUnitPrice=_text(price * _DISCOUNT, 9),
                    ContractedCost=_text(agreed, 9), BilledCost=_text(agreed, 9),
                    EffectiveCost=_text(agreed, 9), RegionId=region.lower(), RegionName=region,
                    ResourceId=f"{provider.id}:{name}", ResourceName=name,
                    SubAccountId=environment, SubAccountName=environment.title(),
                    SkuId=product[:3].upper(), SkuPriceId=f"{product[:3].upper()}-1",
                    Tags="" if untagged else json.dumps(tags),
                )  # fmt: skip


def _commitment(world: World, provider: Provider, month: Month) -> Iterator[Charge]:
    """Give what is committed for a month: bought each month, and used, but for a part."""
    worth = _COMMITTED * 24 * month.days * 1000
    same = {
        "CommitmentDiscountId": "CD-1", "CommitmentDiscountName": "Machines, three years",
        "CommitmentDiscountCategory": "Spend", "CommitmentDiscountType": "Savings Plan",
        "CommitmentDiscountUnit": "USD", "ServiceName": "Nimbus Cloud Machines",
        "ServiceCategory": "Compute", "ServiceSubcategory": "Virtual Machines",
    }  # fmt: skip
    text = _text(worth, 9)
    yield _base(
        provider, month, **same, ChargeCategory="Purchase", ChargeFrequency="Recurring",
        BilledCost=text, ContractedCost=text, ListCost=text, EffectiveCost="0",
        PricingQuantity="1", PricingUnit="Contracts", CommitmentDiscountQuantity=text,
        ChargeDescription="Machines, three years: the month's instalment",
    )  # fmt: skip
    left = worth
    for service, share in (("web-shop", 41), ("customer-records", 27), ("simulation", 14)):
        part = worth * world.dice.about(share * 10, 90, "committed", service, month.number) // 1000
        left -= part
        tags = json.dumps({"service": service, "environment": "prod"})
        name = f"{service}-prod-machines"
        yield _committed(provider, month, same, part, "Used", tags, name)
    yield _committed(provider, month, same, left, "Unused", "", "CD-1")


def _committed(
    provider: Provider, month: Month, same: Charge, worth: int, status: str, tags: str, name: str
) -> Charge:
    listed = worth * 1000 // 720 if status == "Used" else worth
    return _base(
        provider, month, **same, CommitmentDiscountStatus=status, PricingCategory="Committed",
        CommitmentDiscountQuantity=_text(worth, 9), BilledCost="0", EffectiveCost=_text(worth, 9),
        ContractedCost=_text(listed * _DISCOUNT // 1000 if status == "Used" else listed, 9),
        ListCost=_text(listed, 9), PricingQuantity=_text(worth, 9), PricingUnit="USD", Tags=tags,
        ResourceId=f"{provider.id}:{name}" if status == "Used" else name, ResourceName=name,
        ChargeDescription=f"Machines, three years: {status.lower()}",
    )  # fmt: skip


def invoice(world: World, provider: Provider, label: str) -> int:
    """Give what the invoice of a month comes to, in cents, rounded half up."""
    billed = sum(_billionths(row["BilledCost"]) for row in bill(world, provider)[label])
    return (billed + _BILLION // 200) // (_BILLION // 100)


def postings(world: World) -> Iterator[Posting]:
    """Post the invoices of the clouds, in pounds, in the month after."""
    for provider in PROVIDERS:
        for month in world.months[1:]:
            before = month.later(-1)
            amount = in_pounds(
                world, invoice(world, provider, before.label), provider.currency, before.number
            )
            yield Posting(
                month.number, month.day(4), "uk", "5510", "IT-205", "", provider.name,
                f"{provider.id.upper()}-{before.label}", f"Cloud, {before.label}", amount,
            )  # fmt: skip


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give the bill of each month, and what the invoices come to."""
    for provider in PROVIDERS:
        totals = []
        columns: dict[str, None] = {}
        for rows in bill(world, provider).values():
            columns |= dict.fromkeys(sorted({key for row in rows for key in row}))
        head = ("ChargeClass", *sorted(columns))
        for label, rows in bill(world, provider).items():
            yield (
                f"data/cloud/{provider.id}/{label}.csv",
                table(head, ([row.get(column, "") for column in head] for row in rows)),
            )
            amount = major(invoice(world, provider, label))
            totals.append((rows[0]["InvoiceId"], provider.currency, amount))
        yield (
            f"data/cloud/{provider.id}-invoices.csv",
            table(("InvoiceId", "BillingCurrency", "BilledCost"), totals),
        )
