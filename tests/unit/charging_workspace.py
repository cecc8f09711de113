"""A small workspace with two services, four consumers and a price list to be changed."""

from __future__ import annotations

from tests.unit.engine_workspace import HEAD

MAIN = """truecost: 1
organisation: A case
currency: GBP
default_class: run
sources:
  ledger:
    kind: ledger
    files: data/ledger/*.csv
    layouts:
      - { date: Date, amount: Amount, currency: Currency, account: Account, cost_centre: Centre }
"""
CONSUMERS = """firm:
  name: The firm
  consumers:
    trade: { name: Trade, consumers: { sales: { name: Sales }, shops: { name: Shops } } }
    plant: { name: Plant }
    labs: { name: Labs }
"""
SERVICES = """api: { name: The interface, unit: call, behaviour: fixed }
net: { name: Network, unit: call, behaviour: variable }
"""
CALLS = {
    "2024-01": (500, 300, 100, 0),
    "2024-02": (600, 400, 100, 0),
    "2024-03": (500, 350, 100, 7),
}
COSTS = {
    "2024-01": ("901.17", "90.01"),
    "2024-02": ("1100.00", "0.05"),
    "2024-03": ("950.00", "-3"),
}
CONSUMER_IDS = ("sales", "shops", "plant", "labs")


def files(rates: str, **others: str) -> dict[str, str]:
    """Give the workspace's files; `rates` is the price list, `others` replace a file's text."""
    ledger = "".join(
        f"{month}-10,{amount},GBP,x,{centre}\n"
        for month, amounts in COSTS.items()
        for centre, amount in zip(("API", "NET"), amounts, strict=True)
    )
    drivers = "".join(
        f"{month},{consumer},{number}\n"
        for month, numbers in CALLS.items()
        for consumer, number in zip(CONSUMER_IDS, numbers, strict=True)
    )
    made = {
        "truecost.yaml": MAIN,
        "model/accounts.yaml": (
            '- { name: all, where: "TRUE", pool: Misc Costs / Other Operating }\n'
        ),
        "model/cost_centres.yaml": "- { name: api, where: cost_centre = 'API', to: service api }\n"
        "- { name: net, where: cost_centre = 'NET', to: service net }\n",
        "model/services.yaml": SERVICES,
        "model/consumers.yaml": CONSUMERS,
        "model/drivers.yaml": "calls: { unit: call, file: data/drivers.csv }\n",
        "model/allocations.yaml": "rules:\n"
        "  - { from: api, to: { net: 10%, consumers: rest }, by: calls }\n"
        "  - { from: net, to: consumers, by: calls }\n",
        "model/rates.yaml": rates,
        "data/drivers.csv": f"period,target,calls\n{drivers}",
        "data/ledger/ledger.csv": HEAD + ledger,
    }
    return made | {name.replace("__", "/") + ".yaml": text for name, text in others.items()}
