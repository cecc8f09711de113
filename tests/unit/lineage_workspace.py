"""Workspaces drawn at random: services that use each other, several classes, parts of cents."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from truecost.engine.build import build
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

SERVICES = ("mail", "lan", "desk", "erp", "web")
UNITS = ("north", "south", "east", "west")
TOWERS = ("Network / LAN", "End User / Workspace", "Compute / Servers")
_SETTINGS = """
truecost: 1
organisation: Drawn by lot
currency: EUR
default_class: run
sources:
  ledger:
    kind: ledger
    files: data/*.csv
    layouts:
      - { date: Date, amount: Amount, account: Account, cost_centre: Centre, vendor: Vendor,
          currency: Currency }
    rejects: stop
"""
_ACCOUNTS = """
- { name: rent, where: account = '7', ignore: no technology }
- { name: projects, where: "account = '5' AND amount > 10",
    pool: Outside Services / Consulting, class: transform }
- { name: growth, where: vendor LIKE '%b', pool: Hardware / Maintenance & Support, class: grow }
- { name: cloud, where: account = '6', to: service erp,
    pool: Cloud Services / Cloud Service Provider }
- { name: software, where: "TRUE", pool: Software & SaaS / Licensing }
"""
_CENTRES = """
- { name: own, where: cost_centre LIKE 'U%' AND vendor = 'own', to: own consumer }
- { name: apart, where: cost_centre LIKE 'U%', keep_apart: bought by units }
- { name: network, where: cost_centre = 'C1', to: tower Network / LAN }
- { name: places, where: cost_centre = 'C2', to: tower End User / Workspace }
- { name: rest, where: "TRUE", to: tower Compute / Servers }
"""


def drawn(folder: Path, seed: int) -> tuple[Store, Run]:
    """Draw a workspace of two months by a seed, and build it."""
    dice = random.Random(seed)
    for name in ("data", "model"):
        (folder / name).mkdir(parents=True)
    (folder / "truecost.yaml").write_text(_SETTINGS, encoding="utf-8")
    rows = ["Date,Amount,Account,Centre,Vendor,Currency"]
    for _ in range(dice.randint(20, 60)):
        places = dice.choice((2, 2, 2, 5)) if seed % 2 else 2
        amount = round(dice.uniform(-50, 400), places)
        centre = dice.choice(("C1", "C2", "C3", "C4", *(f"U{n}" for n in range(len(UNITS)))))
        vendor = dice.choice(("a", "b", "own", "bb"))
        row = f"2026-0{dice.randint(1, 2)}-1{dice.randint(0, 9)},{amount:.{places}f}"
        currency = dice.choice(("EUR", "EUR", "EUR", "JPY"))
        rows.append(f"{row},{dice.randint(3, 7)},{centre},{vendor},{currency}")
    rows.append(rows[-1])  # two equal lines in one file both count
    _write(folder / "data" / "ledger.csv", rows)
    quantities = ["period,target,heads,hours"]
    for month in ("2026-01", "2026-02"):
        quantities += [
            f"{month},{target},{dice.randint(0, 9)},{dice.randint(1, 40)}.{dice.randint(0, 9)}"
            for target in (*UNITS, *SERVICES)
        ]
        quantities.append(f"{month},head-office,1,1")
    _write(folder / "drivers.csv", quantities)
    model = {
        "accounts": _ACCOUNTS,
        "cost_centres": _CENTRES,
        "towers": "\n".join(f"- {tower}" for tower in TOWERS),
        "services": "\n".join(
            f"{name}: {{ name: {name.title()}, owner: Somebody, behaviour: fixed }}"
            for name in SERVICES
        ),
        "consumers": "all:\n  name: All\n  consumers:\n    head-office: { name: Head office }\n"
        + "\n".join(
            f"    {unit}: {{ name: {unit.title()}, where: cost_centre = 'U{n}' }}"
            for n, unit in enumerate(UNITS)
        ),
        "drivers": "heads: { unit: head, file: drivers.csv, column: heads }\n"
        "hours: { unit: hour, file: drivers.csv, column: hours }",
        "allocations": "\n".join(_rules(dice)),
    }
    for name, text in model.items():
        (folder / "model" / f"{name}.yaml").write_text(f"{text.strip()}\n", encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        return store, build(load(folder), store).run


def _rules(dice: random.Random) -> list[str]:
    method = dice.choice(("reciprocal", "reciprocal", "direct", "{ step_down: [lan, desk] }"))
    rules = [f"between_services: {method}", "rules:"]
    for tower in TOWERS:
        one, other = dice.sample(SERVICES, 2)
        rules.append(f"- {{ from: tower {tower}, to: {{ {one}: 61%, {other}: 39% }} }}")
    for service in SERVICES:
        other = dice.choice([name for name in SERVICES if name != service])
        some = f"{{ {other}: 13%, consumers: rest }}"
        rules.append(
            dice.choice(
                (
                    f"- {{ from: service {service}, to: services and consumers, by: hours }}",
                    f"- {{ from: service {service}, by: hours, to: {some} }}",
                    f"- {{ from: service {service}, to: consumers, by: heads }}",
                    f"- {{ from: service {service}, to: consumers, split: evenly }}",
                )
            )
        )
    return rules


def _write(path: Path, rows: list[str]) -> None:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
