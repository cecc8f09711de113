"""Lineage: explain a bill, a line of it, a ledger line and a change, over a million ledger lines.

A workspace is generated and built as people do it: a ledger as CSV over two years, 140 rules, 40
towers, 60 services that use each other, 500 consumers, drivers from a file. Each question is asked
in a fresh process, once.

What is timed is what comes after start-up, as `truecost explain` does it. Start-up is to start
Python and to import the modules that answer the question; parsing the command's arguments takes no
time to speak of. All else counts: opening the store, reading the run, the answer, its text.

In an opened run, as a service keeps one, opening is done before: the manifest, the rules and where
ledger lines stand are read (`Inquiry.ready`), and nothing of any period. Then a question is timed,
with its text: the first of a period, or a later one, after the same was asked of another consumer.

Files are in the system's cache, for they were just written. The limit is DuckDB's scan of the
period's amounts for the largest, with the start of DuckDB, which is most of it; in an opened run it
is the same scan by a DuckDB that is started.

    python benchmarks/bench_lineage.py [--quick | --full] [--json]
"""

from __future__ import annotations

import csv
import random
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb

from harness import Work, main
from truecost.engine.build import build
from truecost.kernel.periods import Period, span
from truecost.model.load import load
from truecost.statements.book import Book
from truecost.statements.explain_bridge import bridge_text, bridge_view
from truecost.statements.explain_text import explanation_text, line_text
from truecost.statements.inquiry import Inquiry
from truecost.store.arrow import without_pandas
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROWS = {"quick": 100_000, "usual": 1_000_000, "full": 5_000_000}
LAST = Period.of(2022, 3)
MONTHS = 24
CONSUMER, OTHER = "unit-007", "unit-123"
TOWERS, SERVICES, CONSUMERS, ACCOUNTS, CENTRES, VENDORS = 40, 60, 500, 200, 2_000, 50_000


def generate(folder: Path, rows: int, months: int) -> None:
    """Write a workspace whose ledger has so many lines in its last so many months."""
    dice = random.Random(20220331)
    for name in ("data", "model"):
        (folder / name).mkdir(parents=True)
    periods = list(span(LAST - (months - 1), LAST))
    with (folder / "data" / "ledger.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Date", "Amount", "Account", "Centre", "Vendor", "Text"])
        for number in range(rows):
            period = periods[number * months // rows]
            amount = round(dice.lognormvariate(6, 2), 2) * (-1 if dice.random() < 0.02 else 1)
            out.writerow(
                [
                    f"{period}-{dice.randint(1, 28):02}", f"{amount:.2f}",
                    f"{4000 + dice.randrange(ACCOUNTS)}", f"CC{dice.randrange(CENTRES):04}",
                    f"Vendor {dice.randrange(VENDORS):05}", f"invoice {number:07}",
                ]
            )  # fmt: skip
    with (folder / "data" / "drivers.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["period", "target", "people", "hours"])
        for period in periods:
            out.writerows(
                [period, f"unit-{n:03}", dice.randint(1, 900), dice.randint(0, 5000)]
                for n in range(CONSUMERS)
            )
            out.writerows(
                [period, f"service-{n:02}", dice.randint(0, 99), dice.randint(0, 999)]
                for n in range(SERVICES)
            )
    for name, text in _model(dice).items():
        (folder / name).write_text(text, encoding="utf-8")


def _model(dice: random.Random) -> dict[str, str]:
    towers = [f"Compute / Farm {n:02}" for n in range(TOWERS)]
    accounts = [
        f"- {{ name: account {n}, where: \"account = '{4000 + 3 * n}'\","
        f" pool: Software & SaaS / Licensing }}"
        if n % 3
        else f"- {{ name: vendor {n},"
        f" where: \"vendor LIKE 'Vendor {n:02}%' AND account LIKE '4{n}%'\","
        f" pool: Hardware / Maintenance & Support, class: grow }}"
        for n in range(1, 60)
    ]
    accounts.append("- { name: other, where: \"account >= '4150'\", ignore: no technology }")
    accounts.append('- { name: rest, where: "TRUE", pool: Telecom / Maintenance & Support }')
    centres = [
        f"- {{ name: centre {n}, where: \"cost_centre LIKE 'CC{n:02}%'\","
        f" to: tower {towers[n % TOWERS]} }}"
        for n in range(19)
    ]
    centres += [
        f"- {{ name: centre 19 {n}, where: \"cost_centre LIKE 'CC19{n:02}'\","
        f" to: service service-{n:02} }}"
        for n in range(40)
    ]
    centres.append(f'- {{ name: rest, where: "TRUE", to: tower {towers[0]} }}')
    services = [
        f"service-{n:02}: {{ name: Service {n:02}, owner: Somebody, unit: person,"
        " behaviour: fixed }"
        for n in range(SERVICES)
    ]
    units = [f"    unit-{n:03}: {{ name: Unit {n:03} }}" for n in range(CONSUMERS)]
    rules = [
        f"- {{ from: tower {tower}, to: {{ service-{n % SERVICES:02}: 60%,"
        f" service-{(7 * n + 20) % SERVICES:02}: 40% }} }}"
        for n, tower in enumerate(towers)
    ]
    rules += [
        f"- {{ from: service service-{n:02}, to:"
        f" {'services and consumers' if n % 6 == 0 else 'consumers'},"
        f" by: {dice.choice(('people', 'hours'))} }}"
        for n in range(SERVICES)
    ]
    return {
        "truecost.yaml": "truecost: 1\norganisation: Bench\ncurrency: EUR\ndefault_class: run\n"
        "sources:\n  ledger:\n    kind: ledger\n    files: data/ledger.csv\n    layouts:\n"
        "      - { date: Date, amount: Amount, account: Account, cost_centre: Centre,"
        " vendor: Vendor, description: Text }\n    rejects: stop\n",
        "model/towers.yaml": "".join(f"- {{ name: {tower}, own: yes }}\n" for tower in towers),
        "model/accounts.yaml": "\n".join(accounts) + "\n",
        "model/cost_centres.yaml": "\n".join(centres) + "\n",
        "model/services.yaml": "\n".join(services) + "\n",
        "model/consumers.yaml": "all:\n  name: All\n  consumers:\n" + "\n".join(units) + "\n",
        "model/drivers.yaml": "people: { unit: person, file: data/drivers.csv, column: people }\n"
        "hours: { unit: hour, file: data/drivers.csv, column: hours }\n",
        "model/allocations.yaml": "rules:\n" + "\n".join(rules) + "\n",
    }


def _files(folder: Path, rows: int, months: int) -> None:
    generate(folder / "workspace", rows, months)
    store = Store.open(folder / "workspace" / "store")
    with store.lock(wait=False):
        build(load(folder / "workspace"), store)


def _store(folder: Path) -> Store:
    without_pandas()  # as the command does
    return Store.open(folder / "workspace" / "store")


def _limit(folder: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        _scan((folder, connection))


def _figure(folder: Path, service: str | None) -> str:
    store = _store(folder)
    with Inquiry(store, store.need()) as inquiry:
        return _told(inquiry, service)


def _ledger_line(folder: Path) -> str:
    store = _store(folder)
    with Inquiry(store, store.need()) as inquiry:
        return _line_told(inquiry)


def _change(folder: Path) -> str:
    store = _store(folder)
    run = store.need()
    view = bridge_view(store, run, Book.of(run), CONSUMER, LAST, LAST - 1)
    bridge_text(view)
    return f"{len(view.bridge.lines)} services"


def _opened(folder: Path) -> Inquiry:
    store = _store(folder)
    inquiry = Inquiry(store, store.need())
    inquiry.__enter__()  # closed when the process ends
    inquiry.ready()
    return inquiry


def _asked(folder: Path) -> Inquiry:
    inquiry = _opened(folder)
    _told(inquiry, None, OTHER)
    _told(inquiry, "service-09", OTHER)
    inquiry.line("data/ledger.csv:88888")
    return inquiry


def _told(inquiry: Inquiry, service: str | None, consumer: str = CONSUMER) -> str:
    found = inquiry.statement(consumer, LAST, service=service)
    explanation_text(found)
    return f"{len(found.lines or ())} of {sum(entry.lines for entry in found.entries):,} lines"


def _total(inquiry: Inquiry) -> str:
    return _told(inquiry, None)


def _line_of_bill(inquiry: Inquiry) -> str:
    return _told(inquiry, "service-09")


def _line_told(inquiry: Inquiry) -> str:
    (found,) = inquiry.line("data/ledger.csv:77777")
    line_text(found)
    return f"on {len(found.landings):,} lines of statements" if found.landings else found.outcome


def _started(folder: Path) -> tuple[Path, duckdb.DuckDBPyConnection]:
    return folder, duckdb.connect(":memory:")


def _scan(data: tuple[Path, duckdb.DuckDBPyConnection]) -> None:
    folder, connection = data
    (rows,) = (folder / "workspace" / "store").glob("v1/sources/*/rows.parquet")
    connection.execute(
        f"SELECT max(abs(amount)) FROM read_parquet('{rows}') WHERE period = {LAST.index}"
    ).fetchall()


def _itself(folder: Path) -> Path:
    return folder


def works(size: str) -> Iterator[Work]:
    """Give the races: two years, and (not quick) the whole ledger in a single month."""
    rows = ROWS[size]
    for months in (MONTHS,) if size == "quick" else (MONTHS, 1):
        asked: dict[str, tuple[Callable[[Path], Any], Callable[[Any], str | None]]] = {
            "limit: DuckDB, the largest amount": (_itself, _limit),
            "Truecost, a bill's total": (_itself, partial(_figure, service=None)),
            "Truecost, a line of a bill": (_itself, partial(_figure, service="service-09")),
            "Truecost, a ledger line": (_itself, _ledger_line),
        }
        if months > 1:
            asked["Truecost, why a bill changed"] = (_itself, _change)
        asked |= {
            "opened, limit: DuckDB, the largest amount": (_started, _scan),
            "opened, a line of a bill, the first asked": (_opened, _line_of_bill),
            "opened, a line of a bill, a later one": (_asked, _line_of_bill),
            "opened, a bill's total, a later one": (_asked, _total),
            "opened, a ledger line, a later one": (_asked, _line_told),
        }
        yield Work(
            f"explain, {rows:,} ledger lines over {months} months",
            _itself,
            {name: answer for name, (_, answer) in asked.items()},
            partial(_files, rows=rows, months=months),
            ready={name: ready for name, (ready, _) in asked.items()},
        )


if __name__ == "__main__":
    main(works)
