"""A small workspace that has everything once, as text, to be changed, written and built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.engine.build import build
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.store.run import Run

MAIN = """truecost: 1
organisation: A case
currency: GBP
default_class: run
unallocated: allowed
sources:
  ledger:
    kind: ledger
    files: data/ledger/*.csv
    layouts:
      - { date: Date, amount: Amount, currency: Currency, account: Account, cost_centre: Centre }
"""
ACCOUNTS = """- { name: lost, where: account = 'TRAVEL', ignore: not technology }
- { name: new, where: account = 'NEW', pool: Misc Costs / Other Operating, class: grow }
- { name: rest, where: account <> '', pool: Misc Costs / Other Operating }
"""
CENTRES = """- { name: mail, where: cost_centre = 'MAIL', to: service mail }
- { name: desk, where: cost_centre = 'DESK', to: tower End User / Help Desk }
- { name: apart, where: "account = 'NEW'", keep_apart: bought elsewhere }
- { name: own, where: "TRUE", to: own consumer }
"""
SERVICES = (
    'help: { name: Help, owner: Head of Help, unit: call, behaviour: "step of 100" }\n',
    "mail: { name: Mail, owner: Head of Mail, behaviour: variable }\n",
    "chat: { name: Chat, owner: Head of Chat, behaviour: fixed }\n",
)
CONSUMERS = """firm:
  name: The firm
  consumers:
    a: { name: Alpha, where: cost_centre = 'A' }
    b: { name: Beta, where: cost_centre = 'B' }
    c: { name: Gamma, where: cost_centre = 'C' }
"""
DRIVERS = """people: { unit: person, file: data/drivers.csv, column: people }
lines: { unit: line, source: ledger, measure: count(*), where: "amount > 0" }
"""
RULES = (
    "  - { from: tower End User / Help Desk, to: { help: '3.33', services: rest }, by: people }\n",
    "  - { from: service help, to: services and consumers, by: people }\n",
    "  - { from: service mail, to: { help: 10%, chat: 1%, consumers: rest }, by: people }\n",
    "  - { from: service chat, to: consumers, by: lines, capacity: 50, unused: to a }\n",
)
QUANTITIES = (
    "2024-01,a,1\n", "2024-01,b,2.5\n", "2024-01,c,0\n", "2024-01,help,0.25\n", "2024-01,mail,3\n",
    "2024-02,a,7\n", "2024-02,c,11\n", "2024-02,mail,1\n",
)  # fmt: skip
HEAD = "Date,Amount,Currency,Account,Centre\n"
LINES = tuple(
    f"2024-{1 + number % 3:02}-{1 + number % 28:02},{amount},{currency},{account},{centre}\n"
    for number, (amount, currency, account, centre) in enumerate(
        [
            ("100.00", "GBP", "IT", "MAIL"), ("0.01", "GBP", "IT", "MAIL"),
            ("33.335", "GBP", "IT", "DESK"), ("-7.125", "GBP", "NEW", "MAIL"),
            ("12.00", "GBP", "NEW", "X"), ("19.99", "GBP", "TRAVEL", "X"),
            ("1000", "JPY", "IT", "MAIL"), ("0.4", "JPY", "IT", "A"), ("5.00", "GBP", "IT", "A"),
            ("5.00", "GBP", "IT", "B"), ("5.00", "GBP", "IT", "C"), ("-5.00", "GBP", "IT", "C"),
            ("3.001", "KWD", "NEW", "DESK"), ("0.0005", "KWD", "IT", "B"),
            ("8.80", "GBP", "", "MAIL"), ("9.90", "GBP", "IT", "Z"),
            ("100.00", "GBP", "IT", "MAIL"),
        ]
        * 3
    )
)  # fmt: skip


def files(
    *,
    rows: tuple[str, ...] = LINES,
    quantities: tuple[str, ...] = QUANTITIES,
    rules: tuple[str, ...] = RULES,
    services: tuple[str, ...] = SERVICES,
) -> dict[str, str]:
    """Give the workspace's files by path."""
    return {
        "truecost.yaml": MAIN,
        "model/accounts.yaml": ACCOUNTS,
        "model/cost_centres.yaml": CENTRES,
        "model/services.yaml": "".join(services),
        "model/consumers.yaml": CONSUMERS,
        "model/drivers.yaml": DRIVERS,
        "model/allocations.yaml": "rules:\n" + "".join(rules),
        "data/drivers.csv": "period,target,people\n" + "".join(quantities),
        "data/ledger/ledger.csv": HEAD + "".join(rows),
    }


def write(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write files into a folder; give the folder."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def built(
    folder: Path,
    *,
    threads: int | None = None,
    first: Period | None = None,
    last: Period | None = None,
) -> Run:
    """Build a workspace in its own store."""
    model = load(folder)
    store = Store.open(folder / "store")
    with store.lock(wait=True):
        return build(model, store, first=first, last=last, threads=threads).run


def table_bytes(run: Run) -> dict[str, bytes]:
    """Give the bytes of every table's file, by its name."""
    return {name: (run.folder / f"{name}.parquet").read_bytes() for name in run.manifest["tables"]}
