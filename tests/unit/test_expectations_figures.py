"""What figures of a run count, where several kinds of remainders stand side by side."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from truecost.engine.build import build
from truecost.engine.expectations_figures import Figures
from truecost.model.expectations import Figure, FigureKind
from truecost.model.load import load
from truecost.store.runs import Store

_CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("case", "due"),
    [
        ("capacity_over_use_charged", 0),  # unused, with a name and an owner
        ("capacity_dual_rate_and_labour_together", 0),  # and what rates don't absorb
        ("driver_all_zero_but_unallocated_is_allowed", 100_01),
    ],
)
def test_what_has_a_name_and_an_owner_is_not_unallocated(
    case: str, due: int, tmp_path: Path
) -> None:
    for layer in ("base", case):
        shutil.copytree(_CASES / layer, tmp_path, dirs_exist_ok=True)
    store = Store.open(tmp_path / "store")
    with store.lock(wait=False):
        run = build(load(tmp_path), store).run
    figures = Figures(run)
    assert figures.amount(Figure(FigureKind.UNALLOCATED), figures.periods, "GBP") == due
    assert run.table("remainders").num_rows
