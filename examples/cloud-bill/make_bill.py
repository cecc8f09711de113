"""Write the cloud bill of this example: invented, always the same, with the dirt of real bills.

    python examples/cloud-bill/make_bill.py

Three months of a provider that does not exist, in FOCUS 1.2 and, the last one, in 1.4. README.md
lists what is wrong with them, each on purpose.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20260331
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
CENT = Decimal("0.01")
Charge = dict[str, str]

# service, category, subcategory, unit, list price, how much is used in a month at most
SERVICES = (
    ("Nimbus Machines", "Compute", "Virtual Machines", "Hours", "0.0832", 720),
    ("Nimbus Functions", "Compute", "Serverless Compute", "Requests", "0.0000002", 9_000_000),
    ("Nimbus Objects", "Storage", "Object Storage", "GB-Months", "0.0231", 9_000),
    ("Nimbus Disks", "Storage", "Block Storage", "GB-Months", "0.0952", 1_500),
    ("Nimbus SQL", "Databases", "Relational Databases", "Hours", "0.2410", 720),
    ("Nimbus Queues", "Integration", "Messaging", "Requests", "0.0000004", 40_000_000),
    ("Nimbus Edge", "Networking", "Content Delivery", "GB", "0.0787", 2_200),
    ("Nimbus Watch", "Management and Governance", "Observability", "Metrics", "0.3000", 160),
    (
        "Nimbus Models",
        "AI and Machine Learning",
        "Generative AI",
        "Tokens",
        "0.0000031",
        30_000_000,
    ),
)
# business unit, its applications, how many charges it has in a month
UNITS = (
    ("Data", ("warehouse", "reports"), 14),
    ("AI", ("route-planner", "photo-search"), 11),
    ("Engineering", ("booking", "maps", "identity"), 16),
    ("Design", ("website",), 6),
    ("Finance", ("ledger",), 6),
    ("Procurement", ("suppliers",), 4),
    ("Architecture", ("prototypes",), 4),
    ("SRE", ("clusters", "monitoring"), 12),
)
REGIONS = (("north-1", "North 1"), ("south-2", "South 2"))
# What people write for the same key.
SPELLINGS = ("business_unit",) * 5 + ("BusinessUnit", "Business Unit", "business-unit")
COMMITTED = Decimal("4.00")
HOURS = {"2026-01": 744, "2026-02": 672, "2026-03": 744}


class Bill:
    """The charges of a month, written one after another."""

    def __init__(self, month: int, dice: random.Random) -> None:
        self.month = MONTHS[month]
        self.next = MONTHS[month + 1]
        self.dice = dice
        self.rows: list[Charge] = []

    def add(self, **fields: str) -> Charge:
        """Add a charge; what is not given is as in most charges."""
        row = {
            "BillingAccountId": "B-4711",
            "BillingAccountName": "Harbour & Hill",
            "BillingCurrency": "USD",
            "BillingPeriodStart": f"{self.month}-01T00:00:00Z",
            "BillingPeriodEnd": f"{self.next}-01T00:00:00Z",
            "ChargeCategory": "Usage",
            "ChargeFrequency": "Usage-Based",
            "ChargePeriodStart": f"{self.month}-01T00:00:00Z",
            "ChargePeriodEnd": f"{self.next}-01T00:00:00Z",
            "InvoiceId": f"NIM-{self.month}",
            "InvoiceIssuerName": "Nimbus Cloud Ltd",
            "PricingCategory": "Standard",
            "ProviderName": "Nimbus Cloud",
            "PublisherName": "Nimbus Cloud",
            "SubAccountId": "S-100",
            "SubAccountName": "Harbour & Hill production",
            **fields,
        }
        self.rows.append(row)
        return row

    def usage(self, unit: str, application: str) -> Charge:
        """Add what a business unit used of a service on a day."""
        dice = self.dice
        name, category, below, measure, price, most = dice.choice(SERVICES)
        quantity = Decimal(dice.randint(1, most * 1000)) / 1000
        cost = quantity * Decimal(price)
        discounted = cost * Decimal("0.94")
        day = dice.randint(1, 27)
        region, region_name = dice.choice(REGIONS)
        environment = dice.choice(("prod", "prod", "prod", "test", "dev"))
        tags = {
            dice.choice(SPELLINGS): unit,
            "application": application,
            "environment": environment,
        }
        resource = f"{application}-{dice.randrange(16**6):06x}"
        return self.add(
            ChargePeriodStart=f"{self.month}-{day:02}T00:00:00Z",
            ChargePeriodEnd=f"{self.month}-{day + 1:02}T00:00:00Z",
            ChargeDescription=f"{name}, {measure.lower()} in {region_name}",
            ServiceName=name, ServiceCategory=category, ServiceSubcategory=below,
            ConsumedQuantity=f"{quantity}", ConsumedUnit=measure,
            PricingQuantity=f"{quantity}", PricingUnit=measure,
            ListUnitPrice=price, ListCost=f"{cost:f}",
            ContractedUnitPrice=f"{Decimal(price) * Decimal('0.94'):f}",
            ContractedCost=f"{discounted:f}", BilledCost=f"{discounted:f}",
            EffectiveCost=f"{discounted:f}",
            RegionId=region, RegionName=region_name,
            ResourceId=f"nim:{region}:{resource}", ResourceName=resource,
            ResourceType=name.removeprefix("Nimbus ").rstrip("s").lower(),
            SkuId=name[7:10].upper(), SkuPriceId=f"{name[7:10].upper()}-1",
            Tags=json.dumps(tags),
        )  # fmt: skip

    def flat(self, cost: str, **fields: str) -> Charge:
        """Add a charge without a unit price, the same by every measure of cost."""
        same = dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost)
        return self.add(**{**same, **fields})


def month(number: int, dice: random.Random) -> list[Charge]:
    """Give the charges of a month."""
    bill = Bill(number, dice)
    for unit, applications, charges in UNITS:
        for _ in range(charges):
            bill.usage(unit, dice.choice(applications))
    for _ in range(9):
        bill.usage("", "")["Tags"] = ""
    bill.usage("Skunkworks", "rocket")
    sandbox = bill.usage("", "")
    sandbox |= {"Tags": "", "SubAccountId": "S-200", "SubAccountName": "Data science sandbox"}
    commitment(bill, number)
    bill.flat(
        "412.5000000001", ChargeCategory="Purchase", ChargeFrequency="Recurring",
        ChargeDescription="Business support, monthly", ServiceName="Nimbus Support",
        ServiceCategory="Management and Governance", ServiceSubcategory="Support",
        PricingQuantity="1", PricingUnit="Months",
    )  # fmt: skip
    bill.flat(
        f"-{dice.randint(20, 60)}.00", ChargeCategory="Credit", ChargeFrequency="One-Time",
        ChargeDescription="Credit for the outage of Nimbus SQL", ServiceName="Nimbus SQL",
        ServiceCategory="Databases", ServiceSubcategory="Relational Databases",
        Tags=json.dumps({"business_unit": "Engineering", "application": "booking"}),
    )  # fmt: skip
    return bill.rows


def commitment(bill: Bill, number: int) -> None:
    """Add a commitment paid up front in January, four dollars an hour, and what was used of it."""
    same = {
        "CommitmentDiscountId": "CD-2026", "CommitmentDiscountName": "Compute for 2026",
        "CommitmentDiscountCategory": "Spend", "CommitmentDiscountType": "Savings Plan",
        "CommitmentDiscountUnit": "USD", "ServiceName": "Nimbus Machines",
        "ServiceCategory": "Compute", "ServiceSubcategory": "Virtual Machines",
    }  # fmt: skip
    if number == 0:
        paid = f"{COMMITTED * 8760}"
        bill.add(
            **same, ChargeCategory="Purchase", ChargeFrequency="One-Time", BilledCost=paid,
            ContractedCost=paid, ListCost=paid, EffectiveCost="0",
            ChargePeriodEnd="2027-01-01T00:00:00Z", PricingQuantity="1", PricingUnit="Contracts",
            CommitmentDiscountQuantity=paid,
            ChargeDescription="Compute for 2026, paid in advance",
        )  # fmt: skip
    worth = COMMITTED * HOURS[bill.month]
    left = worth
    for unit, share in (("Engineering", "0.45"), ("Data", "0.30"), ("AI", "0.12")):
        used = (worth * Decimal(share)).quantize(Decimal("0.0001"))
        left -= used
        committed(bill, same, used, "Used", json.dumps({"business_unit": unit}), unit)
    committed(bill, same, left, "Unused", "", "")
    bill.rows[-1]["ResourceId"] = "CD-2026"


def committed(bill: Bill, same: Charge, cost: Decimal, status: str, tags: str, unit: str) -> None:
    """Add the part of the commitment that a unit used, or that nobody did."""
    bill.add(
        **same, CommitmentDiscountStatus=status, CommitmentDiscountQuantity=f"{cost}",
        PricingCategory="Committed", BilledCost="0", EffectiveCost=f"{cost}",
        ContractedCost=f"{cost}", ListCost=f"{cost}", PricingQuantity=f"{cost}",
        PricingUnit="USD", Tags=tags, ResourceName=f"{unit.lower()}-machines" if unit else "",
        ResourceId=f"nim:north-1:{unit.lower()}-machines",
        ChargeDescription=f"Compute for 2026, {status.lower()}",
    )  # fmt: skip


def split(rows: list[Charge]) -> None:
    """Split a cluster among its workloads, as the provider reports it from 1.3 on."""
    whole = Decimal("90.0000000001")
    template = dict(next(row for row in rows if row.get("ServiceName") == "Nimbus Machines"))
    for unit, share in (("Data", "0.5"), ("Design", "0.2"), ("", "0.3")):
        cost = f"{(whole * Decimal(share)):f}"
        tags = {"business_unit": "SRE", "application": "clusters", "environment": "prod"}
        own = {**tags, "k8s-owner": unit} if unit else tags
        rows.append({
            **template, "Tags": json.dumps(tags), "AllocatedTags": json.dumps(own),
            "ResourceId": "nim:north-1:cluster-1", "ResourceName": "cluster-1",
            "AllocatedMethodId": "by-requested-cpu",
            "AllocatedResourceId": f"pods/{unit or 'idle'}",
            "AllocatedResourceName": f"{unit or 'idle'} pods", "PricingCategory": "Standard",
            **dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost", "ListCost"), cost),
            "ListUnitPrice": "", "ContractedUnitPrice": "",
        })  # fmt: skip


def spoil(months: list[list[Charge]], dice: random.Random) -> None:
    """Do to the bill what exports do to real ones."""
    january, february, march = months
    for row in january:
        row["ChargeFrequency"] = dice.choice(("Usage-Based",) * 4 + ("Usage-based",)) \
            if row["ChargeFrequency"] == "Usage-Based" else row["ChargeFrequency"]  # fmt: skip
    for row in february:
        row["Exported"] = "2026-03-02 06:00:00"
        if dice.randrange(10) == 0:
            row["ChargeCategory"] = row["ChargeCategory"].upper()
    tiny = next(row for row in march if row.get("ServiceName") == "Nimbus Functions")
    for column in ("BilledCost", "EffectiveCost", "ContractedCost"):
        tiny[column] = "1.88E-7"
    tiny |= {"ConsumedQuantity": "1", "PricingQuantity": "1", "ListCost": "2E-7"}
    for row in march[:12]:
        tags = json.loads(row["Tags"] or "{}")
        row["Tags"] = ", ".join(f"{key}: {value}" for key, value in tags.items())
    correct(january, march)


def correct(january: list[Charge], march: list[Charge]) -> None:
    """Take back a charge of January in March, and charge it to whom it belongs."""
    wrong = next(row for row in january if "Finance" in row["Tags"])
    right = wrong["Tags"].replace("Finance", "Design")
    paid = {
        name: march[0][name] for name in ("BillingPeriodStart", "BillingPeriodEnd", "InvoiceId")
    }
    for sign, tags in (("-", wrong["Tags"]), ("", right)):
        row = {**wrong, **paid, "ChargeClass": "Correction", "Tags": tags}
        row["ChargeFrequency"] = "Usage-Based"
        for column in ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost",
                       "ConsumedQuantity", "PricingQuantity"):  # fmt: skip
            row[column] = f"{sign}{row[column]}"
        march.append(row)


def main() -> None:
    """Write a file for each month, and what the invoices come to."""
    dice = random.Random(SEED)  # noqa: S311  an invented bill, not a secret
    months = [month(number, dice) for number in range(3)]
    split(months[2])
    spoil(months, dice)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for name, rows in zip(MONTHS, months, strict=False):
        if name == "2026-03":
            for row in rows:
                row["ServiceProviderName"] = row["HostProviderName"] = row.pop("ProviderName")
                del row["PublisherName"]
        columns = {
            "ChargeClass": None,
            **dict.fromkeys(sorted({key for row in rows for key in row})),
        }
        null = "NULL" if name == "2026-01" else ""
        with (HERE / "data" / "bill" / f"{name}.csv").open(
            "w", encoding="utf-8", newline=""
        ) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow([row.get(column) or null for column in columns])
                totals[row["InvoiceId"]] += Decimal(row["BilledCost"])
    with (HERE / "data" / "invoices.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("InvoiceId", "BillingCurrency", "BilledCost"))
        for invoice, total in sorted(totals.items()):
            writer.writerow((invoice, "USD", total.quantize(CENT, ROUND_HALF_EVEN)))


if __name__ == "__main__":
    main()
