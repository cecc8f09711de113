"""A hundred scenarios against one run, over a million ledger lines of half a year.

The workspace is that of `bench_lineage`: 40 towers, 60 services that use each other, 500 consumers.
A scenario changes one thing: quantities of a department, a service's cost, a rule, somebody who
leaves a service. The run is a whole build from loaded sources, short of saving, and, apart, only
its allocation, from cells that are there. Loading the base is in the scenarios' time.

Each scenario is also computed without taking anything from the run but its cells: the bills must be
the same, to the cent, by a checksum over all of them.

    python benchmarks/bench_scenarios.py [--quick | --full] [--json]
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from bench_lineage import CONSUMERS, SERVICES, generate
from harness import Work, main
from truecost.engine.allocate import allocate
from truecost.engine.bridge_sides import need
from truecost.engine.build import build, load_sources, rehearse
from truecost.model.load import load
from truecost.model.scenario_reading import read_scenarios
from truecost.scenarios import month
from truecost.scenarios.base import Base
from truecost.scenarios.compute import compute
from truecost.scenarios.further import Further
from truecost.scenarios.month import Patch
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from truecost.engine.graph import Flow

ROWS = {"quick": 100_000, "usual": 1_000_000, "full": 5_000_000}
MONTHS = {"quick": 2, "usual": 6, "full": 12}
COUNT = 100
AGREEING = 8


def scenario(number: int) -> str:
    """Give one of a hundred scenarios: of each kind, a quarter."""
    unit = f"unit-{7 * number % CONSUMERS:03}"
    service = f"service-{number % SERVICES:02}"
    said = (
        f"drivers: {{ people: {{ {unit}: x 0.8 }} }}",
        f"costs: {{ {service}: +10% }}",
        f"leaves: {{ {unit}: [{service}] }}",
        f"rules: [{{ from: service {service}, to: consumers, by: people }}]",
    )[number % 4]
    return f"description: trial {number}\n{said}\n"


def written(folder: Path, rows: int, months: int) -> None:
    """Write the workspace, build it, write the scenarios."""
    workspace = folder / "workspace"
    generate(workspace, rows, months)
    store = Store.open(workspace / "store")
    with store.lock(wait=False):
        build(load(workspace), store)
    (workspace / "scenarios").mkdir()
    for number in range(COUNT):
        path = workspace / "scenarios" / f"s{number:03}.yaml"
        path.write_text(scenario(number), encoding="utf-8")


def based(folder: Path) -> Base:
    """Open the run that scenarios start from."""
    workspace = folder / "workspace"
    store = Store.open(workspace / "store")
    run = store.need()
    return Base(need(run).model, run, Further(load(workspace), store))


def a_run(folder: Path) -> str:
    """Build from loaded sources, short of saving."""
    workspace = folder / "workspace"
    model = load(workspace)
    store = Store.open(workspace / "store")
    with store.lock(wait=False):
        made = rehearse(model, load_sources(model, store))
    return f"{len(made.tables['lines']):,} lines of bills"


def an_allocation(folder: Path) -> str:
    """Allocate every month from the cells of the run, nothing else taken from it."""
    base = based(folder)
    lines = 0
    for period in base.periods:
        for currency in base.currencies[period]:
            here = base.slice(period, currency)
            ask = partial(base.quantities, period=period)
            lines += len(allocate(base.model_of(period), currency, here.entries, ask).lines)
    return f"{lines:,} lines of bills"


def scenarios(folder: Path, count: int = COUNT) -> str:
    """Compute scenarios; say what they come to."""
    base = based(folder)
    made = read_scenarios(base.model, folder / "workspace")[:count]
    seen = hashlib.sha256()
    with base.at_hand(base.periods):
        for each in made:
            for computed in compute(base, each, base.periods):
                seen.update(repr(sorted(computed.after.items())).encode())
    return f"{len(made)} scenarios, bills {seen.hexdigest()[:12]}"


def in_full(folder: Path, count: int) -> str:
    """Compute scenarios with nothing taken from the run but what entered it."""

    def nothing(self: Patch, currency: str = "") -> dict[str, list[Flow]]:
        del currency
        return self.made.flows()

    Patch.known = nothing  # type: ignore[method-assign]
    Patch.kept = lambda *_: None  # type: ignore[method-assign]
    month.resplit = lambda *_: None
    return scenarios(folder, count)


def _itself(folder: Path) -> Path:
    return folder


def works(size: str) -> Iterator[Work]:
    """Give the races: a hundred scenarios against one run, and the bills compared."""
    rows, months = ROWS[size], MONTHS[size]
    files = partial(written, rows=rows, months=months)
    against: dict[str, Callable[[Path], str | None]] = {
        "1 run, from loaded sources": a_run,
        "1 run, its allocation only": an_allocation,
        f"{COUNT} scenarios": scenarios,
    }
    yield Work(f"scenarios over {rows:,} ledger lines, {months} months", _itself, against, files)
    same: dict[str, Callable[[Path], str | None]] = {
        "what is the run's taken from it": partial(scenarios, count=AGREEING),
        "each in full": partial(in_full, count=AGREEING),
    }
    yield Work(f"{AGREEING} scenarios, to the same bills", _itself, same, files, agree=True)


if __name__ == "__main__":
    main(works)
