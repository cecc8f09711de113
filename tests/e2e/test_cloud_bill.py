"""The example of a cloud bill: always the same bill, whole to the cent; and a real bill instead."""

from __future__ import annotations

import runpy
import shutil
from typing import TYPE_CHECKING

import pytest

from truecost.cli.init import examples
from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.kernel.findings import SourceError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.statements.views import statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

#: As README.md says, in cents.
REMAINDERS = {
    "commitments that nobody used": 112_320,
    "cloud cost without an owner": 78_110,
    "cloud cost of an unknown owner": 21_324,
}
CHARGED = 1_998_795


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Give a copy of the example."""
    shutil.copytree(
        examples() / "cloud-bill", tmp_path / "cloud", ignore=shutil.ignore_patterns("store")
    )
    return tmp_path / "cloud"


def built(workspace: Path, data: Path | None = None) -> Run:
    """Build a workspace and verify the run."""
    store = Store.open(workspace / "store")
    with store.lock(wait=False):
        run = build(load(workspace), store, data=data).run
    assert not verify_run(run).findings
    return run


def sums(run: Run) -> dict[str, int]:
    """Add up the named remainders of a run, by name."""
    found: dict[str, int] = {}
    for row in run.table("remainders").to_pylist():
        found[row["name"]] = found.get(row["name"], 0) + row["amount"]
    return found


def test_the_bill_is_always_the_same(workspace: Path) -> None:
    before = {path.name: path.read_bytes() for path in workspace.glob("data/**/*.csv")}
    assert len(before) == 4
    for path in workspace.glob("data/**/*.csv"):
        path.unlink()
    runpy.run_path(str(workspace / "make_bill.py"), run_name="__main__")
    assert {path.name: path.read_bytes() for path in workspace.glob("data/**/*.csv")} == before


def test_the_figures_are_those_of_the_readme(workspace: Path) -> None:
    run = built(workspace)
    assert sums(run) == REMAINDERS
    assert sum(run.table("lines")["amount"].to_pylist()) == CHARGED
    readme = (workspace / "README.md").read_text(encoding="utf-8")
    for cents in (*REMAINDERS.values(), CHARGED, CHARGED + sum(REMAINDERS.values())):
        assert f"{cents // 100:,}.{cents % 100:02}" in readme


def test_a_statement_shows_what_is_not_charged(workspace: Path) -> None:
    view = statement_view(built(workspace), "design", Period.of(2026, 3))
    assert sum(line.amount for line in view.lines) == view.total
    assert {each.name for each in view.proof.remainders} == set(REMAINDERS)


def test_an_invoice_that_asks_for_more_stops_the_build(workspace: Path) -> None:
    invoices = workspace / "data" / "invoices.csv"
    text = invoices.read_text(encoding="utf-8")
    invoices.write_text(text.replace("4277.69", "4277.70"), encoding="utf-8")
    with pytest.raises(SourceError, match=r'invoices.csv:3: invoice "NIM-2026-02"'):
        built(workspace)


@pytest.mark.realdata
def test_a_real_bill_through_the_same_workspace(workspace: Path, real_data: Path) -> None:
    run = built(workspace, real_data / "focus")
    assert sum(run.table("lines")["amount"].to_pylist()) == 1_600
    assert sums(run) == {"cloud cost without an owner": -102}
    assert sum(run.table("cells")["lines"].to_pylist()) == 1_000
