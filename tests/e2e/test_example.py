"""The real example: our aggregate and every single payment come to the same bills, to the cent."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from truecost.cli.init import examples
from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.statements.show import BY, show_table
from truecost.statements.views import index_view, statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from truecost.store.run import Run

FEBRUARY = Period.of(2022, 2)


def built(folder: Path, data: Path | None = None) -> Run:
    """Build a copy of the example in `folder`, from its own ledger or from monthly files."""
    workspace = folder / "cabinet-office"
    if not workspace.exists():
        leave_out = shutil.ignore_patterns("store")
        shutil.copytree(examples() / "cabinet-office", workspace, ignore=leave_out)
    store = Store.open(workspace / "store")
    with store.lock(wait=False):
        return build(load(workspace), store, data=data).run


@pytest.fixture(scope="module")
def aggregate(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return built(tmp_path_factory.mktemp("aggregate"))


def without_counts(table: pa.Table) -> list[dict[str, Any]]:
    """Give the rows of cells without how many lines there are, which is all that may differ."""
    plain = table.drop_columns(["lines"])
    plain = plain.sort_by([(name, "ascending") for name in plain.column_names])
    rows: list[dict[str, Any]] = plain.to_pylist()
    return rows


def test_the_example_holds(aggregate: Run) -> None:
    assert not verify_run(aggregate).findings
    periods = sorted({row["period"] for row in aggregate.manifest["proof"]})
    assert (Period(periods[0]), Period(periods[-1])) == (Period.of(2020, 4), Period.of(2022, 3))
    assert len(periods) == 24


def test_every_table_ends_in_the_ledger_total(aggregate: Run) -> None:
    year = [Period.of(2021, 4) + month for month in range(12)]
    totals = {
        table.rows[-1].amounts[table.columns.index("total")]
        for table in (show_table(aggregate, by, year) for by in BY)
    }
    assert len(totals) == 1


def test_statements_add_up_to_what_is_charged(aggregate: Run) -> None:
    index = index_view(aggregate, FEBRUARY)
    proof = statement_view(aggregate, index.entries[0].id, FEBRUARY).proof
    tree = {row["id"]: row["leaf"] for row in aggregate.table("consumers").to_pylist()}
    leaves = [entry for entry in index.entries if tree[entry.id]]
    assert sum(entry.total for entry in leaves) == proof.charged
    for entry in leaves:
        view = statement_view(aggregate, entry.id, FEBRUARY)
        assert sum(line.amount for line in view.lines) == view.total == entry.total


def test_readers_see_shares_and_not_numbers_of_payments(aggregate: Run) -> None:
    for row in aggregate.table("drivers").to_pylist():
        assert row["shares_only"]
        assert row["stands_for"]


@pytest.mark.realdata
@pytest.mark.slow
def test_single_payments_give_the_same_bills(
    aggregate: Run, real_data: Path, tmp_path: Path
) -> None:
    single = built(tmp_path, real_data / "cabinet-office")
    for name in ("lines", "remainders", "proof", "flows", "objects", "drivers", "consumers"):
        assert single.table(name).equals(aggregate.table(name)), name
    assert without_counts(single.table("cells")) == without_counts(aggregate.table("cells"))
    payments = sum(single.table("cells")["lines"].to_pylist())
    assert payments > sum(aggregate.table("cells")["lines"].to_pylist())


@pytest.mark.realdata
@pytest.mark.slow
def test_the_committed_ledger_is_what_the_command_makes(real_data: Path, tmp_path: Path) -> None:
    example = examples() / "cabinet-office"
    made = tmp_path / "ledger.csv"
    subprocess.run(
        [sys.executable, example / "make_ledger.py", real_data / "cabinet-office", "-o", made],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    committed = (example / "data" / "ledger" / "ledger.csv").read_bytes()
    assert made.read_bytes() == committed
