"""Who the organisation is and how it books: truecost.yaml and journal.yaml, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.model_catalogue import HEAD
from truecost.synthetic.world import COMPANIES, LABEL

if TYPE_CHECKING:
    from truecost.synthetic.world import World

_TRUECOST = """\
truecost: 1
organisation: Larkwhistle Group
about: >-
  {label}. Garden tools and garden furniture, made in England and Germany, sold in shops, online and
  through dealers. No person, company or figure is real.
currency: GBP
locale: en_GB
fiscal_year: {{ begins: 1 April }}
periods: {{ from: {first}, to: {last} }}
default_class: run
currencies:
  translate_at: budget rates               # so that no bill moves with the markets
  budget_rates: data/budget_rates.csv
  booked_at: average rates
  rates: data/rates.csv                    # the treasury's; ECB would take those of the central bank
  exchange_difference: consumer treasury
sources:
  uk:
    kind: ledger
    basis: accrual
    files: data/ledger/uk/*.csv
    layouts:
      - {{ date: Posting date, amount: Net amount, account: Account, cost_centre: Cost centre, project: Order,
          vendor: Supplier, document: Document, description: Text,
          service_from: Service from, service_to: Service to }}
  de:
    kind: ledger
    basis: accrual
    files: data/ledger/de/*.csv
    currency: EUR
    delimiter: ";"
    decimal_comma: yes
    date_order: day month year
    layouts:
      - {{ date: Buchungsdatum, amount: Betrag, account: Konto, cost_centre: Kostenstelle, project: Auftrag,
          vendor: Kreditor, document: Beleg, description: Buchungstext,
          service_from: Leistung von, service_to: Leistung bis }}
  us:
    kind: ledger
    basis: accrual
    files: data/ledger/us/*.csv
    currency: USD
    date_order: month day year
    layouts:
      - {{ date: Date, debit: Debit, credit: Credit, account: Account, cost_centre: Department, project: Project,
          vendor: Vendor, document: Journal, description: Memo }}
  # what began before the ledgers do
  assets:
    kind: assets
    files: data/assets/opening.csv
    layouts:
      - {{ asset: asset, in_service: in service, cost: cost, life: life in months, disposed: "disposed?",
          proceeds: "proceeds?", account: account, cost_centre: cost centre, description: name }}
  prepaid:
    kind: prepayments
    files: data/prepaid.csv
    layouts:
      - {{ date: date, amount: amount, service_from: service from, service_to: service to, account: account,
          cost_centre: cost centre, project: order, vendor: supplier, document: document, description: text }}
  # what a supplier's month costs before its bill is posted in the next
  estimates:
    kind: accruals
    files: data/estimates.csv
    layouts:
      - {{ date: month, amount: estimate, account: account, cost_centre: cost centre, vendor: supplier }}
  nimbus: {{ {bill}, files: data/cloud/nimbus/*.csv, invoices: data/cloud/nimbus-invoices.csv, currency: USD, {tags},
            commitments: {{ savings: shared }} }}
  stratus: {{ {bill}, files: data/cloud/stratus/*.csv, invoices: data/cloud/stratus-invoices.csv, currency: EUR, {tags} }}
"""  # noqa: E501  a file as people have it
_BILL = "kind: focus, basis: accrual, cost: EffectiveCost, period: billing"
_TAGS = "tags: { service: [service, Service, app], environment: [environment] }"
_RULES = """\
rules:
  - name: other companies of the group
    where: entity <> provider_entity
    scheme: intercompany
    expense: "6180"
    recovery: "4810"
    receivable: "1450"
    payable: "2450"
  - name: inside the company
    where: "TRUE"
    scheme: paired accounts
    expense: "7810"
    recovery: "4810"
"""


def truecost(world: World) -> str:
    """Write truecost.yaml."""
    months = world.months
    return HEAD + _TRUECOST.format(
        label=LABEL, first=months[0].label, last=months[-1].label, bill=_BILL, tags=_TAGS
    )


def journal(world: World) -> str:
    """Write journal.yaml: companies charge each other, departments inside one are recharged."""
    lines = [
        HEAD + 'provider: { entity: uk, cost_centre: "IT-900" }',
        "entities:",
        *(f"  {one.id}: {{ name: {one.name} }}" for one in COMPANIES),
        "consumers:",
        *(
            f'  {one.id}: {{ entity: {one.company}, cost_centre: "{one.centre}" }}'
            for one in world.departments
        ),
        _RULES,
    ]
    return "\n".join(lines)
