"""A posting in the books of a company: what all parts hand to the ledger."""

from __future__ import annotations

from typing import NamedTuple

# Accounts of the group's chart; all three companies keep to it.
CHART = {
    "0520": "IT equipment, additions",
    "5010": "Salaries",
    "5020": "Social security and pensions",
    "5030": "Contractors",
    "5040": "Training",
    "5110": "Software licences and maintenance",
    "5130": "Software as a service",
    "5210": "Maintenance of hardware",
    "5220": "Small equipment",
    "5310": "Lines and networks",
    "5320": "Telephony",
    "5410": "Data centre",
    "5510": "Cloud",
    "5610": "Consultants",
    "5620": "Managed services",
    "5810": "Depreciation of IT equipment",
    "5820": "Loss on disposal of IT equipment",
    "6010": "Rent and energy",
    "6110": "Travel",
    "6210": "Advertising",
    "6310": "Materials and goods",
    "6410": "Freight",
}


class Posting(NamedTuple):
    """A line of a ledger. Amounts are in minor units of the company's currency.

    `filed` is the number of the month in whose file it stands: a late line is filed later than it
    is dated. Service dates are empty where nothing is said about them.
    """

    filed: int
    date: str
    company: str
    account: str
    centre: str
    order: str
    supplier: str
    document: str
    text: str
    amount: int
    service_from: str = ""
    service_to: str = ""
